-- Company engagement, one row per day.
-- key: session_date
-- day: session_date
-- reads: agg_engagement_segments 0..0; agg_engagement_windows 0..0; fact_events 0..0; filtered_events 0..0
-- layer: aggregates
WITH kept AS (
    SELECT e.event_date, COUNT(*) AS events
    FROM fact_events AS e
    WHERE e.event_date >= $start AND e.event_date < $end
    GROUP BY e.event_date
),

filtered AS (
    SELECT
        f.event_date,
        COUNT(*) AS filtered_events
    FROM filtered_events AS f
    WHERE f.event_date >= $start AND f.event_date < $end
    GROUP BY f.event_date
)

SELECT
    s.session_date,
    s.dau,
    COALESCE(w.wau_7d, 0) AS wau_7d,
    COALESCE(w.mau_30d, 0) AS mau_30d,
    s.sessions,
    s.session_seconds_median,
    COALESCE(k.events, 0) AS events,
    COALESCE(f.filtered_events, 0) AS filtered_events
FROM agg_engagement_segments AS s
LEFT JOIN agg_engagement_windows AS w ON s.session_date = w.session_date AND w.dimension = ''
LEFT JOIN kept AS k ON s.session_date = k.event_date
LEFT JOIN filtered AS f ON s.session_date = f.event_date
WHERE s.session_date >= $start AND s.session_date < $end AND s.dimension = ''
