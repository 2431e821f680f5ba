-- New customers of one day and country, the total under ''.
-- key: first_on, dimension, member
-- day: first_on
-- reads: users 0..0
-- segments: region
-- layer: aggregates
SELECT
    u.first_on,
    CASE WHEN GROUPING(u.region) = 0 THEN 'region' ELSE '' END AS dimension,
    COALESCE(u.region, '') AS member,
    CAST(COUNT(*) AS BIGINT) AS new_users
FROM users AS u
WHERE u.first_on >= $start AND u.first_on < $end
GROUP BY GROUPING SETS ((u.first_on), (u.first_on, u.region))
