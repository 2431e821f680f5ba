-- Entrants of an experiment that does not run on the day, or of a variant that its plan does not name.
SELECT
    f.exposed_on AS day,
    f.experiment,
    f.variant,
    COUNT(*) AS people
FROM first_exposures AS f
INNER JOIN due_days AS d ON f.exposed_on = d.day
LEFT JOIN experiment_days AS p
    ON f.exposed_on = p.day AND f.experiment = p.experiment AND f.variant = p.variant
WHERE p.variant IS NULL
GROUP BY f.exposed_on, f.experiment, f.variant
