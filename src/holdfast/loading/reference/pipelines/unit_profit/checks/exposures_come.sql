-- Experiments without an exposure on a day, of at least twenty a day on average over the week before.
WITH running AS (
    SELECT DISTINCT p.day, p.experiment, p.started_on
    FROM experiment_days AS p
    INNER JOIN due_days AS d ON p.day = d.day
),

counted AS (
    SELECT
        r.day,
        r.experiment,
        SUM(CASE WHEN e.exposed_on = r.day THEN 1 ELSE 0 END) AS today,
        SUM(CASE WHEN e.exposed_on < r.day THEN 1 ELSE 0 END) AS week_before
    FROM running AS r
    INNER JOIN exposures AS e
        ON r.experiment = e.experiment AND e.exposed_on <= r.day AND e.exposed_on >= r.day - 7
    GROUP BY r.day, r.experiment
)

SELECT c.day, c.experiment, c.week_before
FROM counted AS c
WHERE c.today = 0 AND c.week_before >= 140
