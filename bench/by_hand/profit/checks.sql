-- The pipeline's checks, each as (check, day, segment, observed, n): several that scan one table share the scan.
CREATE TABLE order_scan AS
SELECT
    order_date AS day, region, count(*) AS n,
    count(*) FILTER (WHERE order_id IS NULL OR line_no IS NULL OR user_id IS NULL OR amount IS NULL
        OR region IS NULL OR currency IS NULL) AS not_filled,
    count(*) FILTER (WHERE currency NOT IN ('GBP', 'EUR', 'USD', 'BRL', 'AUD')) AS bad_currency,
    count(*) FILTER (WHERE region NOT IN ('UK', 'EU', 'US', 'BR', 'APAC')) AS bad_region,
    min(currency) AS low_currency, max(currency) AS high_currency, sum(source_amount) AS source_amount
FROM fact_orders GROUP BY ALL;
CREATE TABLE cost_scan AS
SELECT
    cost_date AS day, region, count(*) AS n,
    count(*) FILTER (WHERE cost_id IS NULL OR kind IS NULL OR amount IS NULL OR currency IS NULL) AS not_filled,
    count(*) FILTER (WHERE currency NOT IN ('GBP', 'EUR', 'USD', 'BRL', 'AUD')) AS bad_currency,
    count(*) FILTER (WHERE kind NOT IN ('cogs', 'fulfillment', 'returns', 'platform_fee', 'allocated', 'other')) AS bad_kind
FROM fact_costs GROUP BY ALL;
CREATE TABLE refund_scan AS
SELECT refund_date AS day, region, count(*) AS n,
    count(*) FILTER (WHERE refund_id IS NULL OR order_id IS NULL OR amount IS NULL OR currency IS NULL) AS not_filled
FROM fact_refunds GROUP BY ALL;

CREATE TABLE checked AS
SELECT 'orders_filled' AS name, day, region AS segment, not_filled AS observed, n FROM order_scan
UNION ALL SELECT 'currencies_known', day, region, bad_currency, n FROM order_scan
UNION ALL SELECT 'regions_known', day, '', sum(bad_region), sum(n) FROM order_scan GROUP BY day
UNION ALL SELECT 'one_currency_per_region', day, region, CASE WHEN low_currency = high_currency THEN 0 ELSE 1 END, n FROM order_scan
UNION ALL SELECT 'costs_filled', day, region, not_filled, n FROM cost_scan
UNION ALL SELECT 'cost_currencies_known', day, region, bad_currency, n FROM cost_scan
UNION ALL SELECT 'cost_kinds_known', day, region, bad_kind, n FROM cost_scan
UNION ALL SELECT 'refunds_filled', day, region, not_filled, n FROM refund_scan
-- Every region that sold in the 28 days before sells today.
UNION ALL SELECT 'orders_complete', d.day, r.region, CASE WHEN count(o.n) FILTER (WHERE o.day = d.day) = 0 THEN 1 ELSE 0 END,
    count(*)
FROM (SELECT DISTINCT day FROM order_scan) AS d JOIN (SELECT DISTINCT region FROM order_scan) AS r ON TRUE
JOIN order_scan AS o ON o.region = r.region AND o.day <= d.day AND o.day >= d.day - 28 GROUP BY d.day, r.region
UNION ALL SELECT 'orders_volume', day, '', CASE WHEN n < 0.5 * usual OR n > 2 * usual THEN 1 ELSE 0 END, n
FROM (SELECT day, sum(n) AS n, avg(sum(n)) OVER (PARTITION BY dayofweek(day) ORDER BY day ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
    AS usual FROM order_scan GROUP BY day)
-- Keys: one row each, over all days.
UNION ALL SELECT 'orders_key', min(order_date), '', count(*), count(*) FROM fact_orders GROUP BY order_id, line_no HAVING count(*) > 1
UNION ALL SELECT 'refunds_key', min(refund_date), '', count(*), count(*) FROM fact_refunds GROUP BY refund_id HAVING count(*) > 1
UNION ALL SELECT 'costs_key', min(cost_date), '', count(*), count(*) FROM fact_costs GROUP BY cost_id HAVING count(*) > 1
UNION ALL SELECT 'order_has_one_day', first_on, '', 1, 1 FROM order_segments WHERE first_on <> last_on
-- Rows that point at each other.
UNION ALL SELECT 'refunds_have_orders', refund_date, '', count(*) FILTER (WHERE o.order_id IS NULL), count(*)
FROM fact_refunds AS f LEFT JOIN (SELECT DISTINCT order_id, line_no FROM fact_orders SEMI JOIN fact_refunds USING (order_id, line_no))
    AS o USING (order_id, line_no) GROUP BY refund_date
UNION ALL SELECT 'costs_have_orders', cost_date, '', count(*) FILTER (WHERE c.order_id IS NOT NULL AND o.order_id IS NULL), count(*)
FROM fact_costs AS c LEFT JOIN order_segments AS o USING (order_id) GROUP BY cost_date
UNION ALL SELECT 'cost_coverage', o.first_on, o.region, count(*) - count(c.order_id), count(*)
FROM order_segments AS o LEFT JOIN (SELECT DISTINCT order_id FROM fact_costs WHERE kind = 'cogs') AS c USING (order_id)
GROUP BY ALL
-- Against the source and against the ledger.
UNION ALL SELECT 'orders_all_counted', day, region, s.n - f.n, f.n
FROM (SELECT london(ordered_at) AS day, coalesce(region, 'unallocated') AS region, count(*) AS n FROM orders GROUP BY ALL) AS s
JOIN (SELECT day, region, n FROM order_scan) AS f USING (day, region)
UNION ALL SELECT 'ledger_revenue', day, region,
    CASE WHEN abs(b.revenue - l.revenue) > 0.01 * abs(l.revenue) THEN 1 ELSE 0 END, 1
FROM (SELECT order_date AS day, region, sum(revenue) AS revenue FROM agg_profit_by_dimension GROUP BY ALL) AS b
JOIN ledger AS l USING (day, region)
UNION ALL SELECT 'ledger_cost', day, region, CASE WHEN abs(b.cost - l.cost) > 0.02 * abs(l.cost) THEN 1 ELSE 0 END, 1
FROM (SELECT order_date AS day, region, sum(cost) AS cost FROM agg_profit_by_dimension WHERE region <> 'unallocated' GROUP BY ALL) AS b
JOIN ledger AS l USING (day, region)
-- Figures that look odd.
UNION ALL SELECT 'margin_band', order_date, member, CASE WHEN profit < -0.5 * revenue OR profit > 0.8 * revenue THEN 1 ELSE 0 END, 1
FROM agg_profit_segments WHERE dimension = 'region'
UNION ALL SELECT 'profit_jump', order_date, '', CASE WHEN abs(profit - before) * 5 > abs(before) THEN 1 ELSE 0 END, 1
FROM (SELECT order_date, profit, lag(profit) OVER (ORDER BY order_date) AS before FROM agg_profit_daily)
UNION ALL SELECT 'projections_band', f.as_of, '', count(*), 1
FROM figures AS f JOIN raw_projections AS p ON p.period = f.period AND p.metric = f.metric
WHERE f.grain = 'month' AND f.segment = '' AND p.filename = (SELECT max(filename) FROM raw_projections)
    AND (f.value < p.expected_value - p.band OR f.value > p.expected_value + p.band) GROUP BY ALL
-- The contracts: nothing required is missing; the newest row is new.
UNION ALL SELECT 'orders_contract', london(ordered_at), '', 1, 1 FROM raw_orders WHERE order_id IS NULL OR line_no IS NULL
    OR user_id IS NULL OR ordered_at IS NULL OR product_id IS NULL OR region IS NULL OR business_unit IS NULL
    OR amount IS NULL OR currency IS NULL OR loaded_at IS NULL
UNION ALL SELECT 'costs_contract', london(incurred_at), '', 1, 1 FROM raw_costs WHERE cost_id IS NULL OR kind IS NULL
    OR incurred_at IS NULL OR amount IS NULL OR currency IS NULL OR loaded_at IS NULL
UNION ALL SELECT 'refunds_contract', london(refunded_at), '', 1, 1 FROM raw_refunds WHERE refund_id IS NULL
    OR order_id IS NULL OR line_no IS NULL OR refunded_at IS NULL OR amount IS NULL OR currency IS NULL
UNION ALL SELECT 'orders_fresh', {last}, '', count(*), 1 FROM (SELECT max(loaded_at) AS newest FROM raw_orders)
    WHERE newest < TIMESTAMPTZ '{now}' - INTERVAL 26 HOUR
UNION ALL SELECT 'costs_fresh', {last}, '', count(*), 1 FROM (SELECT max(loaded_at) AS newest FROM raw_costs)
    WHERE newest < TIMESTAMPTZ '{now}' - INTERVAL 26 HOUR;
