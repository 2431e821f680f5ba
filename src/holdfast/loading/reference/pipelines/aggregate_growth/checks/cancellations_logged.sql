-- Days of which more than two, and more than one in twenty, cancellations and log entries have no counterpart.
-- The log follows within a day.
WITH cancelled AS (
    SELECT DISTINCT c.user_id, c.business_on AS day
    FROM src.cancellations AS c
),

logged AS (
    SELECT DISTINCT l.user_id, l.business_on AS day
    FROM src.churn_log AS l
),

unmatched AS (
    SELECT c.day, COUNT(*) AS people
    FROM cancelled AS c
    INNER JOIN due_days AS d ON c.day = d.day
    WHERE NOT EXISTS (
        SELECT 1 FROM logged AS l WHERE l.user_id = c.user_id AND l.day >= c.day AND l.day <= c.day + 1
    )
    GROUP BY c.day
    UNION ALL
    SELECT l.day, COUNT(*) AS people
    FROM logged AS l
    INNER JOIN due_days AS d ON l.day = d.day
    WHERE NOT EXISTS (
        SELECT 1 FROM cancelled AS c WHERE c.user_id = l.user_id AND c.day <= l.day AND c.day >= l.day - 1
    )
    GROUP BY l.day
),

totals AS (
    SELECT c.day, COUNT(*) AS cancellations
    FROM cancelled AS c
    GROUP BY c.day
)

SELECT
    u.day,
    SUM(u.people) AS unmatched,
    MAX(COALESCE(t.cancellations, 0)) AS cancellations
FROM unmatched AS u
LEFT JOIN totals AS t ON u.day = t.day
GROUP BY u.day
HAVING SUM(u.people) > 2 AND 20 * SUM(u.people) > MAX(COALESCE(t.cancellations, 0))
