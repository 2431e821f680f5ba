"""Rows as a Parquet file, written by the engine."""

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from holdfast.sqltext import quoted

TYPES = {
    str: "VARCHAR",
    int: "BIGINT",
    Decimal: "DECIMAL(38, 12)",
    date: "DATE",
    datetime: "TIMESTAMPTZ",
}


def parquet(columns: Sequence[tuple[str, type]], rows: Sequence[Sequence[object]]) -> bytes:
    """The file; the same rows give the same bytes, in their order."""
    # One thread: several would cut the row groups differently from run to run.
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        named = ", ".join(f"{quoted(name)} {TYPES[kind]}" for name, kind in columns)
        connection.execute(f"CREATE TABLE report({named})")
        if rows:
            # A datetime bound as a parameter would need pytz; as text it is cast.
            connection.executemany(
                f"INSERT INTO report VALUES ({', '.join('?' * len(columns))})",
                [[each.isoformat() if isinstance(each, datetime) else each for each in row] for row in rows],
            )
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "report.parquet"
            connection.execute("COPY report TO $file (FORMAT parquet, COMPRESSION zstd)", {"file": str(file)})
            return file.read_bytes()
    finally:
        connection.close()
