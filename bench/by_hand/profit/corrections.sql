-- Keys that arrived twice are few: they are found by one grouping, and only they are ranked.
CREATE TEMP TABLE orders_twice AS SELECT order_id, line_no FROM raw_orders GROUP BY ALL HAVING count(*) > 1;
CREATE TEMP TABLE orders_newest AS
SELECT * FROM raw_orders SEMI JOIN orders_twice USING (order_id, line_no)
QUALIFY row_number() OVER (
    PARTITION BY order_id, line_no ORDER BY loaded_at DESC, filename DESC, file_row_number DESC
) = 1;
CREATE VIEW orders AS
SELECT * FROM raw_orders ANTI JOIN orders_twice USING (order_id, line_no) UNION ALL BY NAME SELECT * FROM orders_newest;

CREATE TEMP TABLE refunds_twice AS SELECT refund_id FROM raw_refunds GROUP BY ALL HAVING count(*) > 1;
CREATE TEMP TABLE refunds_first AS
SELECT * FROM raw_refunds SEMI JOIN refunds_twice USING (refund_id)
QUALIFY row_number() OVER (PARTITION BY refund_id ORDER BY filename, file_row_number) = 1;
CREATE VIEW refunds AS
SELECT * FROM raw_refunds ANTI JOIN refunds_twice USING (refund_id) UNION ALL BY NAME SELECT * FROM refunds_first;

CREATE TEMP TABLE costs_twice AS SELECT cost_id FROM raw_costs GROUP BY ALL HAVING count(*) > 1;
CREATE TEMP TABLE costs_first AS
SELECT * FROM raw_costs SEMI JOIN costs_twice USING (cost_id)
QUALIFY row_number() OVER (PARTITION BY cost_id ORDER BY filename, file_row_number) = 1;
CREATE VIEW costs AS
SELECT * FROM raw_costs ANTI JOIN costs_twice USING (cost_id) UNION ALL BY NAME SELECT * FROM costs_first;

CREATE TEMP TABLE rates AS
SELECT rate_on, currency, rate FROM raw_rates
QUALIFY row_number() OVER (PARTITION BY rate_on, currency ORDER BY filename, file_row_number) = 1;
CREATE TEMP TABLE ledger AS
SELECT "on" AS day, region, revenue, cost FROM raw_ledger
QUALIFY row_number() OVER (PARTITION BY "on", region ORDER BY loaded_at DESC, filename DESC, file_row_number DESC) = 1;
