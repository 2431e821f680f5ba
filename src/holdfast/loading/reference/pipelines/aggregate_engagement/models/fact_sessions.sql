-- Visits of people, one row per session, on the business day it starts; its length in whole seconds.
-- key: account_id, session_id
-- day: session_date
-- reads: src.sessions 0..0; bot_flags 0..0; user_accounts ..0
-- segments: device, region
-- layer: facts
--
-- A session without an end has no length yet. Whole microseconds of the whole seconds, times a millionth:
-- nothing is divided.
WITH timed AS (
    SELECT
        s.user_id AS account_id,
        s.session_id,
        s.business_on AS session_date,
        s.started_at,
        s.ended_at,
        COALESCE(s.device, 'unallocated') AS device,
        s.ip,
        DATE_DIFF('microsecond', s.started_at, s.ended_at) AS length_us
    FROM src.sessions AS s
    WHERE s.business_on >= $start AND s.business_on < $end
)

SELECT
    a.user_id,
    t.account_id,
    t.session_id,
    t.session_date,
    t.started_at,
    t.ended_at,
    t.device,
    a.region,
    CAST((t.length_us - MOD(t.length_us, 1000000)) * 0.000001 AS BIGINT) AS duration_s
FROM timed AS t
INNER JOIN user_accounts AS a ON t.account_id = a.account_id AND a.registered_on <= t.session_date
LEFT JOIN bot_flags AS r
    ON t.session_date = r.flag_date AND r.kind = 'impossible_rate' AND CAST(t.account_id AS VARCHAR) = r.flagged
LEFT JOIN bot_flags AS s ON t.session_date = s.flag_date AND s.kind = 'shared_address' AND t.ip = s.flagged
WHERE r.flagged IS NULL AND s.flagged IS NULL
