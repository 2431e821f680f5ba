-- What each order has brought in so far: revenue, its refunds whenever they came, each kind of cost, profit.
-- key: order_id
-- day: order_date
-- reads: unit_orders 0..0; unit_bookings 0..35
-- segments: region
-- layer: aggregates
--
-- On the order's day, so a refund or a cost rewrites that day for as long as one may come.
WITH come AS (
    SELECT
        b.order_id,
        SUM(b.refunds) AS refunds,
        SUM(b.cogs) AS cogs,
        SUM(b.fulfillment) AS fulfillment,
        SUM(b.returns) AS returns,
        SUM(b.platform_fee) AS platform_fee,
        SUM(b.allocated) AS allocated,
        SUM(b.other) AS other,
        SUM(b.profit) AS profit
    FROM unit_bookings AS b
    WHERE b.booked_on >= $start AND b.booked_on < $end + 35
        AND b.order_date >= $start AND b.order_date < $end
    GROUP BY b.order_id
)

SELECT
    o.order_id,
    o.order_date,
    o.ordered_at,
    o.user_id,
    o.account_id,
    o.region,
    o.product_id,
    o.revenue,
    CAST(c.refunds AS DECIMAL(18, 4)) AS refunds,
    CAST(c.cogs AS DECIMAL(18, 4)) AS cogs,
    CAST(c.fulfillment AS DECIMAL(18, 4)) AS fulfillment,
    CAST(c.returns AS DECIMAL(18, 4)) AS returns,
    CAST(c.platform_fee AS DECIMAL(18, 4)) AS platform_fee,
    CAST(c.allocated AS DECIMAL(18, 4)) AS allocated,
    CAST(c.other AS DECIMAL(18, 4)) AS other,
    CAST(c.profit AS DECIMAL(18, 4)) AS profit
FROM unit_orders AS o
INNER JOIN come AS c ON o.order_id = c.order_id
WHERE o.order_date >= $start AND o.order_date < $end
