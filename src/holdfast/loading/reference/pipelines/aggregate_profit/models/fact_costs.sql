-- Costs in the reporting currency, one row per cost, on the business day it was incurred.
-- key: cost_id
-- day: cost_date
-- reads: src.costs 0..0; src.fx_rates -5..0; fact_orders -35..0
-- segments: region
-- layer: facts
--
-- A cost of an order takes the order's region, category, business unit and product where all its lines agree;
-- a cost without an order takes its own region; all the rest is unallocated. Rates and rounding are as in
-- fact_orders. It is row-wise in region only: lines of two categories make one cost unallocated.
-- The join names its window, so that a day built alone and a month built at once find the same orders; that all
-- lines of an order have one day is a check's to say.
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
        f.cost_id,
        f.order_id,
        f.kind,
        f.business_on AS cost_date,
        f.region,
        f.amount * r.rate AS exact_amount,
        f.amount AS source_amount,
        f.currency
    FROM src.costs AS f
    LEFT JOIN daily_rates AS r ON f.business_on = r.rate_day AND f.currency = r.currency
    WHERE f.business_on >= $start AND f.business_on < $end
),

-- Only of orders that have a cost here: most orders of the 35 days before have none any more.
order_segments AS (
    SELECT
        o.order_id,
        MIN(o.order_date) AS first_on,
        MAX(o.order_date) AS last_on,
        CASE WHEN MIN(o.region) = MAX(o.region) THEN MIN(o.region) ELSE 'unallocated' END AS region,
        CASE WHEN MIN(o.category) = MAX(o.category) THEN MIN(o.category) ELSE 'unallocated' END AS category,
        CASE
            WHEN MIN(o.business_unit) = MAX(o.business_unit) THEN MIN(o.business_unit) ELSE 'unallocated'
        END AS business_unit,
        CASE WHEN MIN(o.product_id) = MAX(o.product_id) THEN MIN(o.product_id) END AS product_id
    FROM fact_orders AS o
    WHERE o.order_id IN (SELECT k.order_id FROM converted AS k)
    GROUP BY o.order_id
)

SELECT
    c.cost_id,
    c.order_id,
    c.kind,
    c.cost_date,
    COALESCE(CASE WHEN c.order_id IS NULL THEN c.region ELSE o.region END, 'unallocated') AS region,
    COALESCE(o.category, 'unallocated') AS category,
    COALESCE(o.business_unit, 'unallocated') AS business_unit,
    o.product_id,
    CAST(
        CAST(c.exact_amount AS DECIMAL(18, 4))
        - CASE MOD(c.exact_amount, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END
        AS DECIMAL(18, 4)
    ) AS amount,
    c.source_amount,
    c.currency
FROM converted AS c
LEFT JOIN order_segments AS o
    ON c.order_id = o.order_id
    AND o.first_on >= c.cost_date - 35 AND o.last_on <= c.cost_date
