-- Changes of the student body and of its registrations per day and module, the total under ''.
-- key: date, dimension, member
-- day: date
-- reads: fact_growth 0..0; fact_registrations 0..0; fact_undated_registrations 0..0; fact_cancellations 0..0
-- segments: module
-- layer: aggregates
WITH counted AS (
    SELECT
        g.date,
        g.module,
        CASE WHEN g.change = 'new' THEN 1 ELSE 0 END AS new_users,
        CASE WHEN g.change = 'churned' THEN 1 ELSE 0 END AS churned_users,
        CASE WHEN g.change = 'resurrected' THEN 1 ELSE 0 END AS resurrected_users,
        0 AS registrations,
        0 AS undated_registrations,
        0 AS cancellations
    FROM fact_growth AS g
    WHERE g.date >= $start AND g.date < $end
    UNION ALL
    SELECT
        r.registered_on AS date, r.module, 0 AS new_users, 0 AS churned_users, 0 AS resurrected_users,
        1 AS registrations, 0 AS undated_registrations, 0 AS cancellations
    FROM fact_registrations AS r
    WHERE r.registered_on >= $start AND r.registered_on < $end
    UNION ALL
    SELECT
        u.known_on AS date, u.module, 0 AS new_users, 0 AS churned_users, 0 AS resurrected_users,
        0 AS registrations, 1 AS undated_registrations, 0 AS cancellations
    FROM fact_undated_registrations AS u
    WHERE u.known_on >= $start AND u.known_on < $end
    UNION ALL
    SELECT
        c.cancelled_on AS date, c.module, 0 AS new_users, 0 AS churned_users, 0 AS resurrected_users,
        0 AS registrations, 0 AS undated_registrations, 1 AS cancellations
    FROM fact_cancellations AS c
    WHERE c.cancelled_on >= $start AND c.cancelled_on < $end
)

SELECT
    c.date,
    CASE WHEN GROUPING(c.module) = 0 THEN 'module' ELSE '' END AS dimension,
    COALESCE(c.module, '') AS member,
    CAST(SUM(c.new_users) AS BIGINT) AS new_users,
    CAST(SUM(c.churned_users) AS BIGINT) AS churned_users,
    CAST(SUM(c.resurrected_users) AS BIGINT) AS resurrected_users,
    CAST(SUM(c.new_users + c.resurrected_users - c.churned_users) AS BIGINT) AS net_growth,
    CAST(SUM(c.registrations) AS BIGINT) AS registrations,
    CAST(SUM(c.undated_registrations) AS BIGINT) AS undated_registrations,
    CAST(SUM(c.cancellations) AS BIGINT) AS cancellations
FROM counted AS c
GROUP BY GROUPING SETS ((c.date), (c.date, c.module))
