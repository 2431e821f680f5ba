-- Refunds in the reporting currency, one row per refund, on the business day it was paid.
-- key: refund_id
-- day: refund_date
-- reads: src.refunds 0..0; src.fx_rates -5..0; fact_orders -35..0
-- segments: region, category, business_unit
-- layer: facts
--
-- Product, category, region and business unit are the order line's. A refund whose line is not found keeps
-- counting, as unallocated; a check reports it. Rates and rounding are as in fact_orders.
-- The join names its window, so that a day built alone and a month built at once find the same lines.
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

converted AS (
    SELECT
        f.refund_id,
        f.order_id,
        f.line_no,
        f.business_on AS refund_date,
        f.amount * r.rate AS exact_amount,
        f.amount AS source_amount,
        f.currency
    FROM src.refunds AS f
    LEFT JOIN daily_rates AS r ON f.business_on = r.rate_day AND f.currency = r.currency
    WHERE f.business_on >= $start AND f.business_on < $end
)

SELECT
    c.refund_id,
    c.order_id,
    c.line_no,
    c.refund_date,
    o.product_id,
    COALESCE(o.category, 'unallocated') AS category,
    COALESCE(o.region, 'unallocated') AS region,
    COALESCE(o.business_unit, 'unallocated') AS business_unit,
    CAST(
        CAST(c.exact_amount AS DECIMAL(18, 4))
        - CASE MOD(c.exact_amount, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS amount,
    c.source_amount,
    c.currency
FROM converted AS c
LEFT JOIN fact_orders AS o
    ON c.order_id = o.order_id AND c.line_no = o.line_no
    AND o.order_date >= c.refund_date - 35 AND o.order_date <= c.refund_date
