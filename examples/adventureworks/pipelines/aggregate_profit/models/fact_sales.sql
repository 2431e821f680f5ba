-- Order lines of both channels in dollars, one row per line, on the day of the order.
-- key: order_number, line_no
-- day: order_date
-- reads: src.internet_sales 0..0; src.reseller_sales 0..0; src.fx_rates -5..0; src.currencies ..0; src.territories ..0; src.products ..0; src.product_subcategories ..0; src.product_categories ..0
-- segments: channel, category, country
-- layer: facts
--
-- A rate counts from its own day until the day before the next one, at most five days on; this file has one for
-- every day. A line without any rate keeps null amounts, stays in its own currency by amount_currency, and is held.
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

age AS (
    SELECT days.age
    FROM (VALUES (0), (1), (2), (3), (4), (5)) AS days(age)
),

rates AS (
    SELECT
        f.rate_on,
        f.currency_key,
        f.rate,
        LEAD(f.rate_on) OVER (PARTITION BY f.currency_key ORDER BY f.rate_on NULLS LAST) AS next_on
    FROM src.fx_rates AS f
),

daily_rates AS (
    SELECT
        rates.rate_on + age.age AS rate_day,
        rates.currency_key,
        rates.rate
    FROM rates
    INNER JOIN age ON rates.next_on IS NULL OR rates.rate_on + age.age < rates.next_on
),

categories AS (
    SELECT
        p.product_key,
        c.category
    FROM src.products AS p
    INNER JOIN src.product_subcategories AS s ON p.subcategory_key = s.subcategory_key
    INNER JOIN src.product_categories AS c ON s.category_key = c.category_key
),

-- The exact product has sixteen decimals. CAST rounds a half away from zero; where that lands on an odd fourth
-- decimal, the remainder after the nearest even one is exactly half a step, and the step is taken back.
converted AS (
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
        l.list_amount * d.rate AS exact_gross_revenue,
        l.amount * d.rate AS exact_revenue,
        l.cost * d.rate AS exact_cost,
        l.tax * d.rate AS exact_tax,
        l.freight * d.rate AS exact_freight,
        d.rate,
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
    LEFT JOIN daily_rates AS d ON l.business_on = d.rate_day AND l.currency_key = d.currency_key
)

SELECT
    c.channel,
    c.order_number,
    c.line_no,
    c.order_date,
    c.product_key,
    c.category,
    c.country,
    c.territory,
    c.quantity,
    CAST(
        CAST(c.exact_gross_revenue AS DECIMAL(18, 4))
        - CASE MOD(c.exact_gross_revenue, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS gross_revenue,
    CAST(
        CAST(c.exact_revenue AS DECIMAL(18, 4))
        - CASE MOD(c.exact_revenue, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS revenue,
    CAST(
        CAST(c.exact_cost AS DECIMAL(18, 4))
        - CASE MOD(c.exact_cost, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS cost,
    CAST(
        CAST(c.exact_tax AS DECIMAL(18, 4))
        - CASE MOD(c.exact_tax, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS tax,
    CAST(
        CAST(c.exact_freight AS DECIMAL(18, 4))
        - CASE MOD(c.exact_freight, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS freight,
    CASE WHEN c.rate IS NULL THEN c.currency ELSE 'USD' END AS amount_currency,
    c.rate,
    c.source_list_amount,
    c.source_amount,
    c.source_cost,
    c.source_tax,
    c.source_freight,
    c.currency
FROM converted AS c
