-- Days without an active user.
SELECT d.day
FROM due_days AS d
LEFT JOIN candidate.agg_engagement_segments AS s ON d.day = s.session_date AND s.dimension = ''
WHERE COALESCE(s.dau, 0) = 0
