-- Events of people: of a registered account, not caught by a bot rule. One row per event.
-- key: event_id
-- day: event_date
-- reads: src.events 0..0; bot_flags 0..0; user_accounts ..0
-- segments: device, region
-- layer: facts
--
-- What is left out here is kept in filtered_events, with the reason.
SELECT
    e.event_id,
    a.user_id,
    e.user_id AS account_id,
    e.session_id,
    e.event_type,
    e.event_time,
    e.business_on AS event_date,
    COALESCE(e.device, 'unallocated') AS device,
    a.region,
    e.app_version
FROM src.events AS e
INNER JOIN user_accounts AS a ON e.user_id = a.account_id AND a.registered_on <= e.business_on
LEFT JOIN bot_flags AS r
    ON e.business_on = r.flag_date AND r.kind = 'impossible_rate' AND CAST(e.user_id AS VARCHAR) = r.flagged
LEFT JOIN bot_flags AS s ON e.business_on = s.flag_date AND s.kind = 'shared_address' AND e.ip = s.flagged
WHERE e.business_on >= $start AND e.business_on < $end AND r.flagged IS NULL AND s.flagged IS NULL
