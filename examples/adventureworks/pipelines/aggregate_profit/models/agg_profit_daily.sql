-- Company profit, one row per day with sales.
-- key: order_date
-- day: order_date
-- reads: agg_profit_segments 0..0
-- layer: aggregates
SELECT
    s.order_date,
    s.gross_revenue,
    s.revenue,
    s.cost,
    s.profit,
    s.tax,
    s.freight,
    s.orders,
    s.units
FROM agg_profit_segments AS s
WHERE s.order_date >= $start AND s.order_date < $end AND s.dimension = ''
