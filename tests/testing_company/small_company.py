"""One small company for all tests: two and a half months over the end of summer time and into the holidays."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from holdfast.testing.company import Company

Rows = list[tuple[Any, ...]]
Ask = Callable[[str], Rows]

COMPANY = Company(seed=11, first_on=date(2026, 10, 20), last_on=date(2027, 1, 5), orders_per_day=150,
                  events_per_day=300)  # fmt: skip


def asker(folder: Path) -> Ask:
    """Asks the sources of the company in the folder, in UTC."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for source in sorted(path.name for path in (folder / "data").iterdir()):
        files = f"{folder}/data/{source}/*/*.parquet"
        connection.execute(f"CREATE VIEW {source} AS FROM read_parquet('{files}', hive_partitioning = true)")

    def rows(question: str) -> Rows:
        return connection.execute(question).fetchall()

    return rows
