-- Days on which net growth is more than a tenth of the users there were, up or down.
SELECT
    v.day,
    v.value AS growth_rate
FROM day_values AS v
INNER JOIN due_days AS d ON v.day = d.day
WHERE v.metric = 'growth_rate' AND v.segment = '' AND ABS(v.value) > 0.1
