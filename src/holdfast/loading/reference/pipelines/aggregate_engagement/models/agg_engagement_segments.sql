-- Engagement of one day and segment member, the total under ''.
-- key: session_date, dimension, member
-- day: session_date
-- reads: user_days 0..0; user_device_days 0..0; fact_sessions 0..0
-- segments: device, region
-- layer: aggregates
WITH counted AS (
    SELECT
        d.active_on AS session_date,
        CASE WHEN GROUPING(d.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(d.region, '') AS member,
        COUNT(*) AS dau,
        0 AS sessions,
        CAST(NULL AS BIGINT) AS session_seconds_median
    FROM user_days AS d
    WHERE d.active_on >= $start AND d.active_on < $end
    GROUP BY GROUPING SETS ((d.active_on), (d.active_on, d.region))
    UNION ALL
    SELECT
        d.active_on AS session_date,
        'device' AS dimension,
        d.device AS member,
        COUNT(*) AS dau,
        0 AS sessions,
        CAST(NULL AS BIGINT) AS session_seconds_median
    FROM user_device_days AS d
    WHERE d.active_on >= $start AND d.active_on < $end
    GROUP BY d.active_on, d.device
    UNION ALL
    SELECT
        s.session_date,
        CASE WHEN GROUPING(s.device) = 0 THEN 'device' WHEN GROUPING(s.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(s.device, s.region, '') AS member,
        0 AS dau,
        COUNT(*) AS sessions,
        QUANTILE_DISC(s.duration_s, 0.5) AS session_seconds_median
    FROM fact_sessions AS s
    WHERE s.session_date >= $start AND s.session_date < $end
    GROUP BY GROUPING SETS ((s.session_date), (s.session_date, s.device), (s.session_date, s.region))
)

SELECT
    c.session_date,
    c.dimension,
    c.member,
    CAST(SUM(c.dau) AS BIGINT) AS dau,
    CAST(SUM(c.sessions) AS BIGINT) AS sessions,
    MAX(c.session_seconds_median) AS session_seconds_median
FROM counted AS c
GROUP BY c.session_date, c.dimension, c.member
