-- Accounts and the user each belongs to: one row per account, with the channel and region of the user's first one.
-- key: account_id
-- day: known_on
-- reads: accounts ..0
-- layer: staging
--
-- Accounts of one identity are one user, known by the account that registered first. A second account changes
-- nothing about the first, so a day's rows never depend on later days.
WITH touched AS (
    SELECT DISTINCT a.identity
    FROM accounts AS a
    WHERE a.known_on >= $start AND a.known_on < $end
),

linked AS (
    SELECT
        a.account_id,
        a.known_on,
        a.registered_on,
        FIRST_VALUE(a.account_id) OVER by_registration AS user_id,
        FIRST_VALUE(a.channel) OVER by_registration AS channel,
        FIRST_VALUE(a.region) OVER by_registration AS region,
        MIN(a.first_seen_on) OVER (
            PARTITION BY a.identity ORDER BY a.known_on NULLS LAST
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS first_seen_on
    FROM accounts AS a
    INNER JOIN touched ON a.identity = touched.identity
    WHERE a.known_on < $end
    WINDOW by_registration AS (
        PARTITION BY a.identity ORDER BY a.registered_at NULLS LAST, a.account_id NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    l.account_id,
    l.user_id,
    l.known_on,
    l.registered_on,
    l.first_seen_on,
    l.channel,
    l.region
FROM linked AS l
WHERE l.known_on >= $start
