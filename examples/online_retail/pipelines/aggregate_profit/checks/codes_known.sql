-- Sale lines whose stock code does not begin with a digit. DCGS, GIFT and SP are the shop's own series of products.
SELECT
    f.sale_date AS day,
    f.invoice,
    f.product,
    f.amount
FROM candidate.fact_sales AS f
INNER JOIN due_days AS d ON f.sale_date = d.day
WHERE
    f.category = 'sale'
    AND LEFT(f.product, 1) NOT IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    AND LEFT(f.product, 4) NOT IN ('DCGS', 'GIFT')
    AND LEFT(f.product, 2) <> 'SP'
