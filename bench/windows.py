"""DAU, WAU and MAU of the whole history from the published user-days: `python windows.py model|totals|naive PROJECT`.

`model` is the SQL of agg_engagement_windows, with its segments; `totals` the same counting without segments;
`naive` joins each day with the thirty before it, for the last days only. Prints the CPU seconds of the query.
"""

import json
import re
import sys
import time
from pathlib import Path

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App

NAIVE_DAYS = 20
TOTALS = """
WITH gaps AS (
    SELECT active_on, least(coalesce(lead(active_on) OVER (PARTITION BY user_id ORDER BY active_on) - active_on, 30), 30) AS gap
    FROM user_days
), grouped AS (
    SELECT active_on, CAST(gap AS INTEGER) AS gap, count(*) AS n FROM gaps GROUP BY ALL
), steps AS (
    SELECT active_on AS day, n AS dau, n AS wau, n AS mau FROM grouped
    UNION ALL SELECT active_on + least(gap, 7), 0, -n, 0 FROM grouped
    UNION ALL SELECT active_on + gap, 0, 0, -n FROM grouped
)
SELECT day, sum(dau) AS dau, sum(sum(wau)) OVER (ORDER BY day) AS wau_7d, sum(sum(mau)) OVER (ORDER BY day) AS mau_30d
FROM steps GROUP BY day
"""
NAIVE = """
SELECT d.day, count(DISTINCT u.user_id) FILTER (WHERE u.active_on = d.day) AS dau,
    count(DISTINCT u.user_id) FILTER (WHERE u.active_on > d.day - 7) AS wau_7d, count(DISTINCT u.user_id) AS mau_30d
FROM (SELECT DISTINCT active_on AS day FROM user_days WHERE active_on > (SELECT max(active_on) FROM user_days) - {days}) AS d
JOIN user_days AS u ON u.active_on <= d.day AND u.active_on > d.day - 30
GROUP BY d.day
"""


def main() -> None:
    """Prints CPU seconds, user-days read, days counted, and the last day's three numbers."""
    how, project = sys.argv[1], Path(sys.argv[2])
    app = App(project)
    now = app.clock.now()
    with reading_queries(app.stores, app.project.calendar, now, now.date()) as queries:
        connection = queries.connection
        first, last, days = connection.execute(
            "SELECT min(active_on), max(active_on), max(active_on) - min(active_on) + 1 FROM user_days"
        ).fetchall()[0]
        model = app.project.models["agg_engagement_windows"].sql
        bounds = {"start": f"DATE '{first}'", "end": f"(DATE '{last}' + 1)", "first": f"DATE '{first}'"}
        sql = {
            "model": "SELECT session_date AS day, * FROM ("
            + re.sub(r"\$(start|end|first)\b", lambda found: bounds[found.group(1)], model)
            + ") WHERE dimension = ''",
            "totals": TOTALS,
            "naive": NAIVE.format(days=NAIVE_DAYS),
        }[how]
        if how == "model":
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE calendar_days AS SELECT CAST(unnest(range(DATE '{first}', "
                f"DATE '{last}' + 1, INTERVAL 1 DAY)) AS DATE) AS day"
            )
        began = time.process_time()
        rows = connection.execute(f"SELECT day, dau, wau_7d, mau_30d FROM ({sql}) WHERE day <= DATE '{last}' ORDER BY day").fetchall()
        spent = time.process_time() - began
        user_days = connection.execute("SELECT count(*) FROM user_days").fetchall()[0][0]
    counted = min(NAIVE_DAYS, days) if how == "naive" else days
    found = {"cpu_s": round(spent, 3), "user_days": user_days, "days": days, "counted": counted}
    print(json.dumps({**found, "last": [int(value) for value in rows[-1][1:]]}))


if __name__ == "__main__":
    main()
