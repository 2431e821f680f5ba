-- Users active within the 1, 7 and 30 days that end on a day, per segment member, the total under ''.
-- key: session_date, dimension, member
-- day: session_date
-- reads: user_days -29..0; user_device_days -29..0
-- segments: device, region
-- layer: aggregates
--
-- Counted in one pass. A user-day is its user's newest one for as many days as there are to the user's next
-- active day. So it counts one in a window of w days from its own day on, and one less after
-- min(days to the next, w) days; the running sum over the days is the distinct count.
WITH gaps AS (
    SELECT
        d.active_on,
        d.region,
        CAST(COALESCE(
            LEAD(d.active_on) OVER (PARTITION BY d.user_id ORDER BY d.active_on NULLS LAST) - d.active_on, 30
        ) AS INTEGER) AS gap
    FROM user_days AS d
    WHERE d.active_on >= $start - 29 AND d.active_on < $end
),

device_gaps AS (
    SELECT
        d.active_on,
        d.device,
        CAST(COALESCE(
            LEAD(d.active_on) OVER (PARTITION BY d.user_id, d.device ORDER BY d.active_on NULLS LAST) - d.active_on, 30
        ) AS INTEGER) AS gap
    FROM user_device_days AS d
    WHERE d.active_on >= $start - 29 AND d.active_on < $end
),

grouped AS (
    SELECT
        g.active_on,
        CASE WHEN GROUPING(g.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(g.region, '') AS member,
        g.gap,
        COUNT(*) AS users
    FROM gaps AS g
    GROUP BY GROUPING SETS ((g.active_on, g.gap), (g.active_on, g.gap, g.region))
    UNION ALL
    SELECT
        g.active_on,
        'device' AS dimension,
        g.device AS member,
        g.gap,
        COUNT(*) AS users
    FROM device_gaps AS g
    GROUP BY g.active_on, g.gap, g.device
),

steps AS (
    SELECT g.active_on AS on_day, g.dimension, g.member, g.users AS dau, g.users AS wau_7d, g.users AS mau_30d
    FROM grouped AS g
    UNION ALL
    SELECT g.active_on + 1 AS on_day, g.dimension, g.member, -g.users AS dau, 0 AS wau_7d, 0 AS mau_30d
    FROM grouped AS g
    UNION ALL
    SELECT g.active_on + LEAST(g.gap, 7) AS on_day, g.dimension, g.member, 0 AS dau, -g.users AS wau_7d, 0 AS mau_30d
    FROM grouped AS g
    UNION ALL
    SELECT g.active_on + LEAST(g.gap, 30) AS on_day, g.dimension, g.member, 0 AS dau, 0 AS wau_7d, -g.users AS mau_30d
    FROM grouped AS g
    UNION ALL
    SELECT d.day AS on_day, m.dimension, m.member, 0 AS dau, 0 AS wau_7d, 0 AS mau_30d
    FROM calendar_days AS d
    CROSS JOIN (SELECT DISTINCT g.dimension, g.member FROM grouped AS g) AS m
    WHERE d.day >= $start AND d.day < $end
),

running AS (
    SELECT
        s.on_day,
        s.dimension,
        s.member,
        SUM(SUM(s.dau)) OVER by_day AS dau,
        SUM(SUM(s.wau_7d)) OVER by_day AS wau_7d,
        SUM(SUM(s.mau_30d)) OVER by_day AS mau_30d
    FROM steps AS s
    GROUP BY s.on_day, s.dimension, s.member
    WINDOW by_day AS (
        PARTITION BY s.dimension, s.member ORDER BY s.on_day NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    r.on_day AS session_date,
    r.dimension,
    r.member,
    CAST(r.dau AS BIGINT) AS dau,
    CAST(r.wau_7d AS BIGINT) AS wau_7d,
    CAST(r.mau_30d AS BIGINT) AS mau_30d
FROM running AS r
WHERE r.on_day >= $start AND r.on_day < $end AND r.mau_30d > 0
