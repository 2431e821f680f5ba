-- What people brought in since they were first shown a variant, one row per experiment, person and day of booking.
-- key: experiment, user_id, booked_on
-- day: booked_on
-- reads: unit_bookings 0..0; exposures ..0; experiment_days 0..0
-- layer: staging
--
-- Orders placed at or after the first exposure, with their refunds and costs on the days these were booked, while
-- the experiment runs. People with nothing booked have no row here; they count as zero where users are counted.
WITH running AS (
    SELECT DISTINCT d.experiment, d.day
    FROM experiment_days AS d
    WHERE d.day >= $start AND d.day < $end
),

first_seen AS (
    SELECT
        e.experiment,
        e.user_id,
        MIN(e.assigned_at) AS assigned_at
    FROM exposures AS e
    WHERE e.exposed_on < $end
    GROUP BY e.experiment, e.user_id
)

SELECT
    f.experiment,
    f.user_id,
    b.booked_on,
    CAST(SUM(b.profit) AS DECIMAL(18, 4)) AS profit
FROM unit_bookings AS b
INNER JOIN first_seen AS f ON b.user_id = f.user_id AND b.ordered_at >= f.assigned_at
INNER JOIN running AS r ON f.experiment = r.experiment AND b.booked_on = r.day
WHERE b.booked_on >= $start AND b.booked_on < $end
GROUP BY f.experiment, f.user_id, b.booked_on
