-- Profit per day per member of each dimension, in all, and per longer period.
CREATE TABLE agg_profit_segments AS
WITH money AS (
    SELECT
        order_date, GROUPING(region, category, business_unit) AS which,
        coalesce(region, category, business_unit, '') AS member,
        sum(gross_revenue) AS gross_revenue, sum(refunds) AS refunds, sum(cost) AS cost
    FROM agg_profit_by_dimension
    GROUP BY GROUPING SETS ((order_date), (order_date, region), (order_date, category), (order_date, business_unit))
)
SELECT
    m.order_date,
    CASE m.which WHEN 3 THEN 'region' WHEN 5 THEN 'category' WHEN 6 THEN 'business_unit' ELSE '' END AS dimension,
    m.member,
    CAST(m.gross_revenue AS DECIMAL(18, 4)) AS gross_revenue,
    CAST(m.refunds AS DECIMAL(18, 4)) AS refunds,
    CAST(m.gross_revenue - m.refunds AS DECIMAL(18, 4)) AS revenue,
    CAST(m.cost AS DECIMAL(18, 4)) AS cost,
    CAST(m.gross_revenue - m.refunds - m.cost AS DECIMAL(18, 4)) AS profit,
    CAST(coalesce(n.orders, 0) AS BIGINT) AS orders
FROM money AS m
LEFT JOIN order_members AS n ON m.order_date = n.order_date AND m.which = n.which AND m.member = n.member;

CREATE TABLE agg_profit_daily AS
SELECT order_date, revenue, cost, profit, profit AS total_profit, orders, refunds
FROM agg_profit_segments WHERE dimension = '';

CREATE TABLE agg_profit_periods AS
SELECT
    p.grain, p."start" AS period_start, p.name AS period, count(*) AS days,
    CAST(sum(revenue) AS DECIMAL(18, 4)) AS revenue, CAST(sum(cost) AS DECIMAL(18, 4)) AS cost,
    CAST(sum(profit) AS DECIMAL(18, 4)) AS profit, CAST(sum(total_profit) AS DECIMAL(18, 4)) AS total_profit,
    CAST(sum(orders) AS BIGINT) AS orders, CAST(sum(refunds) AS DECIMAL(18, 4)) AS refunds
FROM calendar AS p JOIN agg_profit_daily AS d ON d.order_date >= p."start" AND d.order_date < p."end"
WHERE p.grain IN ('week', 'month', 'quarter') GROUP BY ALL;
CREATE VIEW agg_profit_weekly AS SELECT * EXCLUDE (grain) FROM agg_profit_periods WHERE grain = 'week';
CREATE VIEW agg_profit_monthly AS SELECT * EXCLUDE (grain) FROM agg_profit_periods WHERE grain = 'month';
CREATE VIEW agg_profit_quarterly AS SELECT * EXCLUDE (grain) FROM agg_profit_periods WHERE grain = 'quarter';
