-- The first active day of every user, one row per user.
-- key: user_id
-- day: first_on
-- reads: user_days ..0
-- segments: region
-- layer: staging
WITH lately AS (
    SELECT DISTINCT d.user_id
    FROM user_days AS d
    WHERE d.active_on >= $start AND d.active_on < $end
)

SELECT
    d.user_id,
    MIN(d.active_on) AS first_on,
    MIN(d.region) AS region
FROM user_days AS d
INNER JOIN lately AS l ON d.user_id = l.user_id
WHERE d.active_on < $end
GROUP BY d.user_id
HAVING MIN(d.active_on) >= $start
