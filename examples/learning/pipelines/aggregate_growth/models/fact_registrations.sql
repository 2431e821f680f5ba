-- Registrations, one row per student and presentation of a module. A registration is an account.
-- key: account_id
-- day: registered_on
-- reads: src.registrations 0..0
-- segments: module
-- layer: facts
SELECT
    r.account_id,
    r.student_id,
    r.module,
    r.presentation,
    r.registered_on
FROM src.registrations AS r
WHERE r.business_on >= $start AND r.business_on < $end
