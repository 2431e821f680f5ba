"""holdfast sql: what it answers, and everything it refuses."""

import csv
import io
import re

import pytest

COUNT = """SELECT COUNT(*)
FROM fact_orders
WHERE order_date = CURRENT_DATE;"""
SANITY = """-- Profit sanity check
SELECT SUM(revenue), SUM(cost), SUM(profit)
FROM agg_profit_daily
WHERE order_date = CURRENT_DATE;"""
YESTERDAY = """-- Compare vs yesterday
SELECT a.order_date, a.total_profit, b.total_profit AS yesterday_profit,
       ROUND((a.total_profit - b.total_profit)*100.0 / b.total_profit, 2) AS pct_diff
FROM agg_profit_daily a
JOIN agg_profit_daily b
  ON a.order_date = CURRENT_DATE
 AND b.order_date = CURRENT_DATE - INTERVAL '1 day';"""
DELETE = "DELETE FROM agg_profit_daily WHERE order_date = '2025-09-18';"


@pytest.fixture
def sql(holdfast, finished):
    return lambda *arguments: holdfast("sql", "-C", finished, *arguments)


def test_the_briefs_statements_run_as_they_are(sql):
    """CURRENT_DATE is the project's clock, so a day with rows is found by setting it."""
    at = ("--at", "2025-11-09T12:00Z", "--json")

    assert sql(COUNT, *at).json[0]["count_star()"] > 50
    assert all(value is not None for value in sql(SANITY, *at).json[0].values())
    [row] = sql(YESTERDAY, *at).json
    assert row["order_date"] == "2025-11-09" and re.fullmatch(r"-?\d+\.\d\d", str(row["pct_diff"]))


def test_the_clock_is_the_projects_in_every_spelling(sql):
    """The newest arrival day at 03:00 UTC, whatever the machine's clock says."""
    [row] = sql("SELECT CURRENT_DATE AS a, today() AS b, now() AS c, CURRENT_TIMESTAMP AS d", "--json").json

    assert (row["a"], row["b"]) == ("2025-11-10", "2025-11-10")
    assert (row["c"], row["d"]) == ("2025-11-10T03:00:00Z", "2025-11-10T03:00:00Z")


def test_a_delete_names_the_verb_that_does_it_properly(sql):
    """The pipeline and the day are taken from the statement."""
    answer = sql(DELETE)

    assert answer.code == 1
    assert "holdfast backfill aggregate_profit --from 2025-09-18 --to 2025-09-18" in answer.err


@pytest.mark.parametrize(
    "statement",
    [
        "COPY agg_profit_daily TO '{tmp}/out.csv'",
        "COPY (SELECT 1) TO '{tmp}/out.csv'",
        "ATTACH '{tmp}/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 8",
        "RESET threads",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "CREATE TABLE mine AS SELECT 1",
        "CREATE VIEW mine AS SELECT 1",
        "DROP VIEW agg_profit_daily",
        "UPDATE agg_profit_daily SET revenue = 0",
        "INSERT INTO calendar VALUES ('day', 'x', DATE '2025-01-01', DATE '2025-01-02')",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW agg_profit_daily",
        "EXPORT DATABASE '{tmp}/all'",
        "CHECKPOINT",
        "PREPARE p AS SELECT 1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('{store}/CURRENT')",
        "SELECT * FROM read_parquet('{store}/../../../data/orders/*/*.parquet')",
        "SELECT * FROM nothing_like_it",
        "SELEC 1",
        "",
        ";",
    ],
)
def test_anything_but_one_select_over_published_tables_is_refused(sql, finished, tmp_path, statement):
    """One line says so, nothing is printed as an answer, nothing is written."""
    answer = sql(statement.format(tmp=tmp_path, store=finished / ".holdfast/store/investors"))

    assert answer.code == 1 and answer.out == "" and answer.err.strip().count("\n") == 0
    assert list(tmp_path.iterdir()) == []


def test_held_rows_are_not_among_published_ones(holdfast, held):
    """Half of a region's costs are held: readers' table lacks the region, --held shows it, marked."""
    ask = "SELECT count(*) AS n FROM fact_costs WHERE cost_date = DATE '2025-11-10' AND region = 'UK'"
    readers = holdfast("sql", "-C", held, ask, "--json")
    marked = holdfast("sql", "-C", held, ask, "--json", "--held", "aggregate_profit", "2025-11-10")

    assert readers.json == [{"n": 0}]
    assert marked.json[0]["published"] is False and marked.json[0]["n"] > 0 and "NOT PUBLISHED" in marked.err
    text = holdfast("sql", "-C", held, ask, "--held", "aggregate_profit", "2025-11-10")
    assert text.out.startswith("NOT PUBLISHED") and text.code == 0


def test_held_files_cannot_be_read_by_their_path(holdfast, held):
    """Readers' engine may open published parts only; the held ones lie beside them."""
    part = next((held / ".holdfast/store/investors/parts/fact_costs").glob("*-held.parquet"))

    assert holdfast("sql", "-C", held, f"SELECT * FROM read_parquet('{part}')").code == 1


def test_asking_for_held_rows_of_a_good_day_is_an_error(sql):
    """The answer says that nothing of the day is held."""
    answer = sql("SELECT 1", "--held", "aggregate_profit", "2025-11-01")

    assert answer.code == 1 and "nothing of aggregate_profit is held on 2025-11-01" in answer.err


def test_rows_are_limited_and_said_to_be(sql):
    """More rows than the limit: the first ones, and a line that says so."""
    answer = sql("SELECT * FROM fact_orders", "--limit", "3", "--json")

    assert len(answer.json) == 3 and "first 3 rows" in answer.err


def test_a_query_that_takes_too_long_is_stopped(sql):
    """The time-out ends it with a message; the engine does not go on."""
    slow = "SELECT count(*) FROM range(1000000000) AS a, range(100000) AS b WHERE a.range + b.range < 0"

    answer = sql(slow, "--timeout", "0.3")

    assert answer.code == 1 and "stopped after 0.3 s" in answer.err


def test_csv_is_for_spreadsheets(sql):
    """RFC 4180: a head, CRLF, empty for null."""
    answer = sql("SELECT 'a,b' AS text, NULL AS nothing, 1.50 AS money", "--csv")

    assert list(csv.reader(io.StringIO(answer.out))) == [["text", "nothing", "money"], ["a,b", "", "1.50"]]


def test_the_catalogue_names_every_table_with_its_sentence(sql):
    """Published tables, figures and the calendar, each with columns."""
    tables = {entry["table"]: entry for entry in sql("--tables", "--json").json}

    assert {"agg_profit_daily", "fact_orders", "figures", "figure_history", "calendar"} <= set(tables)
    assert tables["agg_profit_daily"]["about"] and tables["agg_profit_daily"]["audience"] == "investors"
    assert {"name": "total_profit", "type": "DECIMAL(18,4)"} in tables["agg_profit_daily"]["columns"]
