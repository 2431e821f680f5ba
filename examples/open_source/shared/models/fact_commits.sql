-- Commits on the day they were written, one row per commit.
-- key: commit_id
-- day: event_date
-- reads: src.commits 0..0
-- segments: region
-- layer: facts
SELECT
    c.commit_id,
    c.business_on AS event_date,
    c.author_id,
    c.author_name_id,
    c.is_bot,
    c.repo AS region
FROM src.commits AS c
WHERE c.business_on >= $start AND c.business_on < $end
