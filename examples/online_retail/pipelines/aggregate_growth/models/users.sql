-- Customers, one row each, on the day of the first sale.
-- key: user_id
-- day: first_on
-- reads: customer_days ..0
-- layer: facts
--
-- The country is that of the first sale; the few who move later keep it.
WITH lately AS (
    SELECT DISTINCT c.user_id
    FROM customer_days AS c
    WHERE c.active_on >= $start AND c.active_on < $end AND c.is_sale = 1
),

sales AS (
    SELECT
        c.user_id,
        c.active_on,
        c.region,
        ROW_NUMBER() OVER (PARTITION BY c.user_id ORDER BY c.active_on NULLS LAST, c.region NULLS LAST) AS nth
    FROM customer_days AS c
    INNER JOIN lately AS l ON c.user_id = l.user_id
    WHERE c.active_on < $end AND c.is_sale = 1
)

SELECT
    s.user_id,
    s.active_on AS first_on,
    s.region
FROM sales AS s
WHERE s.nth = 1 AND s.active_on >= $start
