-- People who enter experiments and become active, per experiment, all experiments under ''.
-- key: day, dimension, member
-- day: day
-- reads: exp_growth_counts 0..0
-- segments: experiment
-- layer: aggregates
--
-- The total adds up the experiments: a person who enters two of them counts twice.
SELECT
    c.day,
    CASE WHEN GROUPING(c.experiment) = 0 THEN 'experiment' ELSE '' END AS dimension,
    COALESCE(c.experiment, '') AS member,
    CAST(SUM(c.exposed) AS BIGINT) AS exposed,
    CAST(SUM(c.new_users) AS BIGINT) AS new_users,
    CAST(SUM(c.activated) AS BIGINT) AS activated
FROM exp_growth_counts AS c
WHERE c.day >= $start AND c.day < $end AND c.segment = ''
GROUP BY GROUPING SETS ((c.day), (c.day, c.experiment))
