-- Changes of the user base per day and segment member, the total under ''.
-- key: date, dimension, member
-- day: date
-- reads: agg_growth 0..0
-- segments: channel, region
-- layer: aggregates
SELECT
    g.date,
    CASE WHEN GROUPING(g.channel) = 0 THEN 'channel' WHEN GROUPING(g.region) = 0 THEN 'region' ELSE '' END AS dimension,
    COALESCE(g.channel, g.region, '') AS member,
    CAST(SUM(g.new_users) AS BIGINT) AS new_users,
    CAST(SUM(g.churned_users) AS BIGINT) AS churned_users,
    CAST(SUM(g.resurrected_users) AS BIGINT) AS resurrected_users,
    CAST(SUM(g.new_users - g.churned_users) AS BIGINT) AS net_new,
    CAST(SUM(g.net_growth) AS BIGINT) AS net_growth
FROM agg_growth AS g
WHERE g.date >= $start AND g.date < $end
GROUP BY GROUPING SETS ((g.date), (g.date, g.channel), (g.date, g.region))
