-- Accounts and addresses that behave like machines, one row per business day and account or address.
-- key: flag_date, kind, flagged
-- day: flag_date
-- reads: src.events 0..0
-- layer: staging
--
-- Bot rules, version 1. An account with more than 60 events within one minute has an impossible rate.
-- More than 20 accounts on one address share it. Both count for the whole business day.
-- (The third rule, unregistered ids, needs no list: such an id has no row in user_accounts.)
WITH per_minute AS (
    SELECT
        e.business_on,
        e.user_id,
        COUNT(*) AS events
    FROM src.events AS e
    WHERE e.business_on >= $start AND e.business_on < $end
    GROUP BY e.business_on, e.user_id, DATE_TRUNC('minute', e.event_time)
    HAVING COUNT(*) > 60
),

per_address AS (
    SELECT
        e.business_on,
        e.ip,
        COUNT(DISTINCT e.user_id) AS accounts
    FROM src.events AS e
    WHERE e.business_on >= $start AND e.business_on < $end AND e.ip IS NOT NULL
    GROUP BY e.business_on, e.ip
    HAVING COUNT(DISTINCT e.user_id) > 20
)

SELECT
    m.business_on AS flag_date,
    'impossible_rate' AS kind,
    CAST(m.user_id AS VARCHAR) AS flagged,
    MAX(m.events) AS observed
FROM per_minute AS m
GROUP BY m.business_on, m.user_id
UNION ALL
SELECT
    a.business_on AS flag_date,
    'shared_address' AS kind,
    a.ip AS flagged,
    a.accounts AS observed
FROM per_address AS a
