-- Users at the start of each day and of its week, month and quarter, per segment member, the total under ''.
-- key: date, dimension, member
-- day: date
-- reads: fact_growth ..-1
-- segments: channel, region
-- layer: aggregates
--
-- Registered and not churned before the first instant of the period; what was there before the first day counts.
WITH asked AS (
    SELECT
        d.day,
        MAX(CASE WHEN p.grain = 'week' THEN p."start" END) AS week_start,
        MAX(CASE WHEN p.grain = 'month' THEN p."start" END) AS month_start,
        MAX(CASE WHEN p.grain = 'quarter' THEN p."start" END) AS quarter_start
    FROM calendar_days AS d
    INNER JOIN calendar AS p ON d.day >= p."start" AND d.day < p."end"
    WHERE d.day >= $start AND d.day < $end
    GROUP BY d.day
),

changes AS (
    SELECT
        g.date,
        CASE WHEN GROUPING(g.channel) = 0 THEN 'channel' WHEN GROUPING(g.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(g.channel, g.region, '') AS member,
        SUM(CASE WHEN g.change = 'churned' THEN -1 ELSE 1 END) AS net
    FROM fact_growth AS g
    WHERE g.date < $end
    GROUP BY GROUPING SETS ((g.date), (g.date, g.channel), (g.date, g.region))
)

SELECT
    a.day AS date,
    c.dimension,
    c.member,
    CAST(SUM(c.net) AS BIGINT) AS active_at_start,
    CAST(SUM(CASE WHEN c.date < a.week_start THEN c.net ELSE 0 END) AS BIGINT) AS active_at_week_start,
    CAST(SUM(CASE WHEN c.date < a.month_start THEN c.net ELSE 0 END) AS BIGINT) AS active_at_month_start,
    CAST(SUM(CASE WHEN c.date < a.quarter_start THEN c.net ELSE 0 END) AS BIGINT) AS active_at_quarter_start
FROM asked AS a
INNER JOIN changes AS c ON c.date < a.day
GROUP BY a.day, c.dimension, c.member
