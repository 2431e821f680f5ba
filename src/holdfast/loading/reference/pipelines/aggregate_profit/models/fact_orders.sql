-- Order lines in the reporting currency, one row per line, on the business day of the order.
-- key: order_id, line_no
-- day: order_date
-- reads: src.orders 0..0; src.fx_rates -5..0
-- segments: region, category, business_unit
-- layer: facts
--
-- A rate counts from its own day until the day before the next one, at most five days on. Spread over the
-- days it counts for, it is found by an equal join; a line without any rate keeps a null amount and is held.
WITH age AS (
    SELECT days.age
    FROM (VALUES (0), (1), (2), (3), (4), (5)) AS days(age)
),

rates AS (
    SELECT
        r.rate_on,
        r.currency,
        r.rate,
        LEAD(r.rate_on) OVER (PARTITION BY r.currency ORDER BY r.rate_on NULLS LAST) AS next_on
    FROM src.fx_rates AS r
),

daily_rates AS (
    SELECT
        rates.rate_on + age.age AS rate_day,
        rates.currency,
        rates.rate
    FROM rates
    INNER JOIN age ON rates.next_on IS NULL OR rates.rate_on + age.age < rates.next_on
),

-- The exact product has eight decimals. CAST rounds a half away from zero; where that lands on an odd fourth
-- decimal, the remainder after the nearest even one is exactly half a step, and the step is taken back.
converted AS (
    SELECT
        o.order_id,
        o.line_no,
        o.user_id,
        o.business_on AS order_date,
        o.product_id,
        COALESCE(o.category, 'unallocated') AS category,
        COALESCE(o.region, 'unallocated') AS region,
        COALESCE(o.business_unit, 'unallocated') AS business_unit,
        o.amount * r.rate AS exact_amount,
        o.amount AS source_amount,
        o.currency
    FROM src.orders AS o
    LEFT JOIN daily_rates AS r ON o.business_on = r.rate_day AND o.currency = r.currency
    WHERE o.business_on >= $start AND o.business_on < $end
)

SELECT
    c.order_id,
    c.line_no,
    c.user_id,
    c.order_date,
    c.product_id,
    c.category,
    c.region,
    c.business_unit,
    CAST(
        CAST(c.exact_amount AS DECIMAL(18, 4))
        - CASE MOD(c.exact_amount, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS amount,
    c.source_amount,
    c.currency
FROM converted AS c
