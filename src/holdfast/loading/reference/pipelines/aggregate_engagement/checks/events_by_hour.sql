-- Hours in which a device is silent although it sent twenty events or more in that hour on the fourteen days before.
-- Two such hours fail: when the clocks change, a day lacks one hour.
WITH hours AS (
    SELECT
        e.event_date AS day,
        e.device,
        EXTRACT(HOUR FROM e.event_time) AS hour,
        COUNT(*) AS events
    FROM fact_events AS e
    WHERE e.event_date >= (SELECT MIN(d.day) - 14 FROM due_days AS d)
        AND e.event_date <= (SELECT MAX(d.day) FROM due_days AS d)
    GROUP BY e.event_date, e.device, EXTRACT(HOUR FROM e.event_time)
),

usual AS (
    SELECT
        d.day,
        h.device,
        h.hour
    FROM due_days AS d
    INNER JOIN hours AS h ON h.day >= d.day - 14 AND h.day < d.day
    GROUP BY d.day, h.device, h.hour
    HAVING SUM(h.events) >= 20 * 14
)

SELECT
    u.day,
    u.device,
    COUNT(*) AS silent_hours
FROM usual AS u
LEFT JOIN hours AS h ON u.day = h.day AND u.device = h.device AND u.hour = h.hour
WHERE h.hour IS NULL
GROUP BY u.day, u.device
HAVING COUNT(*) >= 2
