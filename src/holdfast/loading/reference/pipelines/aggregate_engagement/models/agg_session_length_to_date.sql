-- Median session length of the $grain so far, up to each day, per segment member, the total under ''.
-- key: session_date, dimension, member
-- day: session_date
-- reads: session_lengths $grain..0
-- segments: device, region
-- layer: aggregates
-- each: week, month, quarter
--
-- The smallest length that at least half of the sessions do not exceed. First the range of 64 seconds that
-- holds it is found from running sums, then the second within that range.
WITH days AS (
    SELECT d.day, p."start" AS period_start
    FROM calendar_days AS d
    INNER JOIN calendar AS p ON p.grain = $grain AND d.day >= p."start" AND d.day < p."end"
),

lengths AS (
    SELECT
        d.period_start,
        s.session_date,
        s.dimension,
        s.member,
        s.duration_s,
        s.duration_s - MOD(s.duration_s, 64) AS range_s,
        s.sessions
    FROM session_lengths AS s
    INNER JOIN days AS d ON s.session_date = d.day
    WHERE s.session_date < $end AND d.period_start IN (
        SELECT w.period_start FROM days AS w WHERE w.day >= $start AND w.day < $end
    )
),

asked AS (
    SELECT d.day, d.period_start
    FROM days AS d
    WHERE d.day >= $start AND d.day < $end
),

range_steps AS (
    SELECT l.period_start, l.session_date AS on_day, l.dimension, l.member, l.range_s, l.sessions
    FROM lengths AS l
    UNION ALL
    SELECT a.period_start, a.day AS on_day, m.dimension, m.member, m.range_s, 0 AS sessions
    FROM asked AS a
    INNER JOIN (SELECT DISTINCT l.period_start, l.dimension, l.member, l.range_s FROM lengths AS l) AS m
        ON a.period_start = m.period_start
),

range_sums AS (
    SELECT
        s.period_start,
        s.on_day,
        s.dimension,
        s.member,
        s.range_s,
        SUM(SUM(s.sessions)) OVER (
            PARTITION BY s.period_start, s.dimension, s.member, s.range_s ORDER BY s.on_day NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS sessions
    FROM range_steps AS s
    GROUP BY s.period_start, s.on_day, s.dimension, s.member, s.range_s
),

cumulated AS (
    SELECT
        s.period_start,
        s.on_day,
        s.dimension,
        s.member,
        s.range_s,
        s.sessions,
        SUM(s.sessions) OVER (
            PARTITION BY s.on_day, s.dimension, s.member ORDER BY s.range_s NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS up_to,
        SUM(s.sessions) OVER (PARTITION BY s.on_day, s.dimension, s.member) AS every
    FROM range_sums AS s
    WHERE s.on_day >= $start AND s.on_day < $end
),

middle AS (
    SELECT c.period_start, c.on_day, c.dimension, c.member, c.range_s, c.up_to - c.sessions AS below, c.every
    FROM cumulated AS c
    WHERE c.sessions > 0 AND 2 * c.up_to >= c.every AND 2 * (c.up_to - c.sessions) < c.every
),

within AS (
    SELECT
        m.on_day,
        m.dimension,
        m.member,
        l.duration_s,
        m.every,
        m.below + SUM(SUM(l.sessions)) OVER (
            PARTITION BY m.on_day, m.dimension, m.member ORDER BY l.duration_s NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS up_to
    FROM middle AS m
    INNER JOIN lengths AS l
        ON m.period_start = l.period_start AND m.dimension = l.dimension AND m.member = l.member
        AND m.range_s = l.range_s AND l.session_date <= m.on_day
    GROUP BY m.on_day, m.dimension, m.member, l.duration_s, m.every, m.below
)

SELECT
    w.on_day AS session_date,
    w.dimension,
    w.member,
    MIN(w.duration_s) AS session_seconds_median
FROM within AS w
WHERE 2 * w.up_to >= w.every
GROUP BY w.on_day, w.dimension, w.member
