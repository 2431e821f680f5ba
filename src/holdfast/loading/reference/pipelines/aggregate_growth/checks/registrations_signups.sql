-- Days on which registrations and sign-up events differ by more than two and by more than one in twenty.
WITH counted AS (
    SELECT u.business_on AS day, 1 AS registrations, 0 AS signups
    FROM src.users AS u
    UNION ALL
    SELECT e.business_on AS day, 0 AS registrations, 1 AS signups
    FROM src.events AS e
    WHERE e.event_type = 'signup'
)

SELECT
    c.day,
    SUM(c.registrations) AS registrations,
    SUM(c.signups) AS signups
FROM counted AS c
INNER JOIN due_days AS d ON c.day = d.day
GROUP BY c.day
HAVING ABS(SUM(c.registrations) - SUM(c.signups)) > 2
    AND 20 * ABS(SUM(c.registrations) - SUM(c.signups)) > SUM(c.registrations)
