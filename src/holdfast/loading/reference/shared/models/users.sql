-- Users: people, not accounts. One row per identity, from its first registration on.
-- key: user_id
-- day: known_on
-- reads: user_accounts 0..0
-- segments: channel, region
-- layer: facts
SELECT
    a.user_id,
    a.known_on,
    a.registered_on,
    a.first_seen_on,
    a.channel,
    a.region
FROM user_accounts AS a
WHERE a.known_on >= $start AND a.known_on < $end AND a.account_id = a.user_id
