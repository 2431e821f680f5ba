-- Engagement of the $grain so far, up to each day, per segment member, the total under ''.
-- key: session_date, dimension, member
-- day: session_date
-- reads: user_days $grain..0; user_device_days $grain..0
-- segments: device, region
-- layer: aggregates
-- each: week, month, quarter
--
-- A user counts from the first active day within the period on; the running sum over its days is the distinct count.
WITH days AS (
    SELECT d.day, p."start" AS period_start, d.day - GREATEST(p."start", $first) + 1 AS days
    FROM calendar_days AS d
    INNER JOIN calendar AS p ON p.grain = $grain AND d.day >= p."start" AND d.day < p."end"
),

period_days AS (
    SELECT u.user_id, u.active_on, u.region, d.period_start
    FROM user_days AS u
    INNER JOIN days AS d ON u.active_on = d.day
    WHERE u.active_on < $end AND d.period_start IN (
        SELECT w.period_start FROM days AS w WHERE w.day >= $start AND w.day < $end
    )
),

device_period_days AS (
    SELECT u.user_id, u.active_on, u.device, d.period_start
    FROM user_device_days AS u
    INNER JOIN days AS d ON u.active_on = d.day
    WHERE u.active_on < $end AND d.period_start IN (
        SELECT w.period_start FROM days AS w WHERE w.day >= $start AND w.day < $end
    )
),

firsts AS (
    SELECT u.period_start, MIN(u.active_on) AS first_on, u.region
    FROM period_days AS u
    GROUP BY u.period_start, u.user_id, u.region
),

device_firsts AS (
    SELECT u.period_start, MIN(u.active_on) AS first_on, u.device
    FROM device_period_days AS u
    GROUP BY u.period_start, u.user_id, u.device
),

steps AS (
    SELECT
        f.period_start,
        f.first_on AS on_day,
        CASE WHEN GROUPING(f.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(f.region, '') AS member,
        COUNT(*) AS users,
        0 AS dau
    FROM firsts AS f
    GROUP BY GROUPING SETS ((f.period_start, f.first_on), (f.period_start, f.first_on, f.region))
    UNION ALL
    SELECT f.period_start, f.first_on AS on_day, 'device' AS dimension, f.device AS member, COUNT(*) AS users, 0 AS dau
    FROM device_firsts AS f
    GROUP BY f.period_start, f.first_on, f.device
    UNION ALL
    SELECT
        u.period_start,
        u.active_on AS on_day,
        CASE WHEN GROUPING(u.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(u.region, '') AS member,
        0 AS users,
        COUNT(*) AS dau
    FROM period_days AS u
    GROUP BY GROUPING SETS ((u.period_start, u.active_on), (u.period_start, u.active_on, u.region))
    UNION ALL
    SELECT u.period_start, u.active_on AS on_day, 'device' AS dimension, u.device AS member, 0 AS users, COUNT(*) AS dau
    FROM device_period_days AS u
    GROUP BY u.period_start, u.active_on, u.device
),

every_day AS (
    SELECT s.period_start, s.on_day, s.dimension, s.member, s.users, s.dau
    FROM steps AS s
    UNION ALL
    SELECT d.period_start, d.day AS on_day, m.dimension, m.member, 0 AS users, 0 AS dau
    FROM days AS d
    CROSS JOIN (SELECT DISTINCT s.dimension, s.member FROM steps AS s) AS m
    WHERE d.day >= $start AND d.day < $end
),

running AS (
    SELECT
        e.period_start,
        e.on_day,
        e.dimension,
        e.member,
        SUM(SUM(e.users)) OVER by_day AS users,
        SUM(SUM(e.dau)) OVER by_day AS dau_sum
    FROM every_day AS e
    GROUP BY e.period_start, e.on_day, e.dimension, e.member
    WINDOW by_day AS (
        PARTITION BY e.period_start, e.dimension, e.member ORDER BY e.on_day NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    r.on_day AS session_date,
    r.dimension,
    r.member,
    CAST(r.users AS BIGINT) AS users,
    CAST(r.dau_sum AS BIGINT) AS dau_sum,
    CAST(d.days AS BIGINT) AS days,
    CAST(r.users * d.days AS BIGINT) AS possible_user_days
FROM running AS r
INNER JOIN days AS d ON r.on_day = d.day
WHERE r.on_day >= $start AND r.on_day < $end AND r.users > 0
