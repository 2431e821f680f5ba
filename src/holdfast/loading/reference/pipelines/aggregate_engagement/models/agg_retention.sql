-- Who came back: on each day the cohorts of 1, 7 and 28 days before, and how many of them are active again.
-- key: measured_on, dimension, member
-- day: measured_on
-- reads: first_days -28..0; user_days 0..0; user_device_days -28..0
-- segments: device, region
-- layer: aggregates
--
-- A cohort is everybody whose first active day is the same. On a device: who used it on that first day.
WITH ages AS (
    SELECT a.age FROM (VALUES (1), (7), (28)) AS a(age)
),

members AS (
    SELECT f.user_id, f.first_on, '' AS dimension, '' AS member
    FROM first_days AS f
    WHERE f.first_on >= $start - 28 AND f.first_on < $end
    UNION ALL
    SELECT f.user_id, f.first_on, 'region' AS dimension, f.region AS member
    FROM first_days AS f
    WHERE f.first_on >= $start - 28 AND f.first_on < $end
    UNION ALL
    SELECT f.user_id, f.first_on, 'device' AS dimension, d.device AS member
    FROM first_days AS f
    INNER JOIN user_device_days AS d ON f.user_id = d.user_id AND f.first_on = d.active_on
    WHERE f.first_on >= $start - 28 AND f.first_on < $end
),

returned AS (
    SELECT
        m.first_on + a.age AS measured_on,
        a.age,
        m.dimension,
        m.member,
        COUNT(*) AS cohort,
        COUNT(u.user_id) AS retained
    FROM members AS m
    CROSS JOIN ages AS a
    LEFT JOIN user_days AS u ON m.user_id = u.user_id AND m.first_on + a.age = u.active_on
    WHERE m.first_on + a.age >= $start AND m.first_on + a.age < $end
    GROUP BY m.first_on + a.age, a.age, m.dimension, m.member
)

SELECT
    r.measured_on,
    r.dimension,
    r.member,
    CAST(SUM(CASE WHEN r.age = 1 THEN r.cohort ELSE 0 END) AS BIGINT) AS cohort_d1,
    CAST(SUM(CASE WHEN r.age = 1 THEN r.retained ELSE 0 END) AS BIGINT) AS retained_d1,
    CAST(SUM(CASE WHEN r.age = 7 THEN r.cohort ELSE 0 END) AS BIGINT) AS cohort_d7,
    CAST(SUM(CASE WHEN r.age = 7 THEN r.retained ELSE 0 END) AS BIGINT) AS retained_d7,
    CAST(SUM(CASE WHEN r.age = 28 THEN r.cohort ELSE 0 END) AS BIGINT) AS cohort_d28,
    CAST(SUM(CASE WHEN r.age = 28 THEN r.retained ELSE 0 END) AS BIGINT) AS retained_d28
FROM returned AS r
GROUP BY r.measured_on, r.dimension, r.member
