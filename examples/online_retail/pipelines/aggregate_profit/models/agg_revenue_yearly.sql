-- Revenue, one row per fiscal year: the sum of its trading days, and how many those are.
-- key: period_start
-- day: period_start
-- period: fiscal_year
-- reads: agg_revenue_daily period
-- layer: aggregates
SELECT
    p."start" AS period_start,
    p.name AS period,
    COUNT(*) AS trading_days,
    CAST(SUM(d.revenue) AS DECIMAL(18, 4)) AS revenue,
    CAST(SUM(d.revenue_all_lines) AS DECIMAL(18, 4)) AS revenue_all_lines,
    CAST(SUM(d.revenue_known_customers) AS DECIMAL(18, 4)) AS revenue_known_customers,
    CAST(SUM(d.orders) AS BIGINT) AS orders,
    CAST(SUM(d.units) AS BIGINT) AS units
FROM calendar AS p
INNER JOIN agg_revenue_daily AS d ON d.sale_date >= p."start" AND d.sale_date < p."end"
WHERE p.grain = 'fiscal_year' AND p."start" >= $start AND p."start" < $end
GROUP BY p."start", p.name
