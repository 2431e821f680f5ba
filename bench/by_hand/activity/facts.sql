-- Accounts and the person each belongs to, in one window over everybody.
CREATE TABLE accounts AS
SELECT
    user_id AS account_id, identity, registered_at, day AS registered_on, greatest(day, {first}) AS known_on,
    first_seen_on, coalesce(channel, 'unallocated') AS channel, coalesce(region, 'unallocated') AS region
FROM registrations WHERE day <= {last};

CREATE TABLE user_accounts AS
SELECT
    account_id, first_value(account_id) OVER registered AS user_id, known_on, registered_on,
    min(first_seen_on) OVER (PARTITION BY identity ORDER BY known_on) AS first_seen_on,
    first_value(channel) OVER registered AS channel, first_value(region) OVER registered AS region
FROM accounts
WINDOW registered AS (PARTITION BY identity ORDER BY registered_at, account_id);

CREATE TABLE users AS
SELECT user_id, known_on, registered_on, first_seen_on, channel, region FROM user_accounts WHERE account_id = user_id;

-- Bots: only who is busy enough in a day can be too busy in a minute or too many on an address.
CREATE TABLE bot_flags AS
SELECT day AS flag_date, 'impossible_rate' AS kind, CAST(user_id AS VARCHAR) AS flagged, max(n) AS observed
FROM (
    SELECT day, user_id, count(*) AS n
    FROM events SEMI JOIN (SELECT day, user_id FROM events GROUP BY ALL HAVING count(*) > 60) USING (day, user_id)
    WHERE day >= {first} AND day <= {last}
    GROUP BY day, user_id, date_trunc('minute', event_time) HAVING count(*) > 60
)
GROUP BY day, user_id
UNION ALL
SELECT day, 'shared_address', ip, count(DISTINCT user_id)
FROM events SEMI JOIN (SELECT day, ip FROM events WHERE ip IS NOT NULL GROUP BY ALL HAVING count(*) > 20) USING (day, ip)
WHERE day >= {first} AND day <= {last}
GROUP BY day, ip HAVING count(DISTINCT user_id) > 20;
CREATE TEMP TABLE busy_accounts AS
SELECT flag_date AS day, CAST(flagged AS BIGINT) AS user_id FROM bot_flags WHERE kind = 'impossible_rate';
CREATE TEMP TABLE busy_addresses AS SELECT flag_date AS day, flagged AS ip FROM bot_flags WHERE kind = 'shared_address';

CREATE TABLE fact_events AS
SELECT
    e.event_id, a.user_id, e.user_id AS account_id, e.session_id, e.event_type, e.event_time, e.day AS event_date,
    coalesce(e.device, 'unallocated') AS device, a.region, e.app_version
FROM events AS e JOIN user_accounts AS a ON e.user_id = a.account_id AND a.registered_on <= e.day
ANTI JOIN busy_accounts AS b ON e.day = b.day AND e.user_id = b.user_id
ANTI JOIN busy_addresses AS p ON e.day = p.day AND e.ip = p.ip
WHERE e.day >= {first} AND e.day <= {last};

CREATE TABLE filtered_events AS
SELECT
    e.event_id, e.user_id AS account_id, e.session_id, e.event_type, e.event_time, e.day AS event_date, e.ip,
    coalesce(e.device, 'unallocated') AS device,
    CASE WHEN a.account_id IS NULL THEN 'unregistered' WHEN b.user_id IS NOT NULL THEN 'impossible_rate'
        ELSE 'shared_address' END AS reason
FROM events AS e
LEFT JOIN user_accounts AS a ON e.user_id = a.account_id AND a.registered_on <= e.day
LEFT JOIN busy_accounts AS b ON e.day = b.day AND e.user_id = b.user_id
LEFT JOIN busy_addresses AS p ON e.day = p.day AND e.ip = p.ip
WHERE e.day >= {first} AND e.day <= {last} AND (a.account_id IS NULL OR b.user_id IS NOT NULL OR p.ip IS NOT NULL);

CREATE TABLE fact_sessions AS
SELECT
    a.user_id, s.user_id AS account_id, s.session_id, s.day AS session_date, s.started_at, s.ended_at,
    coalesce(s.device, 'unallocated') AS device, a.region,
    CAST(trunc(epoch_us(s.ended_at) - epoch_us(s.started_at)) AS BIGINT) // 1000000 AS duration_s
FROM sessions AS s JOIN user_accounts AS a ON s.user_id = a.account_id AND a.registered_on <= s.day
ANTI JOIN busy_accounts AS b ON s.day = b.day AND s.user_id = b.user_id
ANTI JOIN busy_addresses AS p ON s.day = p.day AND s.ip = p.ip
WHERE s.day >= {first} AND s.day <= {last};

CREATE TABLE fact_cancellations AS
SELECT DISTINCT a.user_id, c.day AS cancelled_on, greatest(c.day, {first}) AS known_on, a.channel, a.region
FROM cancellations AS c JOIN user_accounts AS a ON c.user_id = a.account_id
WHERE c.day <= {last};
