-- Every change of the user base, one row per user, date and change: new, churned or resurrected.
-- key: user_id, date, change
-- day: known_on
-- reads: users 0..0; fact_cancellations ..0; user_days ..0
-- segments: channel, region
-- layer: facts
--
-- A cancellation takes effect unless the user had cancelled before and was not active since. A user who is
-- active on a later day than the cancellation is back. What lies before the first day is known on that day.
WITH leavers AS (
    SELECT DISTINCT c.user_id, c.channel, c.region
    FROM fact_cancellations AS c
    WHERE c.cancelled_on < $end
),

moments AS (
    SELECT c.user_id, c.cancelled_on AS on_day, 1 AS is_cancellation
    FROM fact_cancellations AS c
    WHERE c.cancelled_on < $end
    UNION ALL
    SELECT d.user_id, d.active_on AS on_day, 0 AS is_cancellation
    FROM user_days AS d
    INNER JOIN leavers AS l ON d.user_id = l.user_id
    WHERE d.active_on < $end
),

-- On one day activity comes before a cancellation.
told AS (
    SELECT
        m.user_id,
        m.on_day,
        m.is_cancellation,
        MAX(CASE WHEN m.is_cancellation = 1 THEN m.on_day END) OVER earlier AS cancelled_before,
        MAX(CASE WHEN m.is_cancellation = 0 THEN m.on_day END) OVER earlier AS active_before
    FROM moments AS m
    WINDOW earlier AS (
        PARTITION BY m.user_id ORDER BY m.on_day NULLS LAST, m.is_cancellation NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),

changes AS (
    SELECT u.user_id, u.registered_on AS date, 'new' AS change, u.channel, u.region
    FROM users AS u
    WHERE u.known_on >= $start AND u.known_on < $end
    UNION ALL
    SELECT t.user_id, t.on_day AS date, 'churned' AS change, l.channel, l.region
    FROM told AS t
    INNER JOIN leavers AS l ON t.user_id = l.user_id
    WHERE t.is_cancellation = 1 AND (t.cancelled_before IS NULL OR t.active_before > t.cancelled_before)
    UNION ALL
    SELECT t.user_id, t.on_day AS date, 'resurrected' AS change, l.channel, l.region
    FROM told AS t
    INNER JOIN leavers AS l ON t.user_id = l.user_id
    WHERE t.is_cancellation = 0 AND t.cancelled_before IS NOT NULL
        AND (t.active_before IS NULL OR t.active_before <= t.cancelled_before)
)

SELECT
    c.user_id,
    c.date,
    c.change,
    GREATEST(c.date, $first) AS known_on,
    c.channel,
    c.region
FROM changes AS c
WHERE GREATEST(c.date, $first) >= $start AND GREATEST(c.date, $first) < $end
