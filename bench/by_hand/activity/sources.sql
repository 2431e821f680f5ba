-- The arrived files of users and what they do.
CREATE VIEW raw_users AS
SELECT * FROM read_parquet('{data}/users/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_cancellations AS
SELECT * FROM read_parquet('{data}/cancellations/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_churn_log AS
SELECT * FROM read_parquet('{data}/churn_log/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_marketing AS
SELECT * FROM read_parquet('{data}/marketing/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_events AS
SELECT * FROM read_parquet('{data}/events/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_sessions AS
SELECT * FROM read_parquet('{data}/sessions/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);

-- A quotient of whole numbers at six decimals, a half to the even neighbour.
CREATE MACRO ratio(n, d) AS CASE WHEN d <> 0 THEN CAST(
    CASE WHEN (n < 0) <> (d < 0) THEN -1 ELSE 1 END * CAST(
        abs(n) * 1000000 // abs(d)
        + CASE WHEN 2 * (abs(n) * 1000000 % abs(d)) > abs(d)
            OR (2 * (abs(n) * 1000000 % abs(d)) = abs(d) AND (abs(n) * 1000000 // abs(d)) % 2 = 1) THEN 1 ELSE 0 END
        AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(38, 6)) END;
