-- Invoice lines with what kind of line each is, one row per line, on the till's own date.
-- key: invoice, line_no
-- day: sale_date
-- reads: src.invoice_lines 0..0
-- segments: region, category
-- layer: facts
--
-- The source numbers no lines, so they are numbered here within their invoice, by content. Identical lines stay as
-- many as they are; which of them is the first does not matter, because nothing tells them apart.
--
-- The category is the line-type rule of a public cleaning of 2010-11; the first case that fits wins. Its word list
-- was made for that year: 2009-10 has a few words more (ADJUST, TEST001), which count as sales. Check codes_known
-- tells where.
-- Amount has three decimals in the source; every one of them is kept.
WITH lines AS (
    SELECT
        s.invoice,
        s.stock_code,
        UPPER(TRIM(s.stock_code)) AS product,
        s.description,
        s.quantity,
        s.price,
        s.customer_id,
        s.country,
        s.currency,
        s.invoiced_at,
        s.business_on,
        s.yearly_extract
    FROM src.invoice_lines AS s
    WHERE s.business_on >= $start AND s.business_on < $end
)

SELECT
    l.invoice,
    ROW_NUMBER() OVER (
        PARTITION BY l.business_on, l.invoice
        ORDER BY
            l.stock_code ASC NULLS LAST,
            l.description ASC NULLS LAST,
            l.quantity ASC NULLS LAST,
            l.price ASC NULLS LAST,
            l.customer_id ASC NULLS LAST,
            l.country ASC NULLS LAST,
            l.invoiced_at ASC NULLS LAST,
            l.yearly_extract ASC NULLS LAST
    ) AS line_no,
    l.business_on AS sale_date,
    l.invoiced_at,
    l.stock_code,
    l.product,
    l.description,
    l.quantity,
    l.price,
    CAST(l.quantity * l.price AS DECIMAL(18, 4)) AS amount,
    l.currency,
    l.customer_id,
    l.country AS region,
    CASE
        WHEN l.price < 0 THEN 'invalid_price'
        WHEN l.invoice IN ('541431', 'C541433', '581483', 'C581484', '556444', 'C556445') THEN 'reversed_order'
        WHEN l.product IN (
            'POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'PADS'
        ) THEN 'non_product'
        WHEN LEFT(l.product, 5) = 'GIFT_' THEN 'gift_voucher'
        WHEN LEFT(l.invoice, 1) = 'C' THEN 'cancellation'
        WHEN l.quantity < 0 THEN 'adjustment'
        WHEN l.price = 0 THEN 'zero_price'
        ELSE 'sale'
    END AS category
FROM lines AS l
