-- What an order came to on a day: its revenue on its own day, its refunds and costs on theirs.
-- key: order_id, booked_on
-- day: booked_on
-- reads: unit_orders -35..0; fact_refunds 0..0; fact_costs 0..0
-- layer: staging
--
-- Refunds and costs of orders older than 35 days, and costs without an order, belong to nobody and are left out.
WITH booked AS (
    SELECT
        o.order_id,
        o.order_date AS booked_on,
        o.revenue,
        CAST(0 AS DECIMAL(18, 4)) AS refunds,
        '' AS kind,
        CAST(0 AS DECIMAL(18, 4)) AS cost
    FROM unit_orders AS o
    WHERE o.order_date >= $start AND o.order_date < $end
    UNION ALL
    SELECT r.order_id, r.refund_date AS booked_on, 0 AS revenue, r.amount AS refunds, '' AS kind, 0 AS cost
    FROM fact_refunds AS r
    WHERE r.refund_date >= $start AND r.refund_date < $end
    UNION ALL
    SELECT c.order_id, c.cost_date AS booked_on, 0 AS revenue, 0 AS refunds, c.kind, c.amount AS cost
    FROM fact_costs AS c
    WHERE c.cost_date >= $start AND c.cost_date < $end
)

SELECT
    b.order_id,
    b.booked_on,
    o.order_date,
    o.ordered_at,
    o.user_id,
    CAST(SUM(b.revenue) AS DECIMAL(18, 4)) AS revenue,
    CAST(SUM(b.refunds) AS DECIMAL(18, 4)) AS refunds,
    CAST(SUM(CASE WHEN b.kind = 'cogs' THEN b.cost ELSE 0 END) AS DECIMAL(18, 4)) AS cogs,
    CAST(SUM(CASE WHEN b.kind = 'fulfillment' THEN b.cost ELSE 0 END) AS DECIMAL(18, 4)) AS fulfillment,
    CAST(SUM(CASE WHEN b.kind = 'returns' THEN b.cost ELSE 0 END) AS DECIMAL(18, 4)) AS returns,
    CAST(SUM(CASE WHEN b.kind = 'platform_fee' THEN b.cost ELSE 0 END) AS DECIMAL(18, 4)) AS platform_fee,
    CAST(SUM(CASE WHEN b.kind = 'allocated' THEN b.cost ELSE 0 END) AS DECIMAL(18, 4)) AS allocated,
    CAST(
        SUM(
            CASE
                WHEN b.kind NOT IN ('cogs', 'fulfillment', 'returns', 'platform_fee', 'allocated') THEN b.cost
                ELSE 0
            END
        ) AS DECIMAL(18, 4)
    ) AS other,
    CAST(SUM(b.revenue - b.refunds - b.cost) AS DECIMAL(18, 4)) AS profit
FROM booked AS b
INNER JOIN unit_orders AS o
    ON b.order_id = o.order_id AND o.order_date >= b.booked_on - 35 AND o.order_date <= b.booked_on
GROUP BY b.order_id, b.booked_on, o.order_date, o.ordered_at, o.user_id
