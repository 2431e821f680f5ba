-- Lines of 20,000 units or more, either way.
SELECT
    f.sale_date AS day,
    f.invoice,
    f.stock_code,
    f.quantity,
    f.category
FROM candidate.fact_sales AS f
INNER JOIN due_days AS d ON f.sale_date = d.day
WHERE f.quantity >= 20000 OR f.quantity <= -20000
