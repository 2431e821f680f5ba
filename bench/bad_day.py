"""A bad day, and what readers of each road see of it: `python bad_day.py holdfast|dbt PROJECT_OR_DATABASE DAY`."""

import json
import sys
from pathlib import Path

import duckdb

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App

SEEN = "SELECT count(*), count(DISTINCT region) FROM fact_orders WHERE order_date = DATE '{day}'"
TOTALLED = "SELECT count(*) FROM agg_profit_daily WHERE order_date = DATE '{day}'"
RELEASED = (
    "SELECT count(*) FROM figures WHERE pipeline = 'aggregate_profit' AND grain = 'day' AND period = '{day}' "
    "AND metric = 'gross_revenue' AND segment = '' AND value IS NOT NULL"
)


def main() -> None:
    """Prints the order lines and regions that readers find of the day, and whether its total is out."""
    road, where, day = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if road == "dbt":
        with duckdb.connect(str(where), read_only=True) as connection:
            lines, regions = connection.execute(SEEN.format(day=day)).fetchall()[0]
            totals = connection.execute(TOTALLED.format(day=day)).fetchall()[0][0]
        print(json.dumps({"lines": lines, "regions": regions, "totals": totals}))
        return
    app = App(where)
    now = app.clock.now()
    with reading_queries(app.stores, app.project.calendar, now, now.date()) as queries:
        lines, regions = queries.connection.execute(SEEN.format(day=day)).fetchall()[0]
        totals = queries.connection.execute(RELEASED.format(day=day)).fetchall()[0][0]
    print(json.dumps({"lines": lines, "regions": regions, "totals": totals}))


def spoil(orders: Path, region: str) -> None:
    """Takes one region's orders out of the arrival's files; the linked originals stay as they are."""
    for file in sorted(orders.glob("*.parquet")):
        without = file.with_suffix(".without")
        duckdb.connect().execute(
            f"COPY (SELECT * FROM read_parquet('{file}', hive_partitioning = false) WHERE region <> '{region}') "
            f"TO '{without}' (FORMAT parquet)"
        )
        without.replace(file)


if __name__ == "__main__":
    main()
