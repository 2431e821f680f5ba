-- The month so far, set against the finance team's expectation for it: a day fails when the month's last day is
-- known and the month's gross revenue or orders lie outside the expected value plus or minus its band.
WITH months AS (
    SELECT DISTINCT p.name, p."start", p."end"
    FROM calendar AS p
    INNER JOIN due_days AS d ON d.day = p."end" - 1
    WHERE p.grain = 'month'
),

reached AS (
    SELECT m.name, m."end", v.metric, SUM(v.value) AS value
    FROM months AS m
    INNER JOIN day_values AS v ON v.day >= m."start" AND v.day < m."end"
    WHERE v.segment = '' AND v.metric IN ('gross_revenue', 'orders')
    GROUP BY m.name, m."end", v.metric
)

SELECT
    r."end" - 1 AS day,
    r.metric,
    r.value,
    p.expected_value,
    p.band
FROM reached AS r
INNER JOIN src.projections AS p ON r.name = p.period AND r.metric = p.metric
WHERE r.value < p.expected_value - p.band OR r.value > p.expected_value + p.band
