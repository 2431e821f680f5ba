-- The arrived files, and the business day of an instant: London's clock changes written out, since
-- AT TIME ZONE costs ten times as much.
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

CREATE MACRO london(moment) AS CAST(make_timestamp(epoch_us(moment) + CASE
    WHEN moment < TIMESTAMPTZ '2025-10-26 01:00:00+00' THEN 3600000000
    WHEN moment < TIMESTAMPTZ '2026-03-29 01:00:00+00' THEN 0
    WHEN moment < TIMESTAMPTZ '2026-10-25 01:00:00+00' THEN 3600000000
    WHEN moment < TIMESTAMPTZ '2027-03-28 01:00:00+00' THEN 0
    WHEN moment < TIMESTAMPTZ '2027-10-31 01:00:00+00' THEN 3600000000
    ELSE 0
END) AS DATE);

-- An exact product of eight decimals at four, a half to the even neighbour.
CREATE MACRO to_pence(exact) AS CAST(
    CAST(exact AS DECIMAL(18, 4))
    - CASE MOD(exact, 0.0002) WHEN 0.00005 THEN 0.0001 WHEN -0.00005 THEN -0.0001 ELSE 0.0000 END AS DECIMAL(18, 4)
);
