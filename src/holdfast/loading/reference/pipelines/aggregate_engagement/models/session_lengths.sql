-- How many sessions lasted how long: one row per day, segment member and whole second. Medians are read off here.
-- key: session_date, dimension, member, duration_s
-- day: session_date
-- reads: fact_sessions 0..0
-- segments: device, region
-- layer: staging
SELECT
    s.session_date,
    CASE WHEN GROUPING(s.device) = 0 THEN 'device' WHEN GROUPING(s.region) = 0 THEN 'region' ELSE '' END AS dimension,
    COALESCE(s.device, s.region, '') AS member,
    s.duration_s,
    COUNT(*) AS sessions
FROM fact_sessions AS s
WHERE s.session_date >= $start AND s.session_date < $end AND s.duration_s IS NOT NULL
GROUP BY GROUPING SETS (
    (s.session_date, s.duration_s), (s.session_date, s.duration_s, s.device), (s.session_date, s.duration_s, s.region)
)
