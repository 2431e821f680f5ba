-- Sessions that end before they start, or last longer than a day.
SELECT
    s.session_date AS day,
    s.device,
    s.account_id,
    s.session_id,
    s.duration_s
FROM candidate.fact_sessions AS s
INNER JOIN due_days AS d ON s.session_date = d.day
WHERE s.duration_s < 0 OR s.duration_s > 86400
