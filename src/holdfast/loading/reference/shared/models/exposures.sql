-- Who was first shown which variant, one row per experiment, account and variant, on the day it was shown.
-- key: experiment, account_id, variant
-- day: exposed_on
-- reads: src.assignments 0..0; user_accounts ..0
-- layer: facts
--
-- user_id is the person behind the account, as far as known on the day; an account that nobody registered stands
-- for itself. So a person who saw two variants with two accounts is in both of them, and is found out.
SELECT
    a.experiment_id AS experiment,
    a.user_id AS account_id,
    COALESCE(u.user_id, a.user_id) AS user_id,
    a.variant,
    COALESCE(a.segment, 'unallocated') AS segment,
    a.assigned_at,
    a.business_on AS exposed_on,
    u.registered_on
FROM src.assignments AS a
LEFT JOIN user_accounts AS u ON a.user_id = u.account_id AND u.known_on <= a.business_on
WHERE a.business_on >= $start AND a.business_on < $end
