-- People as they were shown a variant, with what they had brought in before: one row per experiment, account, variant.
-- key: experiment, account_id, variant
-- day: exposed_on
-- reads: exposures 0..0; unit_bookings -28..-1
-- layer: staging
--
-- x is all profit booked for the person on the 28 days before the day of exposure, so nothing that the variant may
-- have moved is in it, not even the refund of an older order.
WITH before AS (
    SELECT
        e.experiment,
        e.account_id,
        e.variant,
        SUM(b.profit) AS x
    FROM exposures AS e
    INNER JOIN unit_bookings AS b
        ON e.user_id = b.user_id AND b.booked_on >= e.exposed_on - 28 AND b.booked_on < e.exposed_on
    WHERE e.exposed_on >= $start AND e.exposed_on < $end
    GROUP BY e.experiment, e.account_id, e.variant
)

SELECT
    e.experiment,
    e.account_id,
    e.user_id,
    e.variant,
    e.segment,
    e.assigned_at,
    e.exposed_on,
    CAST(COALESCE(b.x, 0) AS DECIMAL(18, 4)) AS x
FROM exposures AS e
LEFT JOIN before AS b ON e.experiment = b.experiment AND e.account_id = b.account_id AND e.variant = b.variant
WHERE e.exposed_on >= $start AND e.exposed_on < $end
