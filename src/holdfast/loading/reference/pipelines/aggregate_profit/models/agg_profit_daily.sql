-- Company profit, one row per day.
-- key: order_date
-- day: order_date
-- reads: agg_profit_segments 0..0
-- layer: aggregates
--
-- total_profit is profit under the name that older queries use.
SELECT
    s.order_date,
    s.revenue,
    s.cost,
    s.profit,
    s.profit AS total_profit,
    s.orders,
    s.refunds
FROM agg_profit_segments AS s
WHERE s.order_date >= $start AND s.order_date < $end AND s.dimension = ''
