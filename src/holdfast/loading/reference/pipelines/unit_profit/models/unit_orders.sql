-- Orders and the people who placed them, one row per order.
-- key: order_id
-- day: order_date
-- reads: fact_orders 0..0; src.orders 0..0; user_accounts ..0
-- layer: staging
--
-- An order counts from its first line's instant. Its region and product are those that all its lines agree on.
WITH placed AS (
    SELECT
        o.order_id,
        MIN(o.ordered_at) AS ordered_at
    FROM src.orders AS o
    WHERE o.business_on >= $start AND o.business_on < $end
    GROUP BY o.order_id
),

summed AS (
    SELECT
        f.order_id,
        f.order_date,
        MIN(f.user_id) AS account_id,
        CASE WHEN MIN(f.region) = MAX(f.region) THEN MIN(f.region) ELSE 'unallocated' END AS region,
        CASE WHEN MIN(f.product_id) = MAX(f.product_id) THEN MIN(f.product_id) END AS product_id,
        CAST(SUM(f.amount) AS DECIMAL(18, 4)) AS revenue
    FROM fact_orders AS f
    WHERE f.order_date >= $start AND f.order_date < $end
    GROUP BY f.order_id, f.order_date
)

SELECT
    s.order_id,
    s.order_date,
    p.ordered_at,
    s.account_id,
    COALESCE(u.user_id, s.account_id) AS user_id,
    s.region,
    s.product_id,
    s.revenue
FROM summed AS s
INNER JOIN placed AS p ON s.order_id = p.order_id
LEFT JOIN user_accounts AS u ON s.account_id = u.account_id AND u.known_on <= s.order_date
