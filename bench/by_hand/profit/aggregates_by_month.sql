-- What counts orders once, a month at a time: over two years at once the sets of orders no longer fit the
-- processor's cache, which costs twice the CPU.
CREATE TABLE IF NOT EXISTS agg_profit_by_dimension(
    order_date DATE, region VARCHAR, category VARCHAR, product VARCHAR, business_unit VARCHAR,
    gross_revenue DECIMAL(18, 4), refunds DECIMAL(18, 4), revenue DECIMAL(18, 4), cost DECIMAL(18, 4),
    profit DECIMAL(18, 4), orders BIGINT
);
INSERT INTO agg_profit_by_dimension
SELECT
    order_date, region, category, coalesce(CAST(product_id AS VARCHAR), 'unallocated') AS product, business_unit,
    sum(gross_revenue), sum(refunds), sum(gross_revenue) - sum(refunds), sum(cost),
    sum(gross_revenue) - sum(refunds) - sum(cost), sum(orders)
FROM (
    SELECT
        order_date, region, category, product_id, business_unit, sum(amount) AS gross_revenue,
        CAST(0 AS DECIMAL(18, 4)) AS refunds, CAST(0 AS DECIMAL(18, 4)) AS cost, count(DISTINCT order_id) AS orders
    FROM fact_orders WHERE order_date >= {start} AND order_date < {end} GROUP BY ALL
    UNION ALL
    SELECT refund_date, region, category, product_id, business_unit, 0, sum(amount), 0, 0
    FROM fact_refunds WHERE refund_date >= {start} AND refund_date < {end} GROUP BY ALL
    UNION ALL
    SELECT cost_date, region, category, product_id, business_unit, 0, 0, sum(amount), 0
    FROM fact_costs WHERE cost_date >= {start} AND cost_date < {end} GROUP BY ALL
)
GROUP BY order_date, region, category, coalesce(CAST(product_id AS VARCHAR), 'unallocated'), business_unit;

-- An order counts once in each member that it has a line in.
CREATE TEMP TABLE IF NOT EXISTS order_members(order_date DATE, which BIGINT, member VARCHAR, orders BIGINT);
INSERT INTO order_members
SELECT
    order_date, GROUPING(region, category, business_unit) AS which,
    coalesce(region, category, business_unit, '') AS member, count(DISTINCT order_id) AS orders
FROM fact_orders WHERE order_date >= {start} AND order_date < {end}
GROUP BY GROUPING SETS ((order_date), (order_date, region), (order_date, category), (order_date, business_unit));
