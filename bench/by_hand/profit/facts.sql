-- Order lines, refunds and costs in pounds, each in one pass over everything that counts.
-- Rates are spread over the days they count for, so that an equal join finds them.
CREATE TEMP TABLE daily_rates AS
SELECT r.rate_on + a.age AS day, r.currency, r.rate
FROM (SELECT *, lead(rate_on) OVER (PARTITION BY currency ORDER BY rate_on) AS next_on FROM rates) AS r,
    (VALUES (0), (1), (2), (3), (4), (5)) AS a(age)
WHERE r.next_on IS NULL OR r.rate_on + a.age < r.next_on;

CREATE TABLE fact_orders AS
SELECT
    o.order_id, o.line_no, o.user_id, o.day AS order_date, o.product_id,
    coalesce(o.category, 'unallocated') AS category,
    coalesce(o.region, 'unallocated') AS region,
    coalesce(o.business_unit, 'unallocated') AS business_unit,
    to_pence(o.amount * r.rate) AS amount, o.amount AS source_amount, o.currency
FROM (SELECT *, london(ordered_at) AS day FROM orders) AS o
LEFT JOIN daily_rates AS r ON r.day = o.day AND r.currency = o.currency
WHERE o.day >= {first} AND o.day <= {last};

CREATE TABLE fact_refunds AS
SELECT
    f.refund_id, f.order_id, f.line_no, f.day AS refund_date, o.product_id,
    coalesce(o.category, 'unallocated') AS category,
    coalesce(o.region, 'unallocated') AS region,
    coalesce(o.business_unit, 'unallocated') AS business_unit,
    to_pence(f.amount * r.rate) AS amount, f.amount AS source_amount, f.currency
FROM (SELECT *, london(refunded_at) AS day FROM refunds) AS f
LEFT JOIN daily_rates AS r ON r.day = f.day AND r.currency = f.currency
LEFT JOIN fact_orders AS o
    ON f.order_id = o.order_id AND f.line_no = o.line_no AND o.order_date >= f.day - 35 AND o.order_date <= f.day
WHERE f.day >= {first} AND f.day <= {last};

CREATE TEMP TABLE order_segments AS
SELECT
    order_id, min(order_date) AS first_on, max(order_date) AS last_on,
    CASE WHEN min(region) = max(region) THEN min(region) ELSE 'unallocated' END AS region,
    CASE WHEN min(category) = max(category) THEN min(category) ELSE 'unallocated' END AS category,
    CASE WHEN min(business_unit) = max(business_unit) THEN min(business_unit) ELSE 'unallocated' END AS business_unit,
    CASE WHEN min(product_id) = max(product_id) THEN min(product_id) END AS product_id
FROM fact_orders GROUP BY order_id;

CREATE TABLE fact_costs AS
SELECT
    c.cost_id, c.order_id, c.kind, c.day AS cost_date,
    coalesce(CASE WHEN c.order_id IS NULL THEN c.region ELSE o.region END, 'unallocated') AS region,
    coalesce(o.category, 'unallocated') AS category,
    coalesce(o.business_unit, 'unallocated') AS business_unit,
    o.product_id, to_pence(c.amount * r.rate) AS amount, c.amount AS source_amount, c.currency
FROM (SELECT *, london(incurred_at) AS day FROM costs) AS c
LEFT JOIN daily_rates AS r ON r.day = c.day AND r.currency = c.currency
LEFT JOIN order_segments AS o ON c.order_id = o.order_id AND o.first_on >= c.day - 35 AND o.last_on <= c.day
WHERE c.day >= {first} AND c.day <= {last};
