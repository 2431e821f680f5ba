-- Keys that arrived twice are few: they are found by one grouping, and only they are ranked.
CREATE TEMP TABLE events_twice AS SELECT event_id FROM raw_events GROUP BY ALL HAVING count(*) > 1;
CREATE TEMP TABLE events_first AS
SELECT * FROM raw_events SEMI JOIN events_twice USING (event_id)
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY filename, file_row_number) = 1;
CREATE VIEW events AS
SELECT *, london(event_time) AS day FROM raw_events ANTI JOIN events_twice USING (event_id)
UNION ALL BY NAME SELECT *, london(event_time) AS day FROM events_first;

CREATE TEMP TABLE sessions_twice AS SELECT user_id, session_id FROM raw_sessions GROUP BY ALL HAVING count(*) > 1;
CREATE TEMP TABLE sessions_newest AS
SELECT * FROM raw_sessions SEMI JOIN sessions_twice USING (user_id, session_id)
QUALIFY row_number() OVER (
    PARTITION BY user_id, session_id ORDER BY loaded_at DESC, filename DESC, file_row_number DESC
) = 1;
CREATE VIEW sessions AS
SELECT *, london(started_at) AS day FROM raw_sessions ANTI JOIN sessions_twice USING (user_id, session_id)
UNION ALL BY NAME SELECT *, london(started_at) AS day FROM sessions_newest;

CREATE TEMP TABLE registrations AS
SELECT *, london_since_2020(registered_at) AS day FROM raw_users
QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY loaded_at DESC, filename DESC, file_row_number DESC) = 1;
CREATE TEMP TABLE cancellations AS
SELECT *, london_since_2020(cancelled_at) AS day FROM raw_cancellations
QUALIFY row_number() OVER (PARTITION BY cancellation_id ORDER BY filename, file_row_number) = 1;
CREATE TEMP TABLE churn_log AS
SELECT *, london_since_2020(churned_at) AS day FROM raw_churn_log
QUALIFY row_number() OVER (PARTITION BY user_id, churned_at ORDER BY filename, file_row_number) = 1;
CREATE TEMP TABLE marketing AS
SELECT *, "on" AS day FROM raw_marketing
QUALIFY row_number() OVER (PARTITION BY campaign_id, "on" ORDER BY loaded_at DESC, filename DESC, file_row_number DESC) = 1;
