-- How each registration ended, one row per registration, on the day it is known from the extract.
-- key: account_id
-- day: known_on
-- reads: src.results 0..0
-- segments: module
-- layer: facts
SELECT
    r.account_id,
    r.student_id,
    r.module,
    r.presentation,
    r.region,
    r.final_result,
    r.known_on
FROM src.results AS r
WHERE r.business_on >= $start AND r.business_on < $end
