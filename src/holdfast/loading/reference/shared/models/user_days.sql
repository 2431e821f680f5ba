-- Days on which a user was active, one row per user and day. Every distinct count is made from these.
-- key: user_id, active_on
-- day: active_on
-- reads: user_device_days 0..0
-- segments: region
-- layer: facts
SELECT DISTINCT
    d.user_id,
    d.active_on,
    d.region
FROM user_device_days AS d
WHERE d.active_on >= $start AND d.active_on < $end
