-- Changes of the user base, one row per day, channel and region in which anything changed.
-- key: date, channel, region
-- day: date
-- reads: fact_growth 0..0
-- segments: channel, region
-- layer: aggregates
SELECT
    g.date,
    g.channel,
    g.region,
    CAST(SUM(CASE WHEN g.change = 'new' THEN 1 ELSE 0 END) AS BIGINT) AS new_users,
    CAST(SUM(CASE WHEN g.change = 'churned' THEN 1 ELSE 0 END) AS BIGINT) AS churned_users,
    CAST(SUM(CASE WHEN g.change = 'resurrected' THEN 1 ELSE 0 END) AS BIGINT) AS resurrected_users,
    CAST(SUM(CASE WHEN g.change = 'churned' THEN -1 ELSE 1 END) AS BIGINT) AS net_growth
FROM fact_growth AS g
WHERE g.date >= $start AND g.date < $end
GROUP BY g.date, g.channel, g.region
