-- Channels to which marketing attributes other sign-ups than registered, by more than two and one in ten.
WITH attributed AS (
    SELECT m.business_on AS day, m.channel, SUM(m.attributed_signups) AS signups
    FROM src.marketing AS m
    INNER JOIN due_days AS d ON m.business_on = d.day
    GROUP BY m.business_on, m.channel
),

registered AS (
    SELECT u.business_on AS day, u.channel, COUNT(*) AS registrations
    FROM src.users AS u
    INNER JOIN due_days AS d ON u.business_on = d.day
    GROUP BY u.business_on, u.channel
)

SELECT
    a.day,
    a.channel,
    a.signups,
    COALESCE(r.registrations, 0) AS registrations
FROM attributed AS a
LEFT JOIN registered AS r ON a.day = r.day AND a.channel = r.channel
WHERE ABS(a.signups - COALESCE(r.registrations, 0)) > 2 AND 10 * ABS(a.signups - COALESCE(r.registrations, 0)) > a.signups
