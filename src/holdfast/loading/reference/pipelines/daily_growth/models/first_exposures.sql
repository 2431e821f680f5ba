-- People as they enter an experiment, one row per experiment and person, on the day of the first exposure.
-- key: experiment, user_id
-- day: exposed_on
-- reads: exposures ..0
-- layer: staging
--
-- Whoever is shown another variant later stays where they entered: a day's counts never change with later days.
WITH shown AS (
    SELECT DISTINCT e.experiment, e.user_id
    FROM exposures AS e
    WHERE e.exposed_on >= $start AND e.exposed_on < $end
),

placed AS (
    SELECT
        e.experiment,
        e.user_id,
        e.variant,
        e.segment,
        e.exposed_on,
        e.registered_on,
        ROW_NUMBER() OVER (
            PARTITION BY e.experiment, e.user_id
            ORDER BY e.assigned_at NULLS LAST, e.account_id NULLS LAST, e.variant NULLS LAST
        ) AS place
    FROM exposures AS e
    INNER JOIN shown AS s ON e.experiment = s.experiment AND e.user_id = s.user_id
    WHERE e.exposed_on < $end
)

SELECT p.experiment, p.user_id, p.variant, p.segment, p.exposed_on, p.registered_on
FROM placed AS p
WHERE p.place = 1 AND p.exposed_on >= $start AND p.exposed_on < $end
