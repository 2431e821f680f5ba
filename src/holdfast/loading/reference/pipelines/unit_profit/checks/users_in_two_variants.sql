-- Experiments of whose people more than two in a hundred saw more than one variant.
WITH counted AS (
    SELECT
        e.day,
        e.experiment,
        SUM(e.n) AS people,
        MAX(e.crossovers) AS crossovers
    FROM exp_unit_profit AS e
    INNER JOIN due_days AS d ON e.day = d.day
    WHERE e.segment = ''
    GROUP BY e.day, e.experiment
)

SELECT c.day, c.experiment, c.crossovers, c.people
FROM counted AS c
WHERE 50 * c.crossovers > c.people + c.crossovers
