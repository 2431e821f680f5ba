-- The arrived files.
CREATE VIEW raw_orders AS
SELECT * FROM read_parquet('{data}/orders/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_refunds AS
SELECT * FROM read_parquet('{data}/refunds/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_costs AS
SELECT * FROM read_parquet('{data}/costs/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_rates AS
SELECT * FROM read_parquet('{data}/fx_rates/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_ledger AS
SELECT * FROM read_parquet('{data}/ledger_totals/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);
CREATE VIEW raw_projections AS
SELECT * FROM read_parquet('{data}/projections/*/*.parquet', hive_partitioning = false, filename = true, file_row_number = true);

-- An exact product of eight decimals at four, a half to the even neighbour.
CREATE MACRO to_pence(exact) AS CAST(
    CAST(exact AS DECIMAL(18, 4))
    - CASE MOD(exact, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END AS DECIMAL(18, 4)
);
