-- Company profit, one row per month: the sum of its days with sales, and how many those are.
-- key: period_start
-- day: period_start
-- period: month
-- reads: agg_profit_daily period
-- layer: aggregates
SELECT
    p."start" AS period_start,
    p.name AS period,
    COUNT(*) AS days,
    CAST(SUM(d.gross_revenue) AS DECIMAL(18, 4)) AS gross_revenue,
    CAST(SUM(d.revenue) AS DECIMAL(18, 4)) AS revenue,
    CAST(SUM(d.cost) AS DECIMAL(18, 4)) AS cost,
    CAST(SUM(d.profit) AS DECIMAL(18, 4)) AS profit,
    CAST(SUM(d.tax) AS DECIMAL(18, 4)) AS tax,
    CAST(SUM(d.freight) AS DECIMAL(18, 4)) AS freight,
    CAST(SUM(d.orders) AS BIGINT) AS orders,
    CAST(SUM(d.units) AS BIGINT) AS units
FROM calendar AS p
INNER JOIN agg_profit_daily AS d ON d.order_date >= p."start" AND d.order_date < p."end"
WHERE p.grain = 'month' AND p."start" >= $start AND p."start" < $end
GROUP BY p."start", p.name
