-- What counts of each source per business day: rows, and the sum of their hashes.
CREATE TABLE fingerprints AS
SELECT 'orders' AS source, london(ordered_at) AS day, count(*) AS n, sum(hash(order_id, line_no, user_id, ordered_at,
    product_id, category, region, business_unit, amount, currency)) AS content FROM orders GROUP BY ALL
UNION ALL
SELECT 'refunds', london(refunded_at), count(*),
    sum(hash(refund_id, order_id, line_no, refunded_at, amount, currency)) FROM refunds GROUP BY ALL
UNION ALL
SELECT 'costs', london(incurred_at), count(*),
    sum(hash(cost_id, order_id, kind, incurred_at, region, amount, currency)) FROM costs GROUP BY ALL
UNION ALL
SELECT 'fx_rates', rate_on, count(*), sum(hash(rate_on, currency, rate)) FROM rates GROUP BY ALL
UNION ALL
SELECT 'ledger_totals', day, count(*), sum(hash(day, region, revenue, cost)) FROM ledger GROUP BY ALL;
