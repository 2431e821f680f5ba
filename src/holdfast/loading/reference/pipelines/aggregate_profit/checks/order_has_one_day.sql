-- An order whose lines lie on two business days: its costs could not tell which of them it belongs to.
SELECT
    o.order_date AS day,
    o.order_id
FROM candidate.fact_orders AS o
INNER JOIN due_days AS d ON o.order_date = d.day
WHERE o.order_id IN (
    SELECT c.order_id
    FROM candidate.fact_orders AS c
    INNER JOIN due_days AS e ON c.order_date = e.day
    GROUP BY c.order_id
    HAVING COUNT(DISTINCT c.order_date) > 1
)
