-- Profit per day and segment member: one row per day, dimension and member, the total under ''.
-- key: order_date, dimension, member
-- day: order_date
-- reads: fact_sales 0..0
-- segments: channel, category, country
-- layer: aggregates
--
-- Every figure of this pipeline is made from these rows. An order counts once in each category it has a line in.
SELECT
    f.order_date,
    CASE
        WHEN GROUPING(f.channel) = 0 THEN 'channel'
        WHEN GROUPING(f.category) = 0 THEN 'category'
        WHEN GROUPING(f.country) = 0 THEN 'country'
        ELSE ''
    END AS dimension,
    COALESCE(f.channel, f.category, f.country, '') AS member,
    CAST(SUM(f.gross_revenue) AS DECIMAL(18, 4)) AS gross_revenue,
    CAST(SUM(f.revenue) AS DECIMAL(18, 4)) AS revenue,
    CAST(SUM(f.cost) AS DECIMAL(18, 4)) AS cost,
    CAST(SUM(f.tax) AS DECIMAL(18, 4)) AS tax,
    CAST(SUM(f.freight) AS DECIMAL(18, 4)) AS freight,
    CAST(SUM(f.revenue) - SUM(f.cost) AS DECIMAL(18, 4)) AS profit,
    CAST(COUNT(DISTINCT f.order_number) AS BIGINT) AS orders,
    CAST(SUM(f.quantity) AS BIGINT) AS units
FROM fact_sales AS f
WHERE f.order_date >= $start AND f.order_date < $end
GROUP BY GROUPING SETS (
    (f.order_date), (f.order_date, f.channel), (f.order_date, f.category), (f.order_date, f.country)
)
