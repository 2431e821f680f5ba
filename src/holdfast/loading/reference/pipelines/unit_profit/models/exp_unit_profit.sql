-- Sums from which an experiment is read: one row per day, experiment, variant and segment, all segments under ''.
-- key: day, experiment, variant, segment
-- day: day
-- reads: experiment_days 0..0; exp_users ..0; exp_user_days ..0
-- layer: aggregates
--
-- y is a person's profit from the first exposure through the end of the day, zero for who brought nothing; x is the
-- profit of the 28 days before. w is y cut at `cap`, the discrete 99th percentile of |y| over all people of the
-- experiment on the day. A person belongs to the variant and segment of the first exposure; who saw another variant
-- by the end of the day is a crossover, counted and left out. Rows add up over segments, never over days.
-- A planned variant that nobody saw has a row of zeros; a variant that was not planned has planned_share 0.
WITH running AS (
    SELECT d.day, d.experiment, d.variant, d.planned_share, d.started_on, d.ended_on
    FROM experiment_days AS d
    WHERE d.day >= $start AND d.day < $end
),

days AS (
    SELECT r.day, r.experiment, MIN(r.started_on) AS started_on, MIN(r.ended_on) AS ended_on
    FROM running AS r
    GROUP BY r.day, r.experiment
),

placed AS (
    SELECT
        u.experiment,
        u.user_id,
        u.variant,
        u.segment,
        u.exposed_on,
        u.x,
        ROW_NUMBER() OVER first_first AS place,
        FIRST_VALUE(u.variant) OVER first_first AS first_variant
    FROM exp_users AS u
    WHERE u.exposed_on < $end AND u.experiment IN (SELECT d.experiment FROM days AS d)
    WINDOW first_first AS (
        PARTITION BY u.experiment, u.user_id
        ORDER BY u.assigned_at NULLS LAST, u.account_id NULLS LAST, u.variant NULLS LAST
    )
),

crossed AS (
    SELECT p.experiment, p.user_id, MIN(p.exposed_on) AS crossed_on
    FROM placed AS p
    WHERE p.variant <> p.first_variant
    GROUP BY p.experiment, p.user_id
),

earned AS (
    SELECT d.day, e.experiment, e.user_id, SUM(e.profit) AS y
    FROM exp_user_days AS e
    INNER JOIN days AS d ON e.experiment = d.experiment AND e.booked_on <= d.day
    GROUP BY d.day, e.experiment, e.user_id
),

people AS (
    SELECT
        d.day,
        p.experiment,
        p.variant,
        p.segment,
        CASE WHEN c.crossed_on <= d.day THEN 1 ELSE 0 END AS is_crossover,
        CAST(COALESCE(e.y, 0) AS DECIMAL(18, 4)) AS y,
        p.x
    FROM placed AS p
    INNER JOIN days AS d ON p.experiment = d.experiment AND p.exposed_on <= d.day
    LEFT JOIN crossed AS c ON p.experiment = c.experiment AND p.user_id = c.user_id
    LEFT JOIN earned AS e ON d.day = e.day AND p.experiment = e.experiment AND p.user_id = e.user_id
    WHERE p.place = 1
),

caps AS (
    SELECT p.day, p.experiment, CAST(QUANTILE_DISC(ABS(p.y), 0.99) AS DECIMAL(18, 4)) AS cap
    FROM people AS p
    WHERE p.is_crossover = 0
    GROUP BY p.day, p.experiment
),

cut AS (
    SELECT
        p.day,
        p.experiment,
        p.variant,
        p.segment,
        p.y,
        p.x,
        CAST(CASE WHEN p.y > c.cap THEN c.cap WHEN p.y < -c.cap THEN -c.cap ELSE p.y END AS DECIMAL(18, 4)) AS w
    FROM people AS p
    INNER JOIN caps AS c ON p.day = c.day AND p.experiment = c.experiment
    WHERE p.is_crossover = 0
),

in_segments AS (
    SELECT
        p.day,
        p.experiment,
        p.variant,
        p.segment,
        COUNT(*) AS n,
        SUM(p.y) AS y,
        SUM(p.y * p.y) AS yy,
        SUM(p.x) AS x,
        SUM(p.x * p.x) AS xx,
        SUM(p.x * p.y) AS xy,
        SUM(p.w) AS wy,
        SUM(p.w * p.w) AS wyy,
        SUM(p.w * p.x) AS wxy
    FROM cut AS p
    GROUP BY p.day, p.experiment, p.variant, p.segment
),

-- The planned variants stand in the total with nothing to add.
counted AS (
    SELECT s.day, s.experiment, s.variant, s.segment, s.n, s.y, s.yy, s.x, s.xx, s.xy, s.wy, s.wyy, s.wxy
    FROM in_segments AS s
    UNION ALL
    SELECT s.day, s.experiment, s.variant, '' AS segment, s.n, s.y, s.yy, s.x, s.xx, s.xy, s.wy, s.wyy, s.wxy
    FROM in_segments AS s
    UNION ALL
    SELECT r.day, r.experiment, r.variant, '' AS segment, 0 AS n, 0 AS y, 0 AS yy, 0 AS x, 0 AS xx, 0 AS xy, 0 AS wy, 0 AS wyy, 0 AS wxy
    FROM running AS r
),

summed AS (
    SELECT
        c.day,
        c.experiment,
        c.variant,
        c.segment,
        CAST(SUM(c.n) AS BIGINT) AS n,
        CAST(SUM(c.y) AS DECIMAL(38, 8)) AS y,
        CAST(SUM(c.yy) AS DECIMAL(38, 8)) AS yy,
        CAST(SUM(c.x) AS DECIMAL(38, 8)) AS x,
        CAST(SUM(c.xx) AS DECIMAL(38, 8)) AS xx,
        CAST(SUM(c.xy) AS DECIMAL(38, 8)) AS xy,
        CAST(SUM(c.wy) AS DECIMAL(38, 8)) AS wy,
        CAST(SUM(c.wyy) AS DECIMAL(38, 8)) AS wyy,
        CAST(SUM(c.wxy) AS DECIMAL(38, 8)) AS wxy
    FROM counted AS c
    GROUP BY c.day, c.experiment, c.variant, c.segment
),

crossovers AS (
    SELECT
        p.day,
        p.experiment,
        CASE WHEN GROUPING(p.segment) = 0 THEN p.segment ELSE '' END AS segment,
        CAST(SUM(p.is_crossover) AS BIGINT) AS crossovers
    FROM people AS p
    GROUP BY GROUPING SETS ((p.day, p.experiment), (p.day, p.experiment, p.segment))
)

SELECT
    s.day,
    s.experiment,
    s.variant,
    s.segment,
    CAST(COALESCE(r.planned_share, 0) AS DECIMAL(9, 6)) AS planned_share,
    d.started_on,
    d.ended_on,
    s.n,
    s.y,
    s.yy,
    s.x,
    s.xx,
    s.xy,
    s.wy,
    s.wyy,
    s.wxy,
    CAST(COALESCE(c.cap, 0) AS DECIMAL(18, 4)) AS cap,
    COALESCE(o.crossovers, 0) AS crossovers
FROM summed AS s
INNER JOIN days AS d ON s.day = d.day AND s.experiment = d.experiment
LEFT JOIN running AS r ON s.day = r.day AND s.experiment = r.experiment AND s.variant = r.variant
LEFT JOIN caps AS c ON s.day = c.day AND s.experiment = c.experiment
LEFT JOIN crossovers AS o ON s.day = o.day AND s.experiment = o.experiment AND s.segment = o.segment
