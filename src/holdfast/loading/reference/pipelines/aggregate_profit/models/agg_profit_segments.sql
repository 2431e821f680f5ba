-- Profit per day and segment member: one row per day, dimension and member, the total under ''.
-- key: order_date, dimension, member
-- day: order_date
-- reads: agg_profit_by_dimension 0..0; fact_orders 0..0
-- segments: region, category, business_unit
-- layer: aggregates
--
-- Every figure of this pipeline is made from these rows. An order counts once in each member it has a line in.
WITH money AS (
    SELECT
        m.order_date,
        CASE
            WHEN GROUPING(m.region) = 0 THEN 'region'
            WHEN GROUPING(m.category) = 0 THEN 'category'
            WHEN GROUPING(m.business_unit) = 0 THEN 'business_unit'
            ELSE ''
        END AS dimension,
        COALESCE(m.region, m.category, m.business_unit, '') AS member,
        SUM(m.gross_revenue) AS gross_revenue,
        SUM(m.refunds) AS refunds,
        SUM(m.cost) AS cost
    FROM agg_profit_by_dimension AS m
    WHERE m.order_date >= $start AND m.order_date < $end
    GROUP BY GROUPING SETS (
        (m.order_date), (m.order_date, m.region), (m.order_date, m.category), (m.order_date, m.business_unit)
    )
),

order_members AS (
    SELECT
        o.order_date,
        CASE
            WHEN GROUPING(o.region) = 0 THEN 'region'
            WHEN GROUPING(o.category) = 0 THEN 'category'
            WHEN GROUPING(o.business_unit) = 0 THEN 'business_unit'
            ELSE ''
        END AS dimension,
        COALESCE(o.region, o.category, o.business_unit, '') AS member,
        COUNT(DISTINCT o.order_id) AS orders
    FROM fact_orders AS o
    WHERE o.order_date >= $start AND o.order_date < $end
    GROUP BY GROUPING SETS (
        (o.order_date), (o.order_date, o.region), (o.order_date, o.category), (o.order_date, o.business_unit)
    )
)

SELECT
    m.order_date,
    m.dimension,
    m.member,
    CAST(m.gross_revenue AS DECIMAL(18, 4)) AS gross_revenue,
    CAST(m.refunds AS DECIMAL(18, 4)) AS refunds,
    CAST(m.gross_revenue - m.refunds AS DECIMAL(18, 4)) AS revenue,
    CAST(m.cost AS DECIMAL(18, 4)) AS cost,
    CAST(m.gross_revenue - m.refunds - m.cost AS DECIMAL(18, 4)) AS profit,
    CAST(COALESCE(n.orders, 0) AS BIGINT) AS orders
FROM money AS m
LEFT JOIN order_members AS n
    ON m.order_date = n.order_date AND m.dimension = n.dimension AND m.member = n.member
