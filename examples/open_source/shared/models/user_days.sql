-- Days on which a user was active, one row per user and day, by either definition of a user.
-- key: counted_as, user_id, active_on
-- day: active_on
-- reads: fact_commits 0..0
-- segments: region
-- layer: facts
--
-- `mail`: a mail address is a user, bots included; this is what is published elsewhere.
-- `person`: a name is a user, so several addresses of one name are one, and bots are none.
SELECT DISTINCT
    'mail' AS counted_as,
    c.author_id AS user_id,
    c.event_date AS active_on,
    c.region
FROM fact_commits AS c
WHERE c.event_date >= $start AND c.event_date < $end
UNION ALL
SELECT DISTINCT
    'person' AS counted_as,
    c.author_name_id AS user_id,
    c.event_date AS active_on,
    c.region
FROM fact_commits AS c
WHERE c.event_date >= $start AND c.event_date < $end AND NOT c.is_bot
