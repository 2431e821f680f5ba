-- Growth of experiments by day: who enters, who becomes active, who stays, against the day and the week before.
-- key: date, experiment, variant, segment
-- day: date
-- reads: exp_growth_counts -7..0
-- layer: aggregates
--
-- The counts are those of exp_growth_counts. A rate is the change since the same count one or seven days before, by
-- that count: 0.25 is a quarter more. It is null where that was zero or the experiment did not run.
SELECT
    t.day AS date,
    t.experiment,
    t.variant,
    t.segment,
    t.exposed,
    t.new_users AS "new",
    t.activated,
    t.cohort_d1,
    t.retained_d1,
    t.cohort_d7,
    t.retained_d7,
    CAST((t.exposed - y.exposed) / NULLIF(y.exposed, 0) AS DECIMAL(18, 6)) AS exposed_on_day,
    CAST((t.exposed - w.exposed) / NULLIF(w.exposed, 0) AS DECIMAL(18, 6)) AS exposed_on_week,
    CAST((t.activated - y.activated) / NULLIF(y.activated, 0) AS DECIMAL(18, 6)) AS activated_on_day,
    CAST((t.activated - w.activated) / NULLIF(w.activated, 0) AS DECIMAL(18, 6)) AS activated_on_week
FROM exp_growth_counts AS t
LEFT JOIN exp_growth_counts AS y
    ON t.day = y.day + 1 AND t.experiment = y.experiment AND t.variant = y.variant AND t.segment = y.segment
LEFT JOIN exp_growth_counts AS w
    ON t.day = w.day + 7 AND t.experiment = w.experiment AND t.variant = w.variant AND t.segment = w.segment
WHERE t.day >= $start AND t.day < $end
