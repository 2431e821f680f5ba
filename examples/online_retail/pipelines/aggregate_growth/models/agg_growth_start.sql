-- Customers known at the start of each day and of its month, quarter and fiscal year, per country, the total under ''.
-- key: first_on, dimension, member
-- day: first_on
-- reads: users ..-1
-- segments: region
-- layer: aggregates
WITH asked AS (
    SELECT
        d.day,
        MAX(CASE WHEN p.grain = 'month' THEN p."start" END) AS month_start,
        MAX(CASE WHEN p.grain = 'quarter' THEN p."start" END) AS quarter_start,
        MAX(CASE WHEN p.grain = 'fiscal_year' THEN p."start" END) AS year_start
    FROM calendar_days AS d
    INNER JOIN calendar AS p ON d.day >= p."start" AND d.day < p."end"
    WHERE d.day >= $start AND d.day < $end
    GROUP BY d.day
),

came AS (
    SELECT
        u.first_on,
        CASE WHEN GROUPING(u.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(u.region, '') AS member,
        COUNT(*) AS users
    FROM users AS u
    WHERE u.first_on < $end
    GROUP BY GROUPING SETS ((u.first_on), (u.first_on, u.region))
)

SELECT
    a.day AS first_on,
    c.dimension,
    c.member,
    CAST(SUM(c.users) AS BIGINT) AS at_day,
    CAST(SUM(CASE WHEN c.first_on < a.month_start THEN c.users ELSE 0 END) AS BIGINT) AS at_month,
    CAST(SUM(CASE WHEN c.first_on < a.quarter_start THEN c.users ELSE 0 END) AS BIGINT) AS at_quarter,
    CAST(SUM(CASE WHEN c.first_on < a.year_start THEN c.users ELSE 0 END) AS BIGINT) AS at_fiscal_year
FROM asked AS a
INNER JOIN came AS c ON c.first_on < a.day
GROUP BY a.day, c.dimension, c.member
