-- Lines that two extracts both have: one row for each that is counted twice. Identical lines within one extract are
-- numbered first and compared copy by copy, because a line may honestly stand there twice.
WITH shared_days AS (
    SELECT s.business_on
    FROM src.invoice_lines AS s
    INNER JOIN due_days AS d ON s.business_on = d.day
    GROUP BY s.business_on
    HAVING COUNT(DISTINCT s.yearly_extract) > 1
),

numbered AS (
    SELECT
        s.business_on,
        s.invoice,
        s.stock_code,
        s.description,
        s.quantity,
        s.invoiced_at,
        s.price,
        s.customer_id,
        s.country,
        s.yearly_extract,
        ROW_NUMBER() OVER (
            PARTITION BY
                s.business_on, s.invoice, s.stock_code, s.description, s.quantity, s.invoiced_at, s.price,
                s.customer_id, s.country, s.yearly_extract
            ORDER BY s.yearly_extract ASC NULLS LAST
        ) AS copy
    FROM src.invoice_lines AS s
    INNER JOIN shared_days AS d ON s.business_on = d.business_on
)

SELECT
    n.business_on AS day,
    n.invoice,
    n.stock_code,
    n.quantity,
    n.price,
    n.copy,
    MIN(n.yearly_extract) AS first_extract,
    MAX(n.yearly_extract) AS second_extract
FROM numbered AS n
GROUP BY
    n.business_on, n.invoice, n.stock_code, n.description, n.quantity, n.invoiced_at, n.price,
    n.customer_id, n.country, n.copy
HAVING COUNT(DISTINCT n.yearly_extract) > 1
