-- New users and commits per day and repository, the total under ''.
-- key: date, dimension, member
-- day: date
-- reads: users 0..0; fact_commits 0..0
-- segments: region
-- layer: aggregates
WITH counted AS (
    SELECT
        u.first_on AS date,
        u.region,
        CASE WHEN u.counted_as = 'mail' THEN 1 ELSE 0 END AS new_users,
        CASE WHEN u.counted_as = 'person' THEN 1 ELSE 0 END AS new_people,
        0 AS commits
    FROM users AS u
    WHERE u.first_on >= $start AND u.first_on < $end
    UNION ALL
    SELECT c.event_date AS date, c.region, 0 AS new_users, 0 AS new_people, 1 AS commits
    FROM fact_commits AS c
    WHERE c.event_date >= $start AND c.event_date < $end
)

SELECT
    c.date,
    CASE WHEN GROUPING(c.region) = 0 THEN 'region' ELSE '' END AS dimension,
    COALESCE(c.region, '') AS member,
    CAST(SUM(c.new_users) AS BIGINT) AS new_users,
    CAST(SUM(c.new_people) AS BIGINT) AS new_people,
    CAST(SUM(c.commits) AS BIGINT) AS commits
FROM counted AS c
GROUP BY GROUPING SETS ((c.date), (c.date, c.region))
