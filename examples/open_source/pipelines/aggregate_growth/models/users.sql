-- Users, one row each, on the day of the first commit they wrote; by either definition of a user.
-- key: counted_as, user_id
-- day: first_on
-- reads: user_days ..0
-- segments: region
-- layer: facts
WITH lately AS (
    SELECT DISTINCT d.counted_as, d.user_id
    FROM user_days AS d
    WHERE d.active_on >= $start AND d.active_on < $end
)

SELECT
    d.counted_as,
    d.user_id,
    MIN(d.active_on) AS first_on,
    MIN(d.region) AS region
FROM user_days AS d
INNER JOIN lately AS l ON d.counted_as = l.counted_as AND d.user_id = l.user_id
WHERE d.active_on < $end
GROUP BY d.counted_as, d.user_id
HAVING MIN(d.active_on) >= $start
