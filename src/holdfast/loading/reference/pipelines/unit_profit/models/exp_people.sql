-- People in the experiments that run on the day, per experiment, all experiments under ''.
-- key: day, dimension, member
-- day: day
-- reads: exp_unit_profit 0..0
-- segments: experiment
-- layer: aggregates
--
-- The total adds up the experiments: a person who is in two of them counts twice, as two readings.
WITH per_experiment AS (
    SELECT
        e.day,
        e.experiment,
        SUM(e.n) AS counted,
        MAX(e.crossovers) AS crossovers
    FROM exp_unit_profit AS e
    WHERE e.day >= $start AND e.day < $end AND e.segment = ''
    GROUP BY e.day, e.experiment
)

SELECT
    p.day,
    CASE WHEN GROUPING(p.experiment) = 0 THEN 'experiment' ELSE '' END AS dimension,
    COALESCE(p.experiment, '') AS member,
    CAST(SUM(p.counted) AS BIGINT) AS counted_users,
    CAST(SUM(p.crossovers) AS BIGINT) AS crossover_users
FROM per_experiment AS p
GROUP BY GROUPING SETS ((p.day), (p.day, p.experiment))
