-- Who came, left and came back.
CREATE TEMP TABLE days AS SELECT CAST(unnest(range({first}, {last} + 1, INTERVAL 1 DAY)) AS DATE) AS day;
CREATE TABLE fact_growth AS
WITH told AS (
    SELECT
        *, max(CASE WHEN left_on THEN day END) OVER earlier AS cancelled_before,
        max(CASE WHEN NOT left_on THEN day END) OVER earlier AS active_before
    FROM (
        SELECT user_id, cancelled_on AS day, TRUE AS left_on FROM fact_cancellations
        UNION ALL
        SELECT user_id, active_on, FALSE FROM user_days SEMI JOIN fact_cancellations USING (user_id)
    )
    WINDOW earlier AS (PARTITION BY user_id ORDER BY day, left_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), changes AS (
    SELECT user_id, registered_on AS date, 'new' AS change FROM users
    UNION ALL
    SELECT user_id, day, CASE WHEN left_on THEN 'churned' ELSE 'resurrected' END FROM told
    WHERE (left_on AND (cancelled_before IS NULL OR active_before > cancelled_before))
        OR (NOT left_on AND cancelled_before IS NOT NULL AND (active_before IS NULL OR active_before <= cancelled_before))
)
SELECT user_id, date, change, greatest(date, {first}) AS known_on, u.channel, u.region FROM changes JOIN users AS u USING (user_id);

CREATE TABLE agg_growth AS
SELECT
    date, channel, region, count(*) FILTER (WHERE change = 'new') AS new_users,
    count(*) FILTER (WHERE change = 'churned') AS churned_users,
    count(*) FILTER (WHERE change = 'resurrected') AS resurrected_users,
    CAST(sum(CASE change WHEN 'churned' THEN -1 ELSE 1 END) AS BIGINT) AS net_growth
FROM fact_growth WHERE date >= {first} GROUP BY ALL;

CREATE TABLE agg_growth_segments AS
SELECT
    date, CASE GROUPING(channel, region) WHEN 1 THEN 'channel' WHEN 2 THEN 'region' ELSE '' END AS dimension,
    coalesce(channel, region, '') AS member, CAST(sum(new_users) AS BIGINT) AS new_users,
    CAST(sum(churned_users) AS BIGINT) AS churned_users, CAST(sum(resurrected_users) AS BIGINT) AS resurrected_users,
    CAST(sum(new_users) - sum(churned_users) AS BIGINT) AS net_new, CAST(sum(net_growth) AS BIGINT) AS net_growth
FROM agg_growth GROUP BY GROUPING SETS ((date), (date, channel), (date, region));

-- Who was there before each day; a period's start is a day like any other.
CREATE TEMP TABLE period_of AS
SELECT d.day, p.grain, p.name AS period, p."start" AS period_start
FROM days AS d JOIN calendar AS p ON d.day >= p."start" AND d.day < p."end" WHERE p.grain IN ('week', 'month', 'quarter');
CREATE TABLE agg_growth_start AS
WITH changes AS (
    SELECT
        date, CASE GROUPING(channel, region) WHEN 1 THEN 'channel' WHEN 2 THEN 'region' ELSE '' END AS dimension,
        coalesce(channel, region, '') AS member, sum(CASE change WHEN 'churned' THEN -1 ELSE 1 END) AS net
    FROM fact_growth GROUP BY GROUPING SETS ((date), (date, channel), (date, region))
), members AS (
    SELECT dimension, member, min(date) AS since FROM changes GROUP BY ALL
), asked AS (
    SELECT day FROM days UNION SELECT period_start FROM period_of
), balances AS (
    SELECT
        day, dimension, member, is_asked,
        CAST(coalesce(sum(net) OVER (PARTITION BY dimension, member ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING), 0) AS BIGINT) AS active
    FROM (
        SELECT CAST(date - DATE '1970-01-01' AS INTEGER) AS day, dimension, member, net, FALSE AS is_asked FROM changes
        UNION ALL
        SELECT CAST(day - DATE '1970-01-01' AS INTEGER), dimension, member, 0, TRUE FROM asked CROSS JOIN members
    )
), starts AS (
    SELECT DATE '1970-01-01' + day AS day, dimension, member, active FROM balances WHERE is_asked
)
SELECT
    d.day AS date, m.dimension, m.member, any_value(s.active) AS active_at_start,
    max(b.active) FILTER (WHERE p.grain = 'week') AS active_at_week_start,
    max(b.active) FILTER (WHERE p.grain = 'month') AS active_at_month_start,
    max(b.active) FILTER (WHERE p.grain = 'quarter') AS active_at_quarter_start
FROM days AS d JOIN members AS m ON m.since < d.day
JOIN starts AS s ON s.day = d.day AND s.dimension = m.dimension AND s.member = m.member
JOIN period_of AS p ON p.day = d.day
JOIN starts AS b ON b.day = p.period_start AND b.dimension = m.dimension AND b.member = m.member
GROUP BY d.day, m.dimension, m.member;

-- One window finds of each user-day the one before and the one after: enough for every distinct count.
CREATE TEMP TABLE seen AS
SELECT
    active_on, dimension, member, gap, count(*) AS users,
    count(*) FILTER (WHERE before IS NULL OR before < date_trunc('week', active_on)) AS new_in_week,
    count(*) FILTER (WHERE before IS NULL OR before < date_trunc('month', active_on)) AS new_in_month,
    count(*) FILTER (WHERE before IS NULL OR before < date_trunc('quarter', active_on)) AS new_in_quarter
FROM (
    SELECT active_on, 'region' AS dimension, region AS member, lag(active_on) OVER by_day AS before,
        CAST(coalesce(least(lead(active_on) OVER by_day - active_on, 30), 30) AS INTEGER) AS gap
    FROM user_days WINDOW by_day AS (PARTITION BY user_id ORDER BY active_on)
    UNION ALL
    SELECT active_on, 'device', device, lag(active_on) OVER by_day, CAST(coalesce(least(lead(active_on) OVER by_day - active_on, 30), 30) AS INTEGER)
    FROM user_device_days WINDOW by_day AS (PARTITION BY user_id, device ORDER BY active_on)
)
GROUP BY ALL;
INSERT INTO seen
SELECT active_on, '', '', gap, sum(users), sum(new_in_week), sum(new_in_month), sum(new_in_quarter)
FROM seen WHERE dimension = 'region' GROUP BY active_on, gap;
CREATE TEMP TABLE seen_members AS SELECT dimension, member, min(active_on) AS since FROM seen GROUP BY ALL;

CREATE TABLE agg_engagement_windows AS
WITH steps AS (
    SELECT active_on AS day, dimension, member, users AS dau, users AS wau_7d, users AS mau_30d FROM seen
    UNION ALL SELECT active_on + least(gap, 7), dimension, member, 0, -users, 0 FROM seen
    UNION ALL SELECT active_on + gap, dimension, member, 0, 0, -users FROM seen
    UNION ALL SELECT day, dimension, member, 0, 0, 0 FROM days CROSS JOIN seen_members
), running AS (
    SELECT day, dimension, member, sum(dau) AS dau, sum(sum(wau_7d)) OVER by_day AS wau_7d, sum(sum(mau_30d)) OVER by_day AS mau_30d
    FROM steps GROUP BY day, dimension, member WINDOW by_day AS (PARTITION BY dimension, member ORDER BY day)
)
SELECT
    day AS session_date, dimension, member, CAST(dau AS BIGINT) AS dau, CAST(wau_7d AS BIGINT) AS wau_7d,
    CAST(mau_30d AS BIGINT) AS mau_30d
FROM running WHERE day <= {last} AND mau_30d > 0;

CREATE TEMP TABLE to_date AS
WITH by_day AS (
    SELECT day, m.dimension, m.member, coalesce(sum(users), 0) AS dau, coalesce(sum(new_in_week), 0) AS new_in_week,
        coalesce(sum(new_in_month), 0) AS new_in_month, coalesce(sum(new_in_quarter), 0) AS new_in_quarter
    FROM days JOIN seen_members AS m ON m.since <= day
    LEFT JOIN seen AS s ON s.active_on = day AND s.dimension = m.dimension AND s.member = m.member GROUP BY ALL
)
SELECT
    p.grain, b.day, b.dimension, b.member, p.period_start,
    CAST(sum(CASE p.grain WHEN 'week' THEN new_in_week WHEN 'month' THEN new_in_month ELSE new_in_quarter END) OVER so_far
        AS BIGINT) AS users,
    CAST(sum(dau) OVER so_far AS BIGINT) AS dau_sum
FROM by_day AS b JOIN period_of AS p USING (day)
WINDOW so_far AS (PARTITION BY p.grain, p.period_start, b.dimension, b.member ORDER BY b.day);
CREATE MACRO engagement_to_date(wanted) AS TABLE
SELECT
    day AS session_date, dimension, member, users, dau_sum, CAST(day - greatest(period_start, {first}) + 1 AS BIGINT) AS days,
    CAST(users * (day - greatest(period_start, {first}) + 1) AS BIGINT) AS possible_user_days
FROM to_date WHERE grain = wanted AND users > 0;
CREATE TABLE agg_engagement_to_date_week AS SELECT * FROM engagement_to_date('week');
CREATE TABLE agg_engagement_to_date_month AS SELECT * FROM engagement_to_date('month');
CREATE TABLE agg_engagement_to_date_quarter AS SELECT * FROM engagement_to_date('quarter');

-- Medians: of a day straight from its sessions, of a period so far from counted lengths. The range of 64 seconds that
-- holds it is found first, and the second within that range after.
CREATE TABLE agg_engagement_segments AS
SELECT
    session_date, dimension, member, CAST(sum(dau) AS BIGINT) AS dau, CAST(sum(sessions) AS BIGINT) AS sessions,
    max(median) AS session_seconds_median
FROM (
    SELECT active_on AS session_date, dimension, member, users AS dau, 0 AS sessions, NULL AS median FROM seen
    UNION ALL
    SELECT
        session_date, CASE GROUPING(device, region) WHEN 1 THEN 'device' WHEN 2 THEN 'region' ELSE '' END,
        coalesce(device, region, ''), 0, count(*), quantile_disc(duration_s, 0.5)
    FROM fact_sessions GROUP BY GROUPING SETS ((session_date), (session_date, device), (session_date, region))
)
GROUP BY session_date, dimension, member;

CREATE TEMP TABLE ranged AS
SELECT p.grain, p.period_start, session_date AS day, dimension, member, duration_s // 64 AS range, duration_s, sessions
FROM session_lengths JOIN period_of AS p ON p.day = session_date;
CREATE TEMP TABLE medians AS
WITH range_sums AS (
    SELECT grain, period_start, day, dimension, member, range, sum(sum(n)) OVER (
        PARTITION BY grain, period_start, dimension, member, range ORDER BY day) AS n
    FROM (
        SELECT grain, period_start, day, dimension, member, range, sessions AS n FROM ranged
        UNION ALL
        SELECT m.grain, m.period_start, p.day, m.dimension, m.member, m.range, 0
        FROM (SELECT DISTINCT grain, period_start, dimension, member, range FROM ranged) AS m
        JOIN period_of AS p ON p.grain = m.grain AND p.period_start = m.period_start
    )
    GROUP BY grain, period_start, day, dimension, member, range
), cumulated AS (
    SELECT *, sum(n) OVER (PARTITION BY grain, day, dimension, member ORDER BY range) AS up_to,
        sum(n) OVER (PARTITION BY grain, day, dimension, member) AS every
    FROM range_sums
), middle AS (
    SELECT *, up_to - n AS below FROM cumulated WHERE n > 0 AND 2 * up_to >= every AND 2 * (up_to - n) < every
), within AS (
    SELECT m.grain, m.day, m.dimension, m.member, m.every, l.duration_s, m.below + sum(sum(l.sessions)) OVER (
        PARTITION BY m.grain, m.day, m.dimension, m.member ORDER BY l.duration_s) AS up_to
    FROM middle AS m JOIN ranged AS l ON l.grain = m.grain AND l.period_start = m.period_start
        AND l.dimension = m.dimension AND l.member = m.member AND l.range = m.range AND l.day <= m.day
    GROUP BY m.grain, m.day, m.dimension, m.member, m.every, m.below, l.duration_s
)
SELECT grain, day AS session_date, dimension, member, min(duration_s) AS session_seconds_median
FROM within WHERE 2 * up_to >= every GROUP BY ALL;
CREATE TABLE agg_session_length_to_date_week AS SELECT * EXCLUDE (grain) FROM medians WHERE grain = 'week';
CREATE TABLE agg_session_length_to_date_month AS SELECT * EXCLUDE (grain) FROM medians WHERE grain = 'month';
CREATE TABLE agg_session_length_to_date_quarter AS SELECT * EXCLUDE (grain) FROM medians WHERE grain = 'quarter';

CREATE TABLE first_days AS
SELECT user_id, min(active_on) AS first_on, min(region) AS region FROM user_days GROUP BY user_id;

CREATE TABLE agg_retention AS
WITH members AS (
    SELECT user_id, first_on, '' AS dimension, '' AS member FROM first_days
    UNION ALL SELECT user_id, first_on, 'region', region FROM first_days
    UNION ALL SELECT f.user_id, f.first_on, 'device', d.device
    FROM first_days AS f JOIN user_device_days AS d ON d.user_id = f.user_id AND d.active_on = f.first_on
), returned AS (
    SELECT user_id, active_on, active_on - first_on AS age
    FROM user_days JOIN first_days USING (user_id) WHERE active_on - first_on IN (1, 7, 28)
), counted AS (
    SELECT m.first_on + a.age AS measured_on, a.age, m.dimension, m.member, count(*) AS cohort, count(r.user_id) AS retained
    FROM members AS m CROSS JOIN (VALUES (1), (7), (28)) AS a(age)
    LEFT JOIN returned AS r ON r.user_id = m.user_id AND r.age = a.age
    WHERE m.first_on + a.age <= {last} GROUP BY ALL
)
SELECT
    measured_on, dimension, member,
    CAST(coalesce(sum(cohort) FILTER (WHERE age = 1), 0) AS BIGINT) AS cohort_d1,
    CAST(coalesce(sum(retained) FILTER (WHERE age = 1), 0) AS BIGINT) AS retained_d1,
    CAST(coalesce(sum(cohort) FILTER (WHERE age = 7), 0) AS BIGINT) AS cohort_d7,
    CAST(coalesce(sum(retained) FILTER (WHERE age = 7), 0) AS BIGINT) AS retained_d7,
    CAST(coalesce(sum(cohort) FILTER (WHERE age = 28), 0) AS BIGINT) AS cohort_d28,
    CAST(coalesce(sum(retained) FILTER (WHERE age = 28), 0) AS BIGINT) AS retained_d28
FROM counted GROUP BY ALL;

CREATE TABLE agg_engagement AS
SELECT
    s.session_date, s.dau, coalesce(w.wau_7d, 0) AS wau_7d, coalesce(w.mau_30d, 0) AS mau_30d, s.sessions,
    s.session_seconds_median, coalesce(k.n, 0) AS events, coalesce(f.n, 0) AS filtered_events
FROM agg_engagement_segments AS s
LEFT JOIN agg_engagement_windows AS w ON w.session_date = s.session_date AND w.dimension = ''
LEFT JOIN (SELECT event_date, count(*) AS n FROM fact_events GROUP BY ALL) AS k ON k.event_date = s.session_date
LEFT JOIN (SELECT event_date, count(*) AS n FROM filtered_events GROUP BY ALL) AS f ON f.event_date = s.session_date
WHERE s.dimension = '';
