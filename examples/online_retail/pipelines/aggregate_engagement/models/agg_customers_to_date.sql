-- Customers of the $grain so far, up to each day, per country, the total under ''; by three definitions.
-- key: active_on, dimension, member
-- day: active_on
-- reads: customer_days $grain..0
-- segments: region
-- layer: aggregates
-- each: month, quarter, fiscal_year
--
-- A customer counts from the first such day within the period on; the running sum over its days is the count.
WITH days AS (
    SELECT d.day, p."start" AS period_start, d.day - GREATEST(p."start", $first) + 1 AS days
    FROM calendar_days AS d
    INNER JOIN calendar AS p ON p.grain = $grain AND d.day >= p."start" AND d.day < p."end"
),

seen AS (
    SELECT c.user_id, c.active_on, c.region, c.is_sale, c.is_positive, d.period_start
    FROM customer_days AS c
    INNER JOIN days AS d ON c.active_on = d.day
    WHERE c.active_on < $end AND d.period_start IN (
        SELECT w.period_start FROM days AS w WHERE w.day >= $start AND w.day < $end
    )
),

firsts AS (
    SELECT
        s.period_start,
        CASE WHEN GROUPING(s.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(s.region, '') AS member,
        s.user_id,
        MIN(CASE WHEN s.is_sale = 1 THEN s.active_on END) AS bought_on,
        MIN(s.active_on) AS named_on,
        MIN(CASE WHEN s.is_positive = 1 THEN s.active_on END) AS positive_on
    FROM seen AS s
    GROUP BY GROUPING SETS ((s.period_start, s.user_id), (s.period_start, s.user_id, s.region))
),

steps AS (
    SELECT f.period_start, f.bought_on AS on_day, f.dimension, f.member, 1 AS users, 0 AS named, 0 AS positive, 0 AS dau
    FROM firsts AS f
    WHERE f.bought_on IS NOT NULL
    UNION ALL
    SELECT f.period_start, f.named_on AS on_day, f.dimension, f.member, 0 AS users, 1 AS named, 0 AS positive, 0 AS dau
    FROM firsts AS f
    UNION ALL
    SELECT f.period_start, f.positive_on AS on_day, f.dimension, f.member, 0 AS users, 0 AS named, 1 AS positive, 0 AS dau
    FROM firsts AS f
    WHERE f.positive_on IS NOT NULL
    UNION ALL
    SELECT
        s.period_start,
        s.active_on AS on_day,
        CASE WHEN GROUPING(s.region) = 0 THEN 'region' ELSE '' END AS dimension,
        COALESCE(s.region, '') AS member,
        0 AS users,
        0 AS named,
        0 AS positive,
        COUNT(DISTINCT s.user_id) AS dau
    FROM seen AS s
    WHERE s.is_sale = 1
    GROUP BY GROUPING SETS ((s.period_start, s.active_on), (s.period_start, s.active_on, s.region))
    UNION ALL
    SELECT d.period_start, d.day AS on_day, m.dimension, m.member, 0 AS users, 0 AS named, 0 AS positive, 0 AS dau
    FROM days AS d
    CROSS JOIN (SELECT DISTINCT f.dimension, f.member FROM firsts AS f) AS m
    WHERE d.day >= $start AND d.day < $end
),

running AS (
    SELECT
        s.period_start,
        s.on_day,
        s.dimension,
        s.member,
        SUM(SUM(s.users)) OVER by_day AS users,
        SUM(SUM(s.named)) OVER by_day AS named,
        SUM(SUM(s.positive)) OVER by_day AS positive,
        SUM(SUM(s.dau)) OVER by_day AS dau_sum
    FROM steps AS s
    GROUP BY s.period_start, s.on_day, s.dimension, s.member
    WINDOW by_day AS (
        PARTITION BY s.period_start, s.dimension, s.member ORDER BY s.on_day NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    r.on_day AS active_on,
    r.dimension,
    r.member,
    CAST(r.users AS BIGINT) AS users,
    CAST(r.named AS BIGINT) AS users_all_lines,
    CAST(r.positive AS BIGINT) AS users_positive_lines,
    CAST(r.dau_sum AS BIGINT) AS dau_sum,
    CAST(d.days AS BIGINT) AS days
FROM running AS r
INNER JOIN days AS d ON r.on_day = d.day
WHERE r.on_day >= $start AND r.on_day < $end AND r.named > 0
