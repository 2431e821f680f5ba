-- Days on which a known customer stands on an invoice, one row per customer, day and country.
-- key: user_id, active_on, region
-- day: active_on
-- reads: fact_sales 0..0
-- segments: region
-- layer: facts
--
-- A customer is a user, a purchase is being active. Lines without a customer, a quarter of all, are nobody's.
SELECT
    f.customer_id AS user_id,
    f.sale_date AS active_on,
    f.region,
    MAX(CASE WHEN f.category = 'sale' THEN 1 ELSE 0 END) AS is_sale,
    MAX(CASE WHEN f.quantity > 0 AND f.price > 0 THEN 1 ELSE 0 END) AS is_positive
FROM fact_sales AS f
WHERE f.sale_date >= $start AND f.sale_date < $end AND f.customer_id IS NOT NULL
GROUP BY f.customer_id, f.sale_date, f.region
