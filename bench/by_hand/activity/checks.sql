-- The checks of growth and engagement, each as (check, day, segment, observed, n); several of one table share the scan.
CREATE TABLE event_scan AS
SELECT
    event_date AS day, device, event_type, extract(HOUR FROM event_time) AS hour, count(*) AS n,
    count(*) FILTER (WHERE user_id IS NULL OR session_id IS NULL OR event_type IS NULL OR event_time IS NULL) AS not_filled
FROM fact_events GROUP BY ALL;
CREATE TABLE hour_scan AS
SELECT event_date AS day, device, extract(HOUR FROM event_time) AS hour, count(DISTINCT session_id) AS sessions
FROM fact_events GROUP BY ALL;
CREATE TABLE session_scan AS
SELECT
    session_date AS day, device, count(*) AS n,
    count(*) FILTER (WHERE user_id IS NULL OR session_id IS NULL OR started_at IS NULL) AS not_filled,
    count(*) FILTER (WHERE duration_s < 0 OR duration_s > 86400) AS impossible
FROM fact_sessions GROUP BY ALL;
CREATE TABLE arrived_scan AS
SELECT
    day, count(*) AS n, count(*) FILTER (WHERE event_type = 'signup') AS signups,
    count(*) FILTER (WHERE epoch_us(loaded_at) >= (day - DATE '1970-01-01' + 2) * 86400000000) AS late,
    count(*) FILTER (WHERE event_id IS NULL OR user_id IS NULL OR session_id IS NULL OR event_type IS NULL
        OR event_time IS NULL OR loaded_at IS NULL OR device NOT IN ('ios', 'android', 'web')) AS broken
FROM events GROUP BY ALL;
CREATE TABLE registration_scan AS
SELECT
    day, channel, count(*) AS n,
    count(*) FILTER (WHERE user_id IS NULL OR identity IS NULL OR first_seen_on IS NULL
        OR channel NOT IN ('organic', 'search', 'social', 'email', 'affiliate', 'referral')
        OR region NOT IN ('UK', 'EU', 'US', 'BR', 'APAC')) AS broken
FROM registrations GROUP BY ALL;

CREATE TABLE checked AS
SELECT 'events_filled' AS name, day, '' AS segment, sum(not_filled) AS observed, sum(n) AS n FROM event_scan GROUP BY day
UNION ALL SELECT 'sessions_filled', day, '', sum(not_filled), sum(n) FROM session_scan GROUP BY day
UNION ALL SELECT 'devices_known', day, device, sum(CASE WHEN device NOT IN ('ios', 'android', 'web') THEN n ELSE 0 END), sum(n)
FROM event_scan GROUP BY day, device
UNION ALL SELECT 'sessions_possible', day, device, impossible, n FROM session_scan
UNION ALL SELECT 'events_key', min(event_date), '', count(*), count(*) FROM fact_events GROUP BY event_id HAVING count(*) > 1
UNION ALL SELECT 'sessions_key', min(session_date), '', count(*), count(*)
FROM fact_sessions GROUP BY account_id, session_id HAVING count(*) > 1
UNION ALL SELECT 'users_key', min(known_on), '', count(*), count(*) FROM users GROUP BY user_id HAVING count(*) > 1
UNION ALL SELECT 'changes_key', min(known_on), '', count(*), count(*) FROM fact_growth GROUP BY user_id, date, change HAVING count(*) > 1
UNION ALL SELECT 'changes_filled', known_on, '', count(*) FILTER (WHERE user_id IS NULL OR date IS NULL OR change IS NULL), count(*)
FROM fact_growth GROUP BY known_on
-- What usually comes, came.
UNION ALL SELECT 'events_complete', d.day, d.device, CASE WHEN count(*) FILTER (WHERE e.day = d.day) = 0 THEN 1 ELSE 0 END, count(*)
FROM (SELECT day, device FROM days CROSS JOIN (SELECT DISTINCT device FROM event_scan)) AS d
JOIN event_scan AS e ON e.device = d.device AND e.day <= d.day AND e.day >= d.day - 14 GROUP BY d.day, d.device
UNION ALL SELECT 'users_come', d.day, '', CASE WHEN count(u.known_on) = 0 THEN 1 ELSE 0 END, 1
FROM days AS d LEFT JOIN (SELECT DISTINCT known_on FROM users) AS u ON u.known_on = d.day GROUP BY d.day
UNION ALL SELECT 'marketing_complete', d.day, d.channel, CASE WHEN count(m.day) = 0 THEN 1 ELSE 0 END, 1
FROM (SELECT day, channel FROM days CROSS JOIN (SELECT DISTINCT channel FROM marketing)) AS d
LEFT JOIN marketing AS m ON m.day = d.day AND m.channel = d.channel GROUP BY d.day, d.channel
UNION ALL SELECT 'events_by_hour', day, device, count(*), 1
FROM (
    SELECT u.day, u.device, u.hour
    FROM (
        SELECT d.day, h.device, h.hour, sum(h.sessions) AS sessions,
            sum(sum(h.sessions)) OVER (PARTITION BY d.day, h.device) AS every
        FROM days AS d JOIN hour_scan AS h ON h.day >= d.day - 14 AND h.day < d.day GROUP BY d.day, h.device, h.hour
    ) AS u
    JOIN (SELECT day, device, sum(sessions) AS sessions FROM hour_scan GROUP BY ALL) AS t ON t.day = u.day AND t.device = u.device
    ANTI JOIN hour_scan AS h ON h.day = u.day AND h.device = u.device AND h.hour = u.hour
    WHERE u.sessions * t.sessions >= 15 * u.every
)
GROUP BY day, device HAVING count(*) >= 2
UNION ALL SELECT 'event_types', s.day, s.event_type, 1, 1
FROM (SELECT day, event_type FROM days CROSS JOIN (SELECT DISTINCT event_type FROM event_scan)) AS s
JOIN (SELECT DISTINCT day, event_type FROM event_scan) AS e ON e.event_type = s.event_type AND e.day <= s.day AND e.day >= s.day - 28
GROUP BY s.day, s.event_type
HAVING s.day >= {first} + 28 AND (count(*) FILTER (WHERE e.day < s.day)) IN (0, 28)
    AND (count(*) FILTER (WHERE e.day < s.day) = 0) = (count(*) FILTER (WHERE e.day = s.day) = 1)
UNION ALL SELECT 'events_volume', day, '', CASE WHEN n < 0.5 * usual OR n > 2 * usual THEN 1 ELSE 0 END, n
FROM (SELECT day, sum(n) AS n, avg(sum(n)) OVER (PARTITION BY dayofweek(day) ORDER BY day ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
    AS usual FROM event_scan GROUP BY day)
-- Tables that must agree.
UNION ALL SELECT 'sessions_have_events', s.session_date, s.device, count(*) - count(e.session_id), count(*)
FROM fact_sessions AS s LEFT JOIN (SELECT DISTINCT session_id FROM fact_events) AS e USING (session_id)
GROUP BY s.session_date, s.device
UNION ALL SELECT 'registry', day, '', CASE WHEN 9 * unknown > kept THEN 1 ELSE 0 END, kept
FROM (SELECT event_date AS day, count(*) AS unknown FROM filtered_events WHERE reason = 'unregistered' GROUP BY ALL)
JOIN (SELECT day, sum(n) AS kept FROM event_scan GROUP BY ALL) USING (day)
UNION ALL SELECT 'registrations_signups', day, '', abs(sum(registered) - sum(signups)), sum(registered)
FROM (SELECT day, n AS registered, 0 AS signups FROM registration_scan UNION ALL SELECT day, 0, signups FROM arrived_scan)
WHERE day >= {first} AND day <= {last} GROUP BY day
UNION ALL SELECT 'marketing_signups', day, channel, abs(sum(attributed) - sum(registered)), sum(attributed)
FROM (SELECT day, channel, n AS registered, 0 AS attributed FROM registration_scan
    UNION ALL SELECT day, channel, 0, attributed_signups FROM marketing) WHERE day >= {first} AND day <= {last} GROUP BY day, channel
UNION ALL SELECT 'cancellations_logged', day, '', sum(unmatched), count(*)
FROM (
    SELECT c.day, CASE WHEN count(l.user_id) = 0 THEN 1 ELSE 0 END AS unmatched
    FROM (SELECT DISTINCT user_id, day FROM cancellations) AS c
    LEFT JOIN churn_log AS l ON l.user_id = c.user_id AND l.day >= c.day AND l.day <= c.day + 1 GROUP BY c.user_id, c.day
    UNION ALL
    SELECT l.day, CASE WHEN count(c.user_id) = 0 THEN 1 ELSE 0 END
    FROM (SELECT DISTINCT user_id, day FROM churn_log) AS l
    LEFT JOIN cancellations AS c ON c.user_id = l.user_id AND c.day <= l.day AND c.day >= l.day - 1 GROUP BY l.user_id, l.day
)
WHERE day >= {first} AND day <= {last} GROUP BY day
UNION ALL SELECT 'stream_lag', day, '', late, n FROM arrived_scan WHERE 50 * late > n
-- Figures that look odd.
UNION ALL SELECT 'somebody_is_active', d.day, '', 1, 1
FROM days AS d ANTI JOIN (SELECT session_date AS day FROM agg_engagement WHERE dau > 0) AS a ON a.day = d.day
UNION ALL SELECT 'no_collapse', as_of, '', 1, 1
FROM figures WHERE metric = 'growth_rate' AND grain = 'day' AND segment = '' AND abs(value) > 0.1
UNION ALL SELECT 'new_users_by_weekday', as_of, '', CASE WHEN abs(value - usual) * 2 > usual THEN 1 ELSE 0 END, 1
FROM (SELECT as_of, value, avg(value) OVER w AS usual FROM figures WHERE metric = 'new_users' AND grain = 'day' AND segment = ''
    WINDOW w AS (PARTITION BY dayofweek(as_of) ORDER BY as_of ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING))
UNION ALL SELECT 'dau_by_weekday', as_of, '', CASE WHEN abs(value - usual) > 0.3 * usual THEN 1 ELSE 0 END, 1
FROM (SELECT as_of, value, avg(value) OVER w AS usual FROM figures WHERE metric = 'dau' AND grain = 'day' AND segment = ''
    WINDOW w AS (PARTITION BY dayofweek(as_of) ORDER BY as_of ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING))
-- The contracts: nothing required is missing; the newest row is new.
UNION ALL SELECT 'events_contract', day, '', broken, n FROM arrived_scan
UNION ALL SELECT 'users_contract', day, channel, broken, n FROM registration_scan
UNION ALL SELECT 'sessions_contract', london(started_at), '', 1, 1 FROM raw_sessions
WHERE user_id IS NULL OR session_id IS NULL OR started_at IS NULL OR loaded_at IS NULL OR device NOT IN ('ios', 'android', 'web')
UNION ALL SELECT 'cancellations_contract', london(cancelled_at), '', 1, 1 FROM raw_cancellations
WHERE cancellation_id IS NULL OR user_id IS NULL OR cancelled_at IS NULL
UNION ALL SELECT 'churn_log_contract', london(churned_at), '', 1, 1 FROM raw_churn_log WHERE user_id IS NULL OR churned_at IS NULL
UNION ALL SELECT 'marketing_contract', "on", '', 1, 1 FROM raw_marketing
WHERE campaign_id IS NULL OR "on" IS NULL OR channel IS NULL OR spend IS NULL OR attributed_signups IS NULL
UNION ALL SELECT 'events_fresh', {last}, '', count(*), 1 FROM (SELECT max(loaded_at) AS newest FROM raw_events)
    WHERE newest < TIMESTAMPTZ '{now}' - INTERVAL 26 HOUR
UNION ALL SELECT 'sessions_fresh', {last}, '', count(*), 1 FROM (SELECT max(loaded_at) AS newest FROM raw_sessions)
    WHERE newest < TIMESTAMPTZ '{now}' - INTERVAL 26 HOUR
UNION ALL SELECT 'users_fresh', {last}, '', count(*), 1 FROM (SELECT max(loaded_at) AS newest FROM raw_users)
    WHERE newest < TIMESTAMPTZ '{now}' - INTERVAL 26 HOUR
UNION ALL SELECT 'cancellations_fresh', {last}, '', count(*), 1 FROM (SELECT max(loaded_at) AS newest FROM raw_cancellations)
    WHERE newest < TIMESTAMPTZ '{now}' - INTERVAL 26 HOUR;
