"""The same work in SQL written for it: `python by_hand.py profit|activity DATA CALENDAR FIRST LAST OUT --steps FILE`.

`profit` is the profit pipeline, `activity` growth and engagement, which share users and events. Corrections,
facts, aggregates and figures are made in tables of an in-memory DuckDB; after them sources are fingerprinted,
checks run and the same Parquet parts written below OUT. FILE takes the CPU seconds of each step.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb

SQL = Path(__file__).with_name("by_hand")
STEPS = ("sources", "corrections", "facts", "aggregates", "figures", "fingerprints", "checks")
DAY_COLUMN = {
    "profit": {
        "fact_orders": "order_date",
        "fact_refunds": "refund_date",
        "fact_costs": "cost_date",
        "agg_profit_by_dimension": "order_date",
        "agg_profit_segments": "order_date",
        "agg_profit_daily": "order_date",
        "agg_profit_weekly": "period_start",
        "agg_profit_monthly": "period_start",
        "agg_profit_quarterly": "period_start",
    },
    "activity": {
        "accounts": "known_on",
        "user_accounts": "known_on",
        "users": "known_on",
        "bot_flags": "flag_date",
        "fact_events": "event_date",
        "filtered_events": "event_date",
        "fact_sessions": "session_date",
        "user_device_days": "active_on",
        "user_days": "active_on",
        "session_lengths": "session_date",
        "first_days": "first_on",
        "fact_cancellations": "known_on",
        "fact_growth": "known_on",
        "agg_growth": "date",
        "agg_growth_segments": "date",
        "agg_growth_start": "date",
        "agg_engagement_segments": "session_date",
        "agg_engagement_windows": "session_date",
        "agg_engagement_to_date_week": "session_date",
        "agg_engagement_to_date_month": "session_date",
        "agg_engagement_to_date_quarter": "session_date",
        "agg_session_length_to_date_week": "session_date",
        "agg_session_length_to_date_month": "session_date",
        "agg_session_length_to_date_quarter": "session_date",
        "agg_retention": "measured_on",
        "agg_engagement": "session_date",
    },
}
SEALED_AFTER = timedelta(days=40)


def main() -> None:
    """Runs the steps and says what each took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=tuple(DAY_COLUMN))
    parser.add_argument("data", type=Path)
    parser.add_argument("calendar", type=Path)
    parser.add_argument("first", type=date.fromisoformat)
    parser.add_argument("last", type=date.fromisoformat)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=Path, required=True)
    arguments = parser.parse_args()
    spill = f"{arguments.out}.spill"
    connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False, "temp_directory": spill})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        'CREATE TABLE calendar AS SELECT grain, name, CAST("start" AS DATE) AS "start", '
        f'CAST("end" AS DATE) AS "end" FROM read_csv(\'{arguments.calendar}\', header = true, all_varchar = true)'
    )
    values = {
        "data": str(arguments.data),
        "first": f"DATE '{arguments.first}'",
        "last": f"DATE '{arguments.last}'",
        "now": f"{arguments.last + timedelta(days=1)} 03:00:00+00",
    }
    run(connection, SQL / "zone.sql", values)
    folder = SQL / arguments.part
    spent: dict[str, float] = {}
    for step in STEPS:
        began = time.process_time()
        if step == "aggregates":
            for start, end in units(arguments.first, arguments.last, date.max):
                month = {**values, "start": f"DATE '{start}'", "end": f"DATE '{end}'"}
                run(connection, folder / "aggregates_by_month.sql", month)
        run(connection, folder / f"{step}.sql", values)
        spent[step] = time.process_time() - began
    began = time.process_time()
    write_parts(connection, DAY_COLUMN[arguments.part], arguments.out, arguments.first, arguments.last)
    spent["parts"] = time.process_time() - began
    arguments.steps.write_text(json.dumps(spent))


def run(connection: duckdb.DuckDBPyConnection, file: Path, values: dict[str, str]) -> None:
    """Runs the statements of one file."""
    for statement in statements(file, values):
        connection.execute(statement)


def statements(file: Path, values: dict[str, str]) -> Iterator[str]:
    """The statements of one file, with its places filled in."""
    text = file.read_text()
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return (each for each in code.split(";\n") if each.strip(" ;\n"))


def write_parts(
    connection: duckdb.DuckDBPyConnection, day_columns: dict[str, str], out: Path, first: date, last: date
) -> None:
    """One part per table and closed month, one per day of the months still open, one of figures per month."""
    today = last + timedelta(days=1)
    for table, day in day_columns.items():
        (out / table).mkdir(parents=True)
        if day == "period_start":
            starts = [row[0] for row in connection.execute(f"SELECT {day} FROM {table} ORDER BY 1").fetchall()]
            for start in starts:
                copy(connection, table, day, start, start + timedelta(days=1), out / table / f"{start}.parquet")
            continue
        for start, end in units(first, last, today):
            copy(connection, table, day, start, end, out / table / f"{start}.parquet")
    order = "ORDER BY release, grain, period, metric, segment, as_of"
    for (pipeline,) in connection.execute("SELECT DISTINCT pipeline FROM figures ORDER BY 1").fetchall():
        folder = out / f"figures of {pipeline}"
        folder.mkdir()
        mine = f"(SELECT * FROM figures WHERE pipeline = '{pipeline}')"
        for start, end in units(first, last, date.max):
            copy(connection, mine, "as_of", start, end, folder / f"{start}.parquet", order)


def copy(
    connection: duckdb.DuckDBPyConnection, table: str, day: str, start: date, end: date, to: Path, order: str = ""
) -> None:
    """Writes the table's rows of these days."""
    connection.execute(
        f"COPY (SELECT * FROM {table} WHERE {day} >= DATE '{start}' AND {day} < DATE '{end}' {order}) "
        f"TO '{to}' (FORMAT parquet, COMPRESSION zstd)"
    )


def units(first: date, last: date, today: date) -> Iterator[tuple[date, date]]:
    """Whole months that ended 40 days ago, and the days after them."""
    at = first
    while at <= last:
        month_end = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = month_end if month_end <= today - SEALED_AFTER else at + timedelta(days=1)
        yield at, min(end, last + timedelta(days=1))
        at = end


if __name__ == "__main__":
    main()
