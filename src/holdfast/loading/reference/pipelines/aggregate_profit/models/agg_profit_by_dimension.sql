-- Company profit, one row per day, region, category, product and business unit in which something happened.
-- key: order_date, region, category, product, business_unit
-- day: order_date
-- reads: fact_orders 0..0; fact_refunds 0..0; fact_costs 0..0
-- segments: region, category, business_unit
-- layer: aggregates
WITH happened AS (
    SELECT
        o.order_date,
        o.region,
        o.category,
        o.product_id,
        o.business_unit,
        SUM(o.amount) AS gross_revenue,
        CAST(0 AS DECIMAL(18, 4)) AS refunds,
        CAST(0 AS DECIMAL(18, 4)) AS cost,
        COUNT(DISTINCT o.order_id) AS orders
    FROM fact_orders AS o
    WHERE o.order_date >= $start AND o.order_date < $end
    GROUP BY o.order_date, o.region, o.category, o.product_id, o.business_unit
    UNION ALL
    SELECT
        f.refund_date AS order_date,
        f.region,
        f.category,
        f.product_id,
        f.business_unit,
        CAST(0 AS DECIMAL(18, 4)) AS gross_revenue,
        SUM(f.amount) AS refunds,
        CAST(0 AS DECIMAL(18, 4)) AS cost,
        0 AS orders
    FROM fact_refunds AS f
    WHERE f.refund_date >= $start AND f.refund_date < $end
    GROUP BY f.refund_date, f.region, f.category, f.product_id, f.business_unit
    UNION ALL
    SELECT
        c.cost_date AS order_date,
        c.region,
        c.category,
        c.product_id,
        c.business_unit,
        CAST(0 AS DECIMAL(18, 4)) AS gross_revenue,
        CAST(0 AS DECIMAL(18, 4)) AS refunds,
        SUM(c.amount) AS cost,
        0 AS orders
    FROM fact_costs AS c
    WHERE c.cost_date >= $start AND c.cost_date < $end
    GROUP BY c.cost_date, c.region, c.category, c.product_id, c.business_unit
)

SELECT
    h.order_date,
    h.region,
    h.category,
    COALESCE(CAST(h.product_id AS VARCHAR), 'unallocated') AS product,
    h.business_unit,
    CAST(SUM(h.gross_revenue) AS DECIMAL(18, 4)) AS gross_revenue,
    CAST(SUM(h.refunds) AS DECIMAL(18, 4)) AS refunds,
    CAST(SUM(h.gross_revenue) - SUM(h.refunds) AS DECIMAL(18, 4)) AS revenue,
    CAST(SUM(h.cost) AS DECIMAL(18, 4)) AS cost,
    CAST(SUM(h.gross_revenue) - SUM(h.refunds) - SUM(h.cost) AS DECIMAL(18, 4)) AS profit,
    CAST(SUM(h.orders) AS BIGINT) AS orders
FROM happened AS h
GROUP BY h.order_date, h.region, h.category, COALESCE(CAST(h.product_id AS VARCHAR), 'unallocated'), h.business_unit
