-- Every change of the student body, one row per student, date and change: new, churned or resurrected.
-- key: student_id, date, change
-- day: date
-- reads: fact_registrations ..0; fact_cancellations ..0
-- segments: module
-- layer: facts
--
-- A student is a person with one or more registrations, and stays while one of them is open. Who takes back the
-- last one has churned; who registers after that is back. A student belongs to the module of the first registration.
WITH moments AS (
    SELECT
        r.student_id,
        r.registered_on AS on_day,
        1 AS opened,
        CASE WHEN c.account_id IS NOT NULL AND c.cancelled_on = r.registered_on THEN 1 ELSE 0 END AS closed
    FROM fact_registrations AS r
    LEFT JOIN fact_cancellations AS c ON r.account_id = c.account_id AND c.cancelled_on = r.registered_on
    WHERE r.registered_on < $end
    UNION ALL
    SELECT c.student_id, c.cancelled_on AS on_day, 0 AS opened, 1 AS closed
    FROM fact_cancellations AS c
    INNER JOIN fact_registrations AS r ON c.account_id = r.account_id AND r.registered_on < c.cancelled_on
    WHERE c.cancelled_on < $end
),

by_day AS (
    SELECT
        m.student_id,
        m.on_day,
        SUM(m.opened) AS opened,
        SUM(m.closed) AS closed
    FROM moments AS m
    GROUP BY m.student_id, m.on_day
),

running AS (
    SELECT
        d.student_id,
        d.on_day,
        d.opened,
        d.closed,
        SUM(d.opened - d.closed) OVER student AS open_after,
        MIN(d.on_day) OVER student AS first_on
    FROM by_day AS d
    WINDOW student AS (
        PARTITION BY d.student_id ORDER BY d.on_day NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

changes AS (
    SELECT r.student_id, r.on_day AS date, 'new' AS change
    FROM running AS r
    WHERE r.on_day = r.first_on
    UNION ALL
    SELECT r.student_id, r.on_day AS date, 'churned' AS change
    FROM running AS r
    WHERE r.open_after = 0 AND r.closed > 0
    UNION ALL
    SELECT r.student_id, r.on_day AS date, 'resurrected' AS change
    FROM running AS r
    WHERE r.opened > 0 AND r.on_day > r.first_on AND r.open_after - r.opened + r.closed = 0
),

first_modules AS (
    SELECT r.student_id, MIN(r.module) AS module
    FROM fact_registrations AS r
    INNER JOIN (
        SELECT f.student_id, MIN(f.registered_on) AS first_on
        FROM fact_registrations AS f
        WHERE f.registered_on < $end
        GROUP BY f.student_id
    ) AS f ON r.student_id = f.student_id AND r.registered_on = f.first_on
    GROUP BY r.student_id
)

SELECT
    c.student_id,
    c.date,
    c.change,
    m.module
FROM changes AS c
INNER JOIN first_modules AS m ON c.student_id = m.student_id
WHERE c.date >= $start AND c.date < $end
