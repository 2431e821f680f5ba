"""A day's statistics of a large experiment, alone: what `exp_unit_profit` costs once its inputs are built.

One experiment of 200,000 assigned users over 60 days, 20 segments and 2 variants; every 40th user has been shown
two variants, and one in four has bought. It measures the CPU seconds of one thread for the last day's SELECT.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project

USERS, DAYS, SEGMENTS = 200_000, 60, 20
LIMIT_S = 1.0
FIRST = "DATE '2026-06-01'"


def tables(connection: duckdb.DuckDBPyConnection, users: int) -> None:
    """The inputs as earlier models leave them."""
    last = f"({FIRST} + {DAYS - 1})"
    connection.execute(
        f"""
        CREATE TABLE experiment_days AS
        SELECT {last} AS day, 'large' AS experiment, variant, CAST(0.5 AS DECIMAL(9, 6)) AS planned_share,
            {FIRST} AS started_on, CAST(NULL AS DATE) AS ended_on
        FROM (VALUES ('control'), ('treatment')) AS v(variant);
        CREATE TABLE exp_users AS
        SELECT 'large' AS experiment, id AS account_id, id AS user_id,
            ['control', 'treatment'][1 + (id // 3 + again) % 2] AS variant,
            'segment ' || id % {SEGMENTS} AS segment,
            CAST({FIRST} + (id // 7 % {DAYS})::INTEGER AS TIMESTAMPTZ) + INTERVAL 1 HOUR * again AS assigned_at,
            {FIRST} + (id // 7 % {DAYS})::INTEGER AS exposed_on,
            CAST(hash(id) % 900000 AS DECIMAL(18, 0)) * CAST(0.0001 AS DECIMAL(5, 4)) AS x
        FROM range({users}) AS r(id), range(2) AS t(again) WHERE again = 0 OR id % 40 = 0;
        ALTER TABLE exp_users ALTER x TYPE DECIMAL(18, 4);
        CREATE TABLE exp_user_days AS
        SELECT 'large' AS experiment, id AS user_id, {FIRST} + day::INTEGER AS booked_on,
            CAST(hash(id, day) % 1200000 AS DECIMAL(18, 0)) * CAST(0.0001 AS DECIMAL(5, 4)) AS profit
        FROM range({users}) AS r(id), range({DAYS}) AS t(day) WHERE hash(id, day, 'b') % 200 = 0;
        ALTER TABLE exp_user_days ALTER profit TYPE DECIMAL(18, 4);
        """
    )


def day_statement() -> str:
    """The shipped model's SELECT for the last day."""
    with tempfile.TemporaryDirectory() as beside:
        write_reference(Path(beside) / "team", name="bench", demo=True)
        project = load_project(Path(beside) / "team", environ={}).project
    assert project is not None
    sql = project.models["exp_unit_profit"].sql
    return sql.replace("$start", f"({FIRST} + {DAYS - 1})").replace("$end", f"({FIRST} + {DAYS})")


def measured(users: int, repeats: int) -> dict[str, float | int]:
    """CPU seconds of the best repeat, and how much it read and made."""
    with duckdb.connect(config={"threads": 1}) as connection:
        tables(connection, users)
        sql, spent, rows = day_statement(), [], []
        for _ in range(repeats):
            began = time.process_time()
            rows = connection.execute(sql).fetchall()
            spent.append(time.process_time() - began)
        found = connection.execute("SELECT count(DISTINCT user_id) FROM exp_users").fetchone()
        booked = connection.execute("SELECT count(*) FROM exp_user_days").fetchone()
    assert found is not None
    assert booked is not None
    return {
        "users": found[0],
        "days": DAYS,
        "booked_user_days": booked[0],
        "rows": len(rows),
        "counted": sum(row[7] for row in rows if not row[3]),
        "crossovers": max(row[-1] for row in rows),
        "cpu_s": round(min(spent), 3),
        "limit_s": LIMIT_S,
    }


def main() -> int:
    """Prints the measurement as JSON; 1 when a day takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--users", type=int, default=USERS)
    asked = parser.parse_args()
    result = measured(asked.users, asked.repeats)
    print(json.dumps(result, indent=1))
    return int(result["cpu_s"] > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
