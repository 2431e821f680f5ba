-- Experiments whose split a chi-square test finds at p < 0.001; a variant that was not planned should have nobody.
-- The critical values are those of 1 to 9 degrees of freedom.
WITH critical AS (
    SELECT v.freedom, v.chi_square
    FROM (
        VALUES
        (1, 10.8276), (2, 13.8155), (3, 16.2662), (4, 18.4668), (5, 20.5150), (6, 22.4577), (7, 24.3219),
        (8, 26.1245), (9, 27.8772)
    ) AS v(freedom, chi_square)
),

sizes AS (
    SELECT
        e.day,
        e.experiment,
        SUM(e.n) AS people,
        SUM(e.planned_share) AS planned,
        SUM(CASE WHEN e.planned_share > 0 THEN 1 ELSE 0 END) - 1 AS freedom,
        SUM(CASE WHEN e.planned_share = 0 THEN e.n ELSE 0 END) AS unplanned
    FROM exp_unit_profit AS e
    INNER JOIN due_days AS d ON e.day = d.day
    WHERE e.segment = ''
    GROUP BY e.day, e.experiment
),

tested AS (
    SELECT
        s.day,
        s.experiment,
        s.freedom,
        s.unplanned,
        SUM(
            (e.n * s.planned - s.people * e.planned_share) * (e.n * s.planned - s.people * e.planned_share)
            / (s.people * s.planned * e.planned_share)
        ) AS chi_square
    FROM exp_unit_profit AS e
    INNER JOIN sizes AS s ON e.day = s.day AND e.experiment = s.experiment
    WHERE e.segment = '' AND e.planned_share > 0 AND s.people > 0
    GROUP BY s.day, s.experiment, s.freedom, s.unplanned
)

SELECT t.day, t.experiment, t.chi_square
FROM tested AS t
LEFT JOIN critical AS c ON t.freedom = c.freedom
WHERE t.unplanned > 0 OR t.chi_square > c.chi_square
