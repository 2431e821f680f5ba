-- Types of event that are new against the 28 days before, or that came on each of those days and now do not.
WITH seen AS (
    SELECT
        e.event_date AS day,
        e.event_type,
        COUNT(*) AS events
    FROM fact_events AS e
    WHERE e.event_date >= (SELECT MIN(d.day) - 28 FROM due_days AS d)
        AND e.event_date <= (SELECT MAX(d.day) FROM due_days AS d)
    GROUP BY e.event_date, e.event_type
),

lately AS (
    SELECT
        d.day,
        s.event_type,
        COUNT(*) AS days
    FROM due_days AS d
    INNER JOIN seen AS s ON s.day >= d.day - 28 AND s.day < d.day
    GROUP BY d.day, s.event_type
)

SELECT
    s.day,
    s.event_type,
    'new' AS finding
FROM seen AS s
INNER JOIN due_days AS d ON s.day = d.day
LEFT JOIN lately AS l ON s.day = l.day AND s.event_type = l.event_type
WHERE l.event_type IS NULL AND EXISTS (SELECT 1 FROM lately AS a WHERE a.day = s.day AND a.days = 28)
UNION ALL
SELECT
    l.day,
    l.event_type,
    'missing' AS finding
FROM lately AS l
LEFT JOIN seen AS s ON l.day = s.day AND l.event_type = s.event_type
WHERE l.days = 28 AND s.event_type IS NULL
