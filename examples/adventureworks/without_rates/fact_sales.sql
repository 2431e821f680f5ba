-- Order lines of both channels as they were sold, one row per line, on the day of the order.
-- key: order_number, line_no
-- day: order_date
-- reads: src.internet_sales 0..0; src.reseller_sales 0..0; src.currencies ..0; src.territories ..0; src.products ..0; src.product_subcategories ..0; src.product_categories ..0
-- segments: channel, category, country
-- layer: facts
--
-- The model as it was before it knew of rates: every amount is in the currency of its line, and amount_currency
-- says in which. Adding them up gives the sample's well-known totals, which are in no currency at all.
WITH lines AS (
    SELECT
        'internet' AS channel,
        i.order_number,
        i.line_no,
        i.business_on,
        i.product_key,
        i.currency_key,
        i.territory_key,
        i.quantity,
        i.list_amount,
        i.amount,
        i.cost,
        i.tax,
        i.freight
    FROM src.internet_sales AS i
    WHERE i.business_on >= $start AND i.business_on < $end
    UNION ALL
    SELECT
        'reseller' AS channel,
        r.order_number,
        r.line_no,
        r.business_on,
        r.product_key,
        r.currency_key,
        r.territory_key,
        r.quantity,
        r.list_amount,
        r.amount,
        r.cost,
        r.tax,
        r.freight
    FROM src.reseller_sales AS r
    WHERE r.business_on >= $start AND r.business_on < $end
),

categories AS (
    SELECT
        p.product_key,
        c.category
    FROM src.products AS p
    INNER JOIN src.product_subcategories AS s ON p.subcategory_key = s.subcategory_key
    INNER JOIN src.product_categories AS c ON s.category_key = c.category_key
)

SELECT
    l.channel,
    l.order_number,
    l.line_no,
    l.business_on AS order_date,
    l.product_key,
    COALESCE(g.category, 'unallocated') AS category,
    COALESCE(t.country, 'unallocated') AS country,
    COALESCE(t.territory, 'unallocated') AS territory,
    l.quantity,
    l.list_amount AS gross_revenue,
    l.amount AS revenue,
    l.cost,
    l.tax,
    l.freight,
    c.currency AS amount_currency,
    CAST(1 AS DECIMAL(20, 12)) AS rate,
    l.list_amount AS source_list_amount,
    l.amount AS source_amount,
    l.cost AS source_cost,
    l.tax AS source_tax,
    l.freight AS source_freight,
    c.currency
FROM lines AS l
LEFT JOIN src.currencies AS c ON l.currency_key = c.currency_key
LEFT JOIN src.territories AS t ON l.territory_key = t.territory_key
LEFT JOIN categories AS g ON l.product_key = g.product_key
