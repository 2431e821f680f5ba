-- Hours in which a device is silent although, by the fourteen days before and the day's own volume, fifteen sessions
-- or more were to be expected. Two such hours fail: when the clocks change, a day lacks one hour.
-- Sessions, not events: events come in bunches, and a bunch may well be missing.
WITH hours AS (
    SELECT
        e.event_date AS day,
        e.device,
        EXTRACT(HOUR FROM e.event_time) AS hour,
        COUNT(DISTINCT e.session_id) AS sessions
    FROM fact_events AS e
    WHERE e.event_date >= (SELECT MIN(d.day) - 14 FROM due_days AS d)
        AND e.event_date <= (SELECT MAX(d.day) FROM due_days AS d)
    GROUP BY e.event_date, e.device, EXTRACT(HOUR FROM e.event_time)
),

days AS (
    SELECT h.day, h.device, SUM(h.sessions) AS sessions
    FROM hours AS h
    GROUP BY h.day, h.device
),

usual AS (
    SELECT
        d.day,
        h.device,
        h.hour,
        SUM(h.sessions) AS sessions
    FROM due_days AS d
    INNER JOIN hours AS h ON h.day >= d.day - 14 AND h.day < d.day
    GROUP BY d.day, h.device, h.hour
),

usual_days AS (
    SELECT u.day, u.device, SUM(u.sessions) AS sessions
    FROM usual AS u
    GROUP BY u.day, u.device
)

SELECT
    u.day,
    u.device,
    COUNT(*) AS silent_hours
FROM usual AS u
INNER JOIN usual_days AS w ON u.day = w.day AND u.device = w.device
INNER JOIN days AS t ON u.day = t.day AND u.device = t.device
LEFT JOIN hours AS h ON u.day = h.day AND u.device = h.device AND u.hour = h.hour
WHERE h.hour IS NULL AND u.sessions * t.sessions >= 15 * w.sessions
GROUP BY u.day, u.device
HAVING COUNT(*) >= 2
