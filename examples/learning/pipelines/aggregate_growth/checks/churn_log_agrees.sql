-- Registrations whose result is Withdrawn but were never taken back, and the other way round.
SELECT
    r.known_on AS day,
    r.account_id,
    r.final_result,
    c.cancelled_on
FROM candidate.fact_results AS r
INNER JOIN due_days AS d ON r.known_on = d.day
LEFT JOIN fact_cancellations AS c ON r.account_id = c.account_id
WHERE (r.final_result = 'Withdrawn' AND c.account_id IS NULL) OR (r.final_result <> 'Withdrawn' AND c.account_id IS NOT NULL)
