-- Sales as they were billed, beside what they are in dollars, one row per day, channel, category and currency.
-- key: order_date, channel, category, currency
-- day: order_date
-- reads: fact_sales 0..0
-- segments: channel, category
-- layer: aggregates
--
-- Source amounts may be added up within a currency, never across.
SELECT
    f.order_date,
    f.channel,
    f.category,
    f.currency,
    COUNT(*) AS lines,
    CAST(SUM(f.source_amount) AS DECIMAL(18, 4)) AS source_amount,
    CAST(SUM(f.source_cost) AS DECIMAL(18, 4)) AS source_cost,
    CAST(SUM(f.revenue) AS DECIMAL(18, 4)) AS revenue,
    CAST(SUM(f.cost) AS DECIMAL(18, 4)) AS cost
FROM fact_sales AS f
WHERE f.order_date >= $start AND f.order_date < $end
GROUP BY f.order_date, f.channel, f.category, f.currency
