"""Readers beside a writer: `python readers.py PROJECT STOP_FILE` reads until the file is there, prints what it saw."""

import json
import sys
import time
from pathlib import Path

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App

TORN = """
WITH total AS (SELECT * FROM agg_profit_segments WHERE dimension = ''),
parts AS (SELECT order_date, dimension, sum(profit) AS profit FROM agg_profit_segments WHERE dimension <> '' GROUP BY ALL),
facts AS (
    SELECT (SELECT sum(amount) FROM fact_orders) - (SELECT sum(amount) FROM fact_refunds)
        - (SELECT sum(amount) FROM fact_costs) AS profit
),
days AS (
    SELECT count(*) AS n FROM figures WHERE pipeline = 'aggregate_profit' AND grain = 'day' AND metric = 'profit'
        AND segment = ''
),
figured AS (
    SELECT sum(value) AS profit FROM figures WHERE grain = 'day' AND metric = 'profit' AND segment = ''
),
of_members AS (
    SELECT period, split_part(segment, '=', 1) AS dimension, sum(value) AS profit FROM figures
    WHERE grain = 'day' AND metric = 'profit' AND segment <> '' GROUP BY ALL
)
SELECT
    (SELECT count(*) FROM parts AS p JOIN total AS t USING (order_date) WHERE p.profit <> t.profit)
    + (SELECT count(*) FROM of_members AS m JOIN figures AS f ON f.period = m.period AND f.grain = 'day'
        AND f.metric = 'profit' AND f.segment = '' WHERE f.value <> m.profit)
    + (SELECT CASE WHEN (SELECT sum(profit) FROM total) <> (SELECT profit FROM facts) THEN 1 ELSE 0 END)
    + (SELECT CASE WHEN (SELECT sum(profit) FROM agg_profit_daily) <> (SELECT profit FROM figured) THEN 1 ELSE 0 END)
    + (SELECT CASE WHEN (SELECT count(*) FROM agg_profit_daily) <> (SELECT n FROM days) THEN 1 ELSE 0 END) AS torn,
    (SELECT max(release) FROM figure_history) AS release
"""


def main() -> None:
    """Reads again and again; a state is torn when its tables, segments and figures do not add up."""
    project, stop = Path(sys.argv[1]), Path(sys.argv[2])
    app = App(project)
    calendar, now, stores = app.project.calendar, app.clock.now(), app.stores
    reads, torn, failed, releases = 0, 0, [], set()
    while not stop.exists():
        try:
            with reading_queries(stores, calendar, now, now.date()) as queries:
                row = queries.select(TORN, limit=1, timeout_s=60).rows[0]
                reads += 1
                torn += 1 if row[0] else 0
                releases.add(row[1])
        except Exception as error:  # Whatever a reader meets is what is counted here.
            failed.append(str(error))
        time.sleep(0.25)
    print(json.dumps({"reads": reads, "torn": torn, "failed": len(failed), "first": failed[:1], "states": len(releases)}))


if __name__ == "__main__":
    main()
