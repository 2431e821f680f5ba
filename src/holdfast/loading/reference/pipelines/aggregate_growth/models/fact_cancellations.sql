-- Days on which a user cancelled, one row per user and day.
-- key: user_id, cancelled_on
-- day: known_on
-- reads: src.cancellations 0..0 and earlier; user_accounts ..0
-- layer: facts
SELECT DISTINCT
    a.user_id,
    c.business_on AS cancelled_on,
    GREATEST(c.business_on, $first) AS known_on,
    a.channel,
    a.region
FROM src.cancellations AS c
INNER JOIN user_accounts AS a ON c.user_id = a.account_id
WHERE c.business_on < $end AND (c.business_on >= $start OR $start = $first)
