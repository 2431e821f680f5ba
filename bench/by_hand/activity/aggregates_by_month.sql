-- Who was active when, a month at a time: over two years at once the sets of users no longer fit the
-- processor's cache.
CREATE TABLE IF NOT EXISTS user_device_days(user_id BIGINT, active_on DATE, device VARCHAR, region VARCHAR);
INSERT INTO user_device_days
SELECT DISTINCT user_id, event_date, device, region FROM fact_events
WHERE event_date >= {start} AND event_date < {end}
    AND event_type IN ('login', 'search', 'add_to_cart', 'purchase', 'signup');

CREATE TABLE IF NOT EXISTS user_days(user_id BIGINT, active_on DATE, region VARCHAR);
INSERT INTO user_days
SELECT DISTINCT user_id, active_on, region FROM user_device_days WHERE active_on >= {start} AND active_on < {end};

CREATE TABLE IF NOT EXISTS session_lengths(
    session_date DATE, dimension VARCHAR, member VARCHAR, duration_s BIGINT, sessions BIGINT
);
INSERT INTO session_lengths
SELECT
    session_date, CASE GROUPING(device, region) WHEN 1 THEN 'device' WHEN 2 THEN 'region' ELSE '' END,
    coalesce(device, region, ''), duration_s, count(*)
FROM fact_sessions WHERE session_date >= {start} AND session_date < {end} AND duration_s IS NOT NULL
GROUP BY GROUPING SETS ((session_date, duration_s), (session_date, duration_s, device), (session_date, duration_s, region));
