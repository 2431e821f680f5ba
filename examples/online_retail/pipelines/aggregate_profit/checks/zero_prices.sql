-- Lines without a price, on days where they are two in a hundred or more.
WITH shares AS (
    SELECT
        f.sale_date,
        COUNT(*) AS lines,
        COUNT(CASE WHEN f.price = 0 THEN 1 END) AS free_lines
    FROM candidate.fact_sales AS f
    INNER JOIN due_days AS d ON f.sale_date = d.day
    GROUP BY f.sale_date
)

SELECT
    f.sale_date AS day,
    f.invoice,
    f.line_no,
    f.category
FROM candidate.fact_sales AS f
INNER JOIN shares AS s ON f.sale_date = s.sale_date
WHERE f.price = 0 AND s.free_lines * 50 >= s.lines
