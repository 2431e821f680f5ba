-- Every figure as of every day. What is measured is a few hundred values a day, so it is kept long.
CREATE TEMP TABLE measured AS
SELECT 'aggregate_growth' AS pipeline, 'day' AS grain, date AS as_of, dimension, member, metric, CAST(value AS DECIMAL(38, 6)) AS value
FROM agg_growth_segments UNPIVOT (value FOR metric IN (new_users, churned_users, resurrected_users, net_new, net_growth))
UNION ALL
SELECT 'aggregate_growth', grain, date, dimension, member, 'active_at_start', value
FROM (
    SELECT date, dimension, member, active_at_start AS day, active_at_week_start AS week, active_at_month_start AS month,
        active_at_quarter_start AS quarter
    FROM agg_growth_start
) UNPIVOT (value FOR grain IN (day, week, month, quarter))
UNION ALL
SELECT 'aggregate_engagement', 'day', session_date, dimension, member, metric, value
FROM agg_engagement_segments UNPIVOT INCLUDE NULLS (value FOR metric IN (dau, sessions, session_seconds_median))
UNION ALL
SELECT 'aggregate_engagement', 'day', session_date, dimension, member, metric, value
FROM agg_engagement_windows UNPIVOT (value FOR metric IN (wau_7d, mau_30d))
UNION ALL
SELECT 'aggregate_engagement', 'day', session_date, dimension, member, 'stickiness', ratio(dau, mau_30d) FROM agg_engagement_windows
UNION ALL
SELECT 'aggregate_engagement', 'day', session_date, dimension, member, 'mau_to_date', users FROM agg_engagement_to_date_month
UNION ALL
SELECT 'aggregate_engagement', 'week', session_date, dimension, member, 'wau', users FROM agg_engagement_to_date_week
UNION ALL
SELECT 'aggregate_engagement', 'month', session_date, dimension, member, 'mau', users FROM agg_engagement_to_date_month
UNION ALL
SELECT 'aggregate_engagement', 'quarter', session_date, dimension, member, 'qau', users FROM agg_engagement_to_date_quarter
UNION ALL
SELECT 'aggregate_engagement', 'week', session_date, dimension, member, 'dau_avg', ratio(dau_sum, days) FROM agg_engagement_to_date_week
UNION ALL
SELECT 'aggregate_engagement', 'month', session_date, dimension, member, 'dau_avg', ratio(dau_sum, days) FROM agg_engagement_to_date_month
UNION ALL
SELECT 'aggregate_engagement', 'quarter', session_date, dimension, member, 'dau_avg', ratio(dau_sum, days)
FROM agg_engagement_to_date_quarter
UNION ALL
SELECT 'aggregate_engagement', 'month', session_date, dimension, member, 'stickiness', ratio(dau_sum, possible_user_days)
FROM agg_engagement_to_date_month
UNION ALL
SELECT 'aggregate_engagement', grain, session_date, dimension, member, 'session_seconds_median', session_seconds_median FROM medians
UNION ALL
SELECT 'aggregate_engagement', 'day', measured_on, dimension, member, 'retention_d1', ratio(retained_d1, cohort_d1)
FROM agg_retention WHERE measured_on >= {first} + 1
UNION ALL
SELECT 'aggregate_engagement', 'day', measured_on, dimension, member, 'retention_d7', ratio(retained_d7, cohort_d7)
FROM agg_retention WHERE measured_on >= {first} + 7
UNION ALL
SELECT 'aggregate_engagement', 'day', measured_on, dimension, member, 'retention_d28', ratio(retained_d28, cohort_d28)
FROM agg_retention WHERE measured_on >= {first} + 28;

CREATE TEMP TABLE dense AS
WITH kinds AS (
    SELECT DISTINCT
        pipeline, grain, metric, CASE metric WHEN 'retention_d1' THEN 1 WHEN 'retention_d7' THEN 7 WHEN 'retention_d28' THEN 28
            ELSE 0 END AS after_days
    FROM measured
), members AS (
    SELECT pipeline, grain, metric, dimension, member, min(as_of) AS since FROM measured WHERE dimension <> '' GROUP BY ALL
    UNION ALL SELECT pipeline, grain, metric, '', '', {first} + after_days FROM kinds
)
SELECT
    d.day AS as_of, m.pipeline, m.grain, m.metric, k.after_days,
    CASE WHEN m.dimension = '' THEN '' ELSE m.dimension || '=' || m.member END AS segment,
    CASE WHEN v.as_of IS NULL AND m.metric <> 'session_seconds_median' THEN 0 ELSE v.value END AS value
FROM members AS m JOIN days AS d ON d.day >= m.since
JOIN kinds AS k ON k.pipeline = m.pipeline AND k.grain = m.grain AND k.metric = m.metric
LEFT JOIN measured AS v ON v.pipeline = m.pipeline AND v.grain = m.grain AND v.metric = m.metric
    AND v.dimension = m.dimension AND v.member = m.member AND v.as_of = d.day;

CREATE TABLE figures AS
WITH rolled AS (
    SELECT pipeline, grain, CAST(as_of - after_days AS VARCHAR) AS period, metric, segment, value, as_of FROM dense WHERE grain = 'day'
    UNION ALL
    SELECT d.pipeline, p.grain, p.period, d.metric, d.segment, d.value, d.as_of
    FROM dense AS d JOIN period_of AS p ON p.day = d.as_of AND p.grain = d.grain
    UNION ALL
    SELECT d.pipeline, p.grain, p.period, d.metric, d.segment,
        CAST(sum(d.value) OVER (PARTITION BY p.grain, p.period, d.metric, d.segment ORDER BY d.as_of) AS DECIMAL(38, 6)), d.as_of
    FROM dense AS d JOIN period_of AS p ON p.day = d.as_of
    WHERE d.grain = 'day' AND d.metric IN ('new_users', 'churned_users', 'resurrected_users', 'net_new', 'net_growth', 'sessions')
), parts AS (
    SELECT
        grain, period, segment, as_of, CAST(max(value) FILTER (WHERE metric = 'new_users') AS BIGINT) AS new_users,
        CAST(max(value) FILTER (WHERE metric = 'churned_users') AS BIGINT) AS churned,
        CAST(max(value) FILTER (WHERE metric = 'resurrected_users') AS BIGINT) AS resurrected,
        CAST(max(value) FILTER (WHERE metric = 'net_growth') AS BIGINT) AS net_growth,
        CAST(max(value) FILTER (WHERE metric = 'active_at_start') AS BIGINT) AS active
    FROM rolled WHERE pipeline = 'aggregate_growth' GROUP BY ALL
), every AS (
    SELECT * FROM rolled
    UNION ALL SELECT 'aggregate_growth', grain, period, 'churn_rate', segment, ratio(churned, active), as_of FROM parts
    WHERE churned IS NOT NULL AND active IS NOT NULL
    UNION ALL SELECT 'aggregate_growth', grain, period, 'growth_rate', segment, ratio(net_growth, active), as_of FROM parts
    WHERE net_growth IS NOT NULL AND active IS NOT NULL
    UNION ALL SELECT 'aggregate_growth', grain, period, 'quick_ratio', segment, ratio(new_users + resurrected, churned), as_of
    FROM parts WHERE grain <> 'day' AND new_users IS NOT NULL
)
SELECT
    as_of - {first} + 1 AS release, pipeline, grain, period, metric, segment, value,
    CASE WHEN metric IN ('churn_rate', 'growth_rate', 'quick_ratio', 'stickiness') OR metric LIKE 'retention%' THEN 'ratio'
        WHEN metric = 'sessions' THEN 'sessions' WHEN metric = 'session_seconds_median' THEN 'seconds' ELSE 'users' END AS unit,
    'preliminary' AS state, 1 AS version, as_of, TIMESTAMPTZ '{now}' AS published_at, TRUE AS backfilled, '' AS reason
FROM every;
