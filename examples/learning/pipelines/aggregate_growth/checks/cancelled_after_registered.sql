-- Unregistrations that lie before their registration.
SELECT
    c.cancelled_on AS day,
    c.account_id
FROM candidate.fact_cancellations AS c
INNER JOIN due_days AS d ON c.cancelled_on = d.day
INNER JOIN fact_registrations AS r ON c.account_id = r.account_id
WHERE c.cancelled_on < r.registered_on
