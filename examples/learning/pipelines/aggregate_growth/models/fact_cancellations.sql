-- Unregistrations, one row per registration that was taken back.
-- key: account_id
-- day: cancelled_on
-- reads: src.cancellations 0..0
-- segments: module
-- layer: facts
SELECT
    c.account_id,
    c.student_id,
    c.module,
    c.presentation,
    c.cancelled_on
FROM src.cancellations AS c
WHERE c.business_on >= $start AND c.business_on < $end
