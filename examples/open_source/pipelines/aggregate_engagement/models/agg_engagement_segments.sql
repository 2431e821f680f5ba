-- Activity of one day per repository, the total under ''.
-- key: session_date, dimension, member
-- day: session_date
-- reads: user_days 0..0
-- segments: region
-- layer: aggregates
SELECT
    d.active_on AS session_date,
    CASE WHEN GROUPING(d.region) = 0 THEN 'region' ELSE '' END AS dimension,
    COALESCE(d.region, '') AS member,
    CAST(SUM(CASE WHEN d.counted_as = 'mail' THEN 1 ELSE 0 END) AS BIGINT) AS dau,
    CAST(SUM(CASE WHEN d.counted_as = 'person' THEN 1 ELSE 0 END) AS BIGINT) AS dau_people
FROM user_days AS d
WHERE d.active_on >= $start AND d.active_on < $end
GROUP BY GROUPING SETS ((d.active_on), (d.active_on, d.region))
