-- Variants whose segments do not come to their total, or whose squares contradict their sums.
WITH compared AS (
    SELECT
        e.day,
        e.experiment,
        e.variant,
        SUM(CASE WHEN e.segment = '' THEN e.n ELSE -e.n END) AS people,
        SUM(CASE WHEN e.segment = '' THEN e.y ELSE -e.y END) AS y,
        SUM(CASE WHEN e.segment = '' THEN e.yy ELSE -e.yy END) AS yy,
        SUM(CASE WHEN e.yy < 0 OR e.wyy > e.yy OR e.n < 0 OR (e.n = 0 AND e.yy <> 0) THEN 1 ELSE 0 END) AS impossible
    FROM exp_unit_profit AS e
    INNER JOIN due_days AS d ON e.day = d.day
    GROUP BY e.day, e.experiment, e.variant
)

SELECT c.day, c.experiment, c.variant
FROM compared AS c
WHERE c.people <> 0 OR c.y <> 0 OR c.yy <> 0 OR c.impossible > 0
