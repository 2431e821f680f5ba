-- People who enter an experiment and what they do then: one row per day, experiment, variant, segment, all under ''.
-- key: day, experiment, variant, segment
-- day: day
-- reads: experiment_days 0..0; first_exposures -7..0; user_days -7..0
-- layer: staging
--
-- Of those exposed, new_users registered on the day or the day before. Whoever was exposed on the day or the seven days
-- before, and is active on the day for the first time since, is activated. cohort_d1 and cohort_d7 were exposed one and seven days before;
-- retained_d1 and retained_d7 are those of them who are active on the day. Being active is as in user_days.
WITH running AS (
    SELECT r.day, r.experiment, r.variant
    FROM experiment_days AS r
    WHERE r.day >= $start AND r.day < $end
),

ages AS (
    SELECT a.age
    FROM (VALUES (0), (1), (7)) AS a(age)
),

active AS (
    SELECT
        f.experiment,
        f.user_id,
        f.variant,
        f.segment,
        f.exposed_on,
        u.active_on,
        ROW_NUMBER() OVER (PARTITION BY f.experiment, f.user_id ORDER BY u.active_on NULLS LAST) AS place
    FROM first_exposures AS f
    INNER JOIN user_days AS u
        ON f.user_id = u.user_id AND u.active_on >= f.exposed_on AND u.active_on <= f.exposed_on + 7
    WHERE f.exposed_on >= $start - 7 AND f.exposed_on < $end AND u.active_on < $end
),

told AS (
    SELECT
        f.exposed_on + g.age AS day,
        f.experiment,
        f.variant,
        f.segment,
        CASE WHEN g.age = 0 THEN 1 ELSE 0 END AS exposed,
        CASE WHEN g.age = 0 AND f.registered_on >= f.exposed_on - 1 THEN 1 ELSE 0 END AS new_users,
        0 AS activated,
        CASE WHEN g.age = 1 THEN 1 ELSE 0 END AS cohort_d1,
        0 AS retained_d1,
        CASE WHEN g.age = 7 THEN 1 ELSE 0 END AS cohort_d7,
        0 AS retained_d7
    FROM first_exposures AS f
    CROSS JOIN ages AS g
    UNION ALL
    SELECT
        a.active_on AS day,
        a.experiment,
        a.variant,
        a.segment,
        0 AS exposed,
        0 AS new_users,
        CASE WHEN a.place = 1 THEN 1 ELSE 0 END AS activated,
        0 AS cohort_d1,
        CASE WHEN a.active_on = a.exposed_on + 1 THEN 1 ELSE 0 END AS retained_d1,
        0 AS cohort_d7,
        CASE WHEN a.active_on = a.exposed_on + 7 THEN 1 ELSE 0 END AS retained_d7
    FROM active AS a
    WHERE a.place = 1 OR a.active_on = a.exposed_on + 1 OR a.active_on = a.exposed_on + 7
),

-- Everything counts in its segment and in the total, where planned variants stand with nothing to add.
counted AS (
    SELECT
        t.day,
        t.experiment,
        t.variant,
        CASE WHEN GROUPING(t.segment) = 0 THEN t.segment ELSE '' END AS segment,
        SUM(t.exposed) AS exposed,
        SUM(t.new_users) AS new_users,
        SUM(t.activated) AS activated,
        SUM(t.cohort_d1) AS cohort_d1,
        SUM(t.retained_d1) AS retained_d1,
        SUM(t.cohort_d7) AS cohort_d7,
        SUM(t.retained_d7) AS retained_d7
    FROM told AS t
    WHERE t.day >= $start AND t.day < $end
    GROUP BY GROUPING SETS ((t.day, t.experiment, t.variant), (t.day, t.experiment, t.variant, t.segment))
    UNION ALL
    SELECT
        r.day, r.experiment, r.variant, '' AS segment, 0 AS exposed, 0 AS new_users, 0 AS activated, 0 AS cohort_d1,
        0 AS retained_d1, 0 AS cohort_d7, 0 AS retained_d7
    FROM running AS r
)

SELECT
    c.day,
    c.experiment,
    c.variant,
    c.segment,
    CAST(SUM(c.exposed) AS BIGINT) AS exposed,
    CAST(SUM(c.new_users) AS BIGINT) AS new_users,
    CAST(SUM(c.activated) AS BIGINT) AS activated,
    CAST(SUM(c.cohort_d1) AS BIGINT) AS cohort_d1,
    CAST(SUM(c.retained_d1) AS BIGINT) AS retained_d1,
    CAST(SUM(c.cohort_d7) AS BIGINT) AS cohort_d7,
    CAST(SUM(c.retained_d7) AS BIGINT) AS retained_d7
FROM counted AS c
WHERE EXISTS (SELECT 1 FROM running AS r WHERE r.day = c.day AND r.experiment = c.experiment)
GROUP BY c.day, c.experiment, c.variant, c.segment
