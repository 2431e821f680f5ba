-- Registrations without a date, one row each, on the day they are known from the extract.
-- key: account_id
-- day: known_on
-- reads: src.undated_registrations 0..0
-- segments: module
-- layer: facts
SELECT
    r.account_id,
    r.student_id,
    r.module,
    r.presentation,
    r.known_on
FROM src.undated_registrations AS r
WHERE r.business_on >= $start AND r.business_on < $end
