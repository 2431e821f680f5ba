-- Buying customers of one day and country, the total under ''.
-- key: active_on, dimension, member
-- day: active_on
-- reads: customer_days 0..0
-- segments: region
-- layer: aggregates
SELECT
    c.active_on,
    CASE WHEN GROUPING(c.region) = 0 THEN 'region' ELSE '' END AS dimension,
    COALESCE(c.region, '') AS member,
    CAST(COUNT(DISTINCT CASE WHEN c.is_sale = 1 THEN c.user_id END) AS BIGINT) AS users
FROM customer_days AS c
WHERE c.active_on >= $start AND c.active_on < $end
GROUP BY GROUPING SETS ((c.active_on), (c.active_on, c.region))
