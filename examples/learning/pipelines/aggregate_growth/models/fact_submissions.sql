-- Assessments handed in, one row per student and assessment, on the day they are known from the extract.
-- key: student_id, assessment_id
-- day: known_on
-- reads: src.submissions 0..0
-- layer: aggregates
SELECT
    s.student_id,
    s.assessment_id,
    s.is_banked,
    s.score,
    s.known_on
FROM src.submissions AS s
WHERE s.business_on >= $start AND s.business_on < $end
