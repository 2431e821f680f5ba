"""One in-memory DuckDB connection, with its errors turned into ours."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from holdfast.calendars import Calendar, offsets
from holdfast.errors import StoreError, WorldError
from holdfast.partitions import Interval
from holdfast.sqltext import literal, quoted


class Session:
    """Runs SQL; rows come back as tuples. Not shared between threads."""

    def __init__(self, temporary: Path, *, threads: int = 2, memory_mb: int = 1024) -> None:
        """`temporary` is where the engine spills when `memory_mb` is not enough."""
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": threads,
                "memory_limit": f"{memory_mb}MB",
                "temp_directory": str(temporary),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        self._calendar: Calendar | None = None

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Runs the statement. Raises WorldError, or StoreError when the disk is full."""
        with _as_ours():
            self._connection.execute(sql, parameters or None)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """All rows of the query."""
        with _as_ours():
            return self._connection.execute(sql, parameters or None).fetchall()

    def value(self, sql: str) -> Any:
        """The first column of the first row; None without rows."""
        found = self.rows(sql)
        return found[0][0] if found else None

    def names(self, relation: str) -> list[tuple[str, str]]:
        """(name, type) of each column of a table, view or `(SELECT ...)`."""
        return [(row[0], row[1]) for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")]

    def load_calendar(self, calendar: Calendar) -> None:
        """Makes calendar(grain, name, start, end), end being the day after the last, and calendar_days(day), once."""
        if calendar is self._calendar:
            return
        self.run('CREATE OR REPLACE TABLE calendar(grain VARCHAR, name VARCHAR, "start" DATE, "end" DATE)')
        rows: dict[str, object] = {
            "grain": [period.grain for period in calendar.periods],
            "name": [period.name for period in calendar.periods],
            "start": [period.interval.start for period in calendar.periods],
            "end": [period.interval.end for period in calendar.periods],
        }
        if calendar.periods:  # bound lists: as a VALUES text the same rows take ten milliseconds
            self.run("INSERT INTO calendar SELECT unnest($grain), unnest($name), unnest($start), unnest($end)", rows)
        self.run(
            'CREATE OR REPLACE TABLE calendar_days AS SELECT CAST(unnest(range(min("start"), max("end"), '
            "INTERVAL 1 DAY)) AS DATE) AS day FROM calendar"
        )
        self._calendar = calendar

    def close(self) -> None:
        """Frees the engine's memory."""
        self._connection.close()


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise WorldError(f"The engine ran out of memory: {_first_line(error)}. Build fewer days at once.") from error
    except duckdb.IOException as error:
        if "No space left" in str(error):
            raise StoreError("The disk is full. Free space and run again; readers see what they saw before.") from error
        raise WorldError(_first_line(error)) from error
    except duckdb.Error as error:
        raise WorldError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


def business_day(column: str, kind: str, zone: ZoneInfo, around: Interval) -> str:
    """SQL for the business day of a DATE column, or of an instant in the reporting zone.

    The zone's clock changes are written out as a CASE over instants: the engine's own AT TIME ZONE costs
    1.2 CPU seconds per 10 million rows, this a tenth. Only rows of days in `around` get their true day, so
    the caller keeps no others.
    """
    if kind.upper() == "DATE":
        return quoted(column)
    shifts = offsets(around, zone)
    text = ""
    for (_, offset), (until, _) in itertools.pairwise(shifts):
        text += f"WHEN {quoted(column)} < {literal(until)} THEN {_micros(offset)} "
    last = str(_micros(shifts[-1][1]))
    text = f"CASE {text}ELSE {last} END" if text else last
    return f"CAST(make_timestamp(epoch_us({quoted(column)}) + {text}) AS DATE)"


def _micros(offset: timedelta) -> int:
    return offset // timedelta(microseconds=1)


def day_list(days: Iterable[date]) -> str:
    """`(DATE '...', ...)` for use after IN; never empty text, so an empty list matches nothing."""
    return "(" + (", ".join(literal(day) for day in days) or "NULL") + ")"
