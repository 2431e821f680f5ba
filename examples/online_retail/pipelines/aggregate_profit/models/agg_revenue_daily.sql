-- Revenue, one row per trading day.
-- key: sale_date
-- day: sale_date
-- reads: agg_revenue_segments 0..0
-- layer: aggregates
SELECT
    s.sale_date,
    s.revenue,
    s.revenue_all_lines,
    s.revenue_known_customers,
    s.orders,
    s.units
FROM agg_revenue_segments AS s
WHERE s.sale_date >= $start AND s.sale_date < $end AND s.dimension = ''
