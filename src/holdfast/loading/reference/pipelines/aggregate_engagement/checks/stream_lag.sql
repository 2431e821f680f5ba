-- Days of which more than two per cent of the events were loaded after the morning that follows.
SELECT
    e.business_on AS day,
    COUNT(*) AS events
FROM src.events AS e
INNER JOIN due_days AS d ON e.business_on = d.day
GROUP BY e.business_on
HAVING 50 * SUM(CASE WHEN CAST(e.loaded_at AS DATE) > e.business_on + 1 THEN 1 ELSE 0 END) > COUNT(*)
