-- Days on which registrations and sign-up events differ by more than two and by more than one in twenty.
WITH registered AS (
    SELECT u.business_on AS day, COUNT(*) AS registrations
    FROM src.users AS u
    INNER JOIN due_days AS d ON u.business_on = d.day
    GROUP BY u.business_on
),

signed_up AS (
    SELECT e.business_on AS day, COUNT(DISTINCT e.user_id) AS signups
    FROM src.events AS e
    INNER JOIN due_days AS d ON e.business_on = d.day
    WHERE e.event_type = 'signup'
    GROUP BY e.business_on
)

SELECT
    d.day,
    COALESCE(r.registrations, 0) AS registrations,
    COALESCE(s.signups, 0) AS signups
FROM due_days AS d
LEFT JOIN registered AS r ON d.day = r.day
LEFT JOIN signed_up AS s ON d.day = s.day
WHERE ABS(COALESCE(r.registrations, 0) - COALESCE(s.signups, 0)) > 2
    AND 20 * ABS(COALESCE(r.registrations, 0) - COALESCE(s.signups, 0)) > COALESCE(r.registrations, 0)
