-- Activity of the $grain so far, up to each day, per repository, the total under ''.
-- key: session_date, dimension, member
-- day: session_date
-- reads: user_days $grain..0
-- segments: region
-- layer: aggregates
-- each: month
--
-- A repository has a row on each day, so that a month which begins without a commit begins with none, not with nothing.
-- A user counts from the first active day within the period on; the running sum over its days is the distinct count.
WITH days AS (
    SELECT d.day, p."start" AS period_start, d.day - GREATEST(p."start", $first) + 1 AS days
    FROM calendar_days AS d
    INNER JOIN calendar AS p ON p.grain = $grain AND d.day >= p."start" AND d.day < p."end"
),

period_days AS (
    SELECT u.counted_as, u.user_id, u.active_on, u.region, d.period_start
    FROM user_days AS u
    INNER JOIN days AS d ON u.active_on = d.day
    WHERE u.active_on < $end AND d.period_start IN (
        SELECT w.period_start FROM days AS w WHERE w.day >= $start AND w.day < $end
    )
),

firsts AS (
    SELECT u.period_start, u.counted_as, u.user_id, u.region, MIN(u.active_on) AS first_on
    FROM period_days AS u
    GROUP BY u.period_start, u.counted_as, u.user_id, u.region
),

steps AS (
    SELECT
        f.period_start,
        f.first_on AS on_day,
        f.region,
        CASE WHEN f.counted_as = 'mail' THEN 1 ELSE 0 END AS users,
        CASE WHEN f.counted_as = 'person' THEN 1 ELSE 0 END AS people,
        0 AS dau
    FROM firsts AS f
    UNION ALL
    SELECT u.period_start, u.active_on AS on_day, u.region, 0 AS users, 0 AS people, 1 AS dau
    FROM period_days AS u
    WHERE u.counted_as = 'mail'
),

by_member AS (
    SELECT
        s.period_start,
        s.on_day,
        CASE WHEN GROUPING(s.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(s.region, '') AS member,
        SUM(s.users) AS users,
        SUM(s.people) AS people,
        SUM(s.dau) AS dau
    FROM steps AS s
    GROUP BY GROUPING SETS ((s.period_start, s.on_day), (s.period_start, s.on_day, s.region))
    UNION ALL
    SELECT d.period_start, d.day AS on_day, m.dimension, m.member, 0 AS users, 0 AS people, 0 AS dau
    FROM days AS d
    CROSS JOIN (VALUES ('', ''), ('region', 'git/git'), ('region', 'ibis-project/ibis')) AS m(dimension, member)
    WHERE d.day >= $start AND d.day < $end
),

running AS (
    SELECT
        b.period_start,
        b.on_day,
        b.dimension,
        b.member,
        SUM(SUM(b.users)) OVER by_day AS users,
        SUM(SUM(b.people)) OVER by_day AS people,
        SUM(SUM(b.dau)) OVER by_day AS dau_sum
    FROM by_member AS b
    GROUP BY b.period_start, b.on_day, b.dimension, b.member
    WINDOW by_day AS (
        PARTITION BY b.period_start, b.dimension, b.member ORDER BY b.on_day NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    r.on_day AS session_date,
    r.dimension,
    r.member,
    CAST(r.users AS BIGINT) AS users,
    CAST(r.people AS BIGINT) AS people,
    CAST(r.dau_sum AS BIGINT) AS dau_sum,
    CAST(d.days AS BIGINT) AS days
FROM running AS r
INNER JOIN days AS d ON r.on_day = d.day
WHERE r.on_day >= $start AND r.on_day < $end
