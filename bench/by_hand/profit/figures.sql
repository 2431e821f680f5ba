-- Every figure as of every day: day values, and the running sums of each week, month and quarter.
CREATE TEMP TABLE members AS
SELECT dimension, member, CASE WHEN dimension = '' THEN {first} ELSE min(order_date) END AS since
FROM agg_profit_segments GROUP BY dimension, member;

CREATE TEMP TABLE day_values AS
SELECT
    d.day, CASE WHEN m.dimension = '' THEN '' ELSE m.dimension || '=' || m.member END AS segment,
    coalesce(s.gross_revenue, 0) AS gross_revenue, coalesce(s.refunds, 0) AS refunds,
    coalesce(s.revenue, 0) AS revenue, coalesce(s.cost, 0) AS cost, coalesce(s.profit, 0) AS profit,
    coalesce(s.orders, 0) AS orders
FROM (SELECT CAST(unnest(range({first}, {last} + 1, INTERVAL 1 DAY)) AS DATE) AS day) AS d
JOIN members AS m ON m.since <= d.day
LEFT JOIN agg_profit_segments AS s ON s.order_date = d.day AND s.dimension = m.dimension AND s.member = m.member;

CREATE TEMP TABLE wide AS
SELECT 'day' AS grain, CAST(day AS VARCHAR) AS period, segment, day AS as_of,
    gross_revenue, refunds, revenue, cost, profit, CAST(orders AS DECIMAL(38, 6)) AS orders
FROM day_values
UNION ALL
SELECT p.grain, p.name, segment, day,
    sum(gross_revenue) OVER w, sum(refunds) OVER w, sum(revenue) OVER w, sum(cost) OVER w, sum(profit) OVER w,
    sum(orders) OVER w
FROM day_values JOIN calendar AS p ON day >= p."start" AND day < p."end"
WHERE p.grain IN ('week', 'month', 'quarter')
WINDOW w AS (PARTITION BY p.grain, p.name, segment ORDER BY day);

CREATE TABLE figures AS
WITH summed AS (
    SELECT grain, period, metric, segment, CAST(value AS DECIMAL(38, 6)) AS value, as_of
    FROM (
        SELECT grain, period, segment, as_of, CAST(COLUMNS(* EXCLUDE (grain, period, segment, as_of)) AS DECIMAL(38, 6))
        FROM wide
    ) UNPIVOT (value FOR metric IN (gross_revenue, refunds, revenue, cost, profit, orders))
), parts AS (
    SELECT *, CAST(abs(profit) * 10000 AS HUGEINT) * 1000000 AS top, CAST(abs(revenue) * 10000 AS HUGEINT) AS bottom
    FROM wide
), margins AS (
    SELECT grain, period, 'margin' AS metric, segment,
        CASE WHEN revenue = 0 THEN NULL ELSE CAST(
            CASE WHEN (profit < 0) <> (revenue < 0) THEN -1 ELSE 1 END * CAST(top // bottom
            + CASE WHEN 2 * (top % bottom) > bottom OR (2 * (top % bottom) = bottom AND (top // bottom) % 2 = 1)
                THEN 1 ELSE 0 END AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(38, 6)) END AS value,
        as_of
    FROM parts
)
SELECT
    as_of - {first} + 1 AS release, 'aggregate_profit' AS pipeline, grain, period, metric, segment, value,
    CASE metric WHEN 'orders' THEN 'orders' WHEN 'margin' THEN 'ratio' ELSE 'GBP' END AS unit,
    'preliminary' AS state, 1 AS version, as_of, TIMESTAMPTZ '{now}' AS published_at, TRUE AS backfilled, '' AS reason
FROM (SELECT * FROM summed UNION ALL SELECT * FROM margins);
