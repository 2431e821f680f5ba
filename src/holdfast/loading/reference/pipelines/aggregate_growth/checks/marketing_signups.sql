-- Channels to which marketing attributes other sign-ups than registered, by more than two and one in ten.
WITH counted AS (
    SELECT m.business_on AS day, m.channel, m.attributed_signups AS attributed, 0 AS registered, 1 AS campaigns
    FROM src.marketing AS m
    UNION ALL
    SELECT u.business_on AS day, u.channel, 0 AS attributed, 1 AS registered, 0 AS campaigns
    FROM src.users AS u
)

SELECT
    c.day,
    c.channel,
    SUM(c.attributed) AS attributed,
    SUM(c.registered) AS registered
FROM counted AS c
INNER JOIN due_days AS d ON c.day = d.day
GROUP BY c.day, c.channel
HAVING SUM(c.campaigns) > 0 AND ABS(SUM(c.attributed) - SUM(c.registered)) > 2
    AND 10 * ABS(SUM(c.attributed) - SUM(c.registered)) > SUM(c.attributed)
