-- Experiments that have fewer people, those left out counted, than on the day before.
WITH counted AS (
    SELECT
        e.day,
        e.experiment,
        SUM(e.n) + MAX(e.crossovers) AS people
    FROM exp_unit_profit AS e
    WHERE e.segment = ''
    GROUP BY e.day, e.experiment
)

SELECT t.day, t.experiment, t.people, y.people AS day_before
FROM counted AS t
INNER JOIN due_days AS d ON t.day = d.day
INNER JOIN counted AS y ON t.experiment = y.experiment AND t.day = y.day + 1
WHERE t.people < y.people
