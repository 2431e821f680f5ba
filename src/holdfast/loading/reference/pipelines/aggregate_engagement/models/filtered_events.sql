-- Events that do not count, one row per event, with the first bot rule that caught it.
-- key: event_id
-- day: event_date
-- reads: src.events 0..0; bot_flags 0..0; user_accounts ..0
-- segments: device
-- layer: facts
SELECT
    e.event_id,
    e.user_id AS account_id,
    e.session_id,
    e.event_type,
    e.event_time,
    e.business_on AS event_date,
    e.ip,
    COALESCE(e.device, 'unallocated') AS device,
    CASE
        WHEN a.account_id IS NULL THEN 'unregistered'
        WHEN r.flagged IS NOT NULL THEN 'impossible_rate'
        ELSE 'shared_address'
    END AS reason
FROM src.events AS e
LEFT JOIN user_accounts AS a ON e.user_id = a.account_id AND a.registered_on <= e.business_on
LEFT JOIN bot_flags AS r
    ON e.business_on = r.flag_date AND r.kind = 'impossible_rate' AND CAST(e.user_id AS VARCHAR) = r.flagged
LEFT JOIN bot_flags AS s ON e.business_on = s.flag_date AND s.kind = 'shared_address' AND e.ip = s.flagged
WHERE e.business_on >= $start AND e.business_on < $end
    AND (a.account_id IS NULL OR r.flagged IS NOT NULL OR s.flagged IS NOT NULL)
