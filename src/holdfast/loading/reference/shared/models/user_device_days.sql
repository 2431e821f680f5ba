-- Days on which a user was active, one row per user, day and device.
-- key: user_id, active_on, device
-- day: active_on
-- reads: fact_events 0..0
-- segments: device, region
-- layer: facts
--
-- Active event types, version 1. Looking at a page alone is not being active.
SELECT DISTINCT
    e.user_id,
    e.event_date AS active_on,
    e.device,
    e.region
FROM fact_events AS e
WHERE e.event_date >= $start AND e.event_date < $end
    AND e.event_type IN ('login', 'search', 'add_to_cart', 'purchase', 'signup')
