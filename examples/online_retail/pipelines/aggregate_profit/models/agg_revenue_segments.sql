-- Revenue per day and segment member: one row per day, dimension and member, the total under ''.
-- key: sale_date, dimension, member
-- day: sale_date
-- reads: fact_sales 0..0
-- segments: region, category
-- layer: aggregates
--
-- Every figure of this pipeline is made from these rows.
SELECT
    f.sale_date,
    CASE
        WHEN GROUPING(f.region) = 0 THEN 'region'
        WHEN GROUPING(f.category) = 0 THEN 'category'
        ELSE ''
    END AS dimension,
    COALESCE(f.region, f.category, '') AS member,
    CAST(
        SUM(CASE WHEN f.category IN ('sale', 'cancellation') THEN f.amount ELSE 0 END) AS DECIMAL(18, 4)
    ) AS revenue,
    CAST(SUM(f.amount) AS DECIMAL(18, 4)) AS revenue_all_lines,
    CAST(
        SUM(
            CASE
                WHEN f.customer_id IS NOT NULL AND f.quantity > 0 AND f.price > 0 THEN f.amount
                ELSE 0
            END
        ) AS DECIMAL(18, 4)
    ) AS revenue_known_customers,
    CAST(COUNT(DISTINCT CASE WHEN f.category = 'sale' THEN f.invoice END) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN f.category = 'sale' THEN f.quantity ELSE 0 END) AS BIGINT) AS units
FROM fact_sales AS f
WHERE f.sale_date >= $start AND f.sale_date < $end
GROUP BY GROUPING SETS ((f.sale_date), (f.sale_date, f.region), (f.sale_date, f.category))
