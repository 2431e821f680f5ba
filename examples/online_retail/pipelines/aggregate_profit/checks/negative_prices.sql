-- Lines with a price below zero; in this data these are "Adjust bad debt".
SELECT
    f.sale_date AS day,
    f.invoice,
    f.description,
    f.amount
FROM candidate.fact_sales AS f
INNER JOIN due_days AS d ON f.sale_date = d.day
WHERE f.price < 0
