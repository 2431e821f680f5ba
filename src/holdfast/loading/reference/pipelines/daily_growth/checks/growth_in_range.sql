-- Experiments with more people retained than there were, or whose segments do not come to their total.
WITH compared AS (
    SELECT
        c.day,
        c.experiment,
        SUM(CASE WHEN c.segment = '' THEN c.exposed ELSE -c.exposed END) AS exposed,
        SUM(CASE WHEN c.segment = '' THEN c.activated ELSE -c.activated END) AS activated,
        SUM(
            CASE
                WHEN c.retained_d1 > c.cohort_d1 OR c.retained_d7 > c.cohort_d7 OR c.new_users > c.exposed THEN 1
                ELSE 0
            END
        ) AS impossible
    FROM exp_growth_counts AS c
    INNER JOIN due_days AS d ON c.day = d.day
    GROUP BY c.day, c.experiment
)

SELECT c.day, c.experiment
FROM compared AS c
WHERE c.exposed <> 0 OR c.activated <> 0 OR c.impossible > 0
