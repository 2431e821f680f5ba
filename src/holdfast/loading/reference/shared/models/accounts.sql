-- Accounts as they register, one row per account, on the day it is known: those of before the first day on that day.
-- key: account_id
-- day: known_on
-- reads: src.users 0..0 and earlier
-- segments: channel, region
-- layer: staging
SELECT
    u.user_id AS account_id,
    u.identity,
    u.registered_at,
    u.business_on AS registered_on,
    GREATEST(u.business_on, $first) AS known_on,
    u.first_seen_on,
    COALESCE(u.channel, 'unallocated') AS channel,
    COALESCE(u.region, 'unallocated') AS region
FROM src.users AS u
WHERE u.business_on < $end AND (u.business_on >= $start OR $start = $first)
