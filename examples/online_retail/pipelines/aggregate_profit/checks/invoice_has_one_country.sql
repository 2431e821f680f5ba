-- Invoices whose lines lie in two countries: they would count once in each, and countries would not add up.
SELECT
    f.sale_date AS day,
    f.invoice
FROM candidate.fact_sales AS f
INNER JOIN due_days AS d ON f.sale_date = d.day
GROUP BY f.sale_date, f.invoice
HAVING COUNT(DISTINCT f.region) > 1
