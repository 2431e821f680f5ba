-- One row per variant: earnings in 1978 per man, with earnings in 1975 as the covariate from before the assignment.
-- grain: variant
-- The planned shares were never published; those that happened stand in, so the split says nothing here.
WITH men AS (
  SELECT CASE treat WHEN 1 THEN 'training' ELSE 'control' END AS variant,
         CAST(re78 AS DECIMAL(18, 4)) AS y,
         CAST(re75 AS DECIMAL(18, 4)) AS x
  FROM read_parquet('lalonde/nsw_mixtape.parquet')
),
capped AS (
  SELECT *, least(y, (SELECT quantile_cont(y, 0.99) FROM men)) AS w
  FROM men
)
SELECT DATE '1978-12-31' AS day, 'nsw' AS experiment, variant, '' AS segment,
       count(*) / (SELECT count(*) FROM men) AS planned_share,
       DATE '1975-01-01' AS started_on, DATE '1978-12-31' AS ended_on,
       count(*) AS n,
       sum(y) AS y, sum(y * y) AS yy, sum(x) AS x, sum(x * x) AS xx, sum(x * y) AS xy,
       sum(w) AS wy, sum(w * w) AS wyy, sum(x * w) AS wxy,
       (SELECT quantile_cont(y, 0.99) FROM men) AS cap, 0 AS crossovers
FROM capped
GROUP BY variant
