-- Two rows per comparison and snapshot: the published means and variances of metric 1 turned back into sums.
-- grain: experiment and variant, day
-- A day keeps its last snapshot. The planned split was never published: half and half is assumed.
-- No covariate was published, so x is 0 for everybody; nothing was capped.
WITH snapshots AS (
  SELECT experiment_id || '-' || variant_id AS experiment,
         DATE '2020-01-01' + CAST(floor(time_since_start) AS INTEGER) AS day,
         *
  FROM read_parquet('asos_experiments/asos_digital_experiments_dataset.parquet')
  WHERE metric_id = 1 AND least(count_c, count_t) > 1
    AND mean_c + mean_t + variance_c + variance_t IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY experiment_id, variant_id, day ORDER BY time_since_start DESC) = 1
),
arms AS (
  SELECT experiment, day, 'control' AS variant, count_c AS n, mean_c AS mean, variance_c AS variance FROM snapshots
  UNION ALL
  SELECT experiment, day, 'treatment', count_t, mean_t, variance_t FROM snapshots
),
sums AS (
  SELECT *, n * mean AS y, variance * (n - 1) + n * mean * mean AS yy FROM arms
)
SELECT day, experiment, variant, '' AS segment, 0.5 AS planned_share,
       DATE '2020-01-01' AS started_on, NULL AS ended_on,
       CAST(n AS BIGINT) AS n, y, yy, 0 AS x, 0 AS xx, 0 AS xy, y AS wy, yy AS wyy, 0 AS wxy, 0 AS cap, 0 AS crossovers
FROM sums
ORDER BY experiment, day, variant
