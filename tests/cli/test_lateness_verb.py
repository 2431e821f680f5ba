"""The verb that tells how late rows really come."""

import duckdb


def test_lateness_is_what_the_files_say(holdfast, finished):
    """Counted again from the files' folders and rows, as days of London."""
    [found] = holdfast("lateness", "-C", finished, "refunds", "--json").json

    rows = duckdb.sql(
        "WITH r AS (SELECT CAST(timezone('Europe/London', refunded_at) AS DATE) AS day, CAST(loaded_on AS DATE) AS came "
        f"FROM read_parquet('{finished}/data/refunds/*/*.parquet', hive_partitioning=true)), "
        "d AS (SELECT *, came - MIN(came) OVER (PARTITION BY day) AS late FROM r) "
        "SELECT COUNT(*), COUNT(*) FILTER (late >= 1), COUNT(*) FILTER (late >= 3), MAX(late), "
        "COUNT(*) FILTER (came - day > 1 + $within) FROM d",
        params={"within": found["late_rows_within_days"]},
    ).fetchall()[0]

    after = {each["days"]: each["rows"] for each in found["after"]}
    assert (found["rows"], after[1], after[3], found["most_days"], found["later"]["rows"]) == rows
    assert after[1] > 0, "the company has late refunds"


def test_every_source_has_a_line(holdfast, finished):
    """Without names all of them are told; one of which nothing was landed has no shares."""
    told = holdfast("lateness", "-C", finished)

    assert told.code == 0
    names = [line.split()[0] for line in told.out.splitlines()[1:-1]]
    assert names == sorted(names)
    assert {"orders", "refunds", "costs", "users"} <= set(names)
    [users] = [line for line in told.out.splitlines() if line.startswith("users ")]
    assert "%" not in users


def test_a_source_that_is_none_gets_the_nearest(holdfast, finished):
    """A typing mistake is answered with what it may have meant."""
    told = holdfast("lateness", "-C", finished, "refund")

    assert told.code == 1
    assert "no source is called 'refund'. Did you mean 'refunds'?" in told.err
