-- Exposures of an experiment that does not run on the day, or of a variant that its plan does not name.
SELECT
    e.exposed_on AS day,
    e.experiment,
    e.variant,
    COUNT(*) AS exposures
FROM exposures AS e
INNER JOIN due_days AS d ON e.exposed_on = d.day
LEFT JOIN experiment_days AS p
    ON e.exposed_on = p.day AND e.experiment = p.experiment AND e.variant = p.variant
WHERE p.variant IS NULL
GROUP BY e.exposed_on, e.experiment, e.variant
