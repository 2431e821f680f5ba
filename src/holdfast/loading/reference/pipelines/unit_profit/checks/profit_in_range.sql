-- Orders that bring in more than they sold for, or lose more than ten times that.
SELECT
    p.order_date AS day,
    p.order_id,
    p.revenue,
    p.profit
FROM fact_unit_profit AS p
INNER JOIN due_days AS d ON p.order_date = d.day
WHERE p.revenue < 0 OR p.profit > p.revenue OR p.profit < -10 * p.revenue
