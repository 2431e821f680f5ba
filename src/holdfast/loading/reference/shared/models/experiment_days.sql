-- The days on which experiments run, one row per day, experiment and planned variant.
-- key: day, experiment, variant
-- day: day
-- reads: src.experiments 0..0
-- layer: staging
--
-- The plan's variants are one flat JSON object, name: share, of at most ten; a name holds no comma, colon or brace.
-- ended_on is null while the experiment runs, whatever was planned: only the last day knows that it is the last.
WITH places AS (
    SELECT p.place
    FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS p(place)
),

written AS (
    SELECT
        e.experiment_id,
        e.started_on,
        e.ended_on,
        REPLACE(REPLACE(REPLACE(e.variants, '{', ''), '}', ''), '"', '') AS variants
    FROM src.experiments AS e
),

planned AS (
    SELECT
        w.experiment_id,
        w.started_on,
        w.ended_on,
        TRIM(SPLIT_PART(SPLIT_PART(w.variants, ',', places.place), ':', 1)) AS variant,
        TRIM(SPLIT_PART(SPLIT_PART(w.variants, ',', places.place), ':', 2)) AS share
    FROM written AS w
    CROSS JOIN places
)

SELECT
    d.day,
    p.experiment_id AS experiment,
    p.variant,
    CAST(p.share AS DECIMAL(9, 6)) AS planned_share,
    p.started_on,
    CASE WHEN p.ended_on <= d.day THEN p.ended_on END AS ended_on
FROM planned AS p
INNER JOIN calendar_days AS d ON d.day >= p.started_on AND (p.ended_on IS NULL OR d.day <= p.ended_on)
WHERE d.day >= $start AND d.day < $end AND p.variant <> ''
