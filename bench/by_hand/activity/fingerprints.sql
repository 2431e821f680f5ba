-- What counts of each source per business day: rows, and the sum of their hashes.
CREATE TABLE fingerprints AS
SELECT 'events' AS source, day, count(*) AS n, sum(hash(event_id, user_id, session_id, event_type, event_time, ip, device,
    app_version)) AS content FROM events GROUP BY ALL
UNION ALL
SELECT 'sessions', day, count(*), sum(hash(user_id, session_id, started_at, ended_at, ip, device)) FROM sessions GROUP BY ALL
UNION ALL
SELECT 'users', day, count(*), sum(hash(user_id, registered_at, first_seen_on, channel, region, identity))
FROM registrations GROUP BY ALL
UNION ALL
SELECT 'cancellations', day, count(*), sum(hash(cancellation_id, user_id, cancelled_at)) FROM cancellations GROUP BY ALL
UNION ALL
SELECT 'churn_log', day, count(*), sum(hash(user_id, churned_at, reason)) FROM churn_log GROUP BY ALL
UNION ALL
SELECT 'marketing', day, count(*), sum(hash(campaign_id, day, channel, spend, attributed_signups)) FROM marketing GROUP BY ALL;
