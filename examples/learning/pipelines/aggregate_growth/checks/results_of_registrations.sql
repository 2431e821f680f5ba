-- Results without a registration; registrations without a result have their own row.
WITH registered AS (
    SELECT r.account_id FROM fact_registrations AS r
    UNION ALL
    SELECT u.account_id FROM fact_undated_registrations AS u
)

SELECT
    r.known_on AS day,
    r.account_id,
    'no registration' AS finding
FROM candidate.fact_results AS r
INNER JOIN due_days AS d ON r.known_on = d.day
LEFT JOIN registered AS g ON r.account_id = g.account_id
WHERE g.account_id IS NULL
UNION ALL
SELECT
    d.day,
    g.account_id,
    'no result' AS finding
FROM registered AS g
CROSS JOIN due_days AS d
LEFT JOIN fact_results AS r ON g.account_id = r.account_id
WHERE r.account_id IS NULL AND d.day IN (SELECT DISTINCT k.known_on FROM candidate.fact_results AS k)
