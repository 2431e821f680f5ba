-- Days on which more than a tenth of all events are of accounts that the registry does not know.
SELECT
    f.event_date AS day,
    f.unknown,
    k.kept
FROM (
    SELECT e.event_date, COUNT(*) AS unknown
    FROM candidate.filtered_events AS e
    WHERE e.reason = 'unregistered'
    GROUP BY e.event_date
) AS f
INNER JOIN due_days AS d ON f.event_date = d.day
LEFT JOIN (
    SELECT e.event_date, COUNT(*) AS kept
    FROM candidate.fact_events AS e
    GROUP BY e.event_date
) AS k ON f.event_date = k.event_date
WHERE 9 * f.unknown > COALESCE(k.kept, 0)
