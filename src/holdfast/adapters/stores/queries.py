"""Published tables under a person's own SELECT: nothing else can be read, nothing written or set."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from holdfast.adapters.stores.parts import PartStore
from holdfast.calendars import Calendar
from holdfast.errors import DefinitionError, WorldError
from holdfast.partitions import Days, Interval
from holdfast.releases.figures import current_figures, stored_figures
from holdfast.releases.manifest import Manifest, Table
from holdfast.sqltext import listed, literal, quoted

MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a SELECT found."""

    columns: tuple[tuple[str, str], ...]
    """Name and type."""
    rows: tuple[tuple[Any, ...], ...]
    more: bool
    """There were more rows than the limit."""


@dataclass(frozen=True, slots=True)
class Queries:
    """A locked-down engine over what readers see, for as long as its `reading` block lasts."""

    connection: duckdb.DuckDBPyConnection

    def select(self, sql: str, *, limit: int, timeout_s: float) -> Answer:
        """The first `limit` rows of one SELECT.

        Raises DefinitionError when it is not exactly one SELECT, or the engine refuses it; WorldError when
        it takes longer than `timeout_s`.
        """
        _refuse_other_than_select(self.connection, sql)
        timer = threading.Timer(timeout_s, self.connection.interrupt)
        timer.start()
        try:
            answer = self.connection.execute(sql)
            columns = tuple((str(name), str(kind)) for name, kind, *_ in answer.description or ())
            rows = answer.fetchmany(limit + 1)
        except duckdb.InterruptException as error:
            raise WorldError(
                f"the query was stopped after {timeout_s:g} s. Narrow it to fewer days, or give --timeout SECONDS."
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise WorldError(f"the query needs more than {MEMORY_MB} MB. Narrow it to fewer days.") from error
        except duckdb.Error as error:
            raise DefinitionError(_said(error)) from error
        finally:
            timer.cancel()
        return Answer(columns, tuple(rows[:limit]), len(rows) > limit)

    def tables(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Every table with its columns' names and types, by name."""
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in self.connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "ORDER BY table_name, ordinal_position"
        ).fetchall():
            found.setdefault(table, []).append((column, kind))
        return list(found.items())


@contextmanager
def reading_queries(
    stores: Mapping[str, PartStore],
    calendar: Calendar,
    now: datetime,
    today: date,
    held: tuple[str, date] | None = None,
) -> Iterator[Queries]:
    """Every published table under its name, `figures`, `figure_history` and `calendar`, from one consistent state.

    The engine can open the manifests' files only; it cannot write, attach, install or set. CURRENT_DATE is
    `today` and now() is `now`, the project's clock. `held` (audience, day) shows that day's held candidates in
    place of what readers see of it.
    """
    with ExitStack() as stack:
        states = [(store, stack.enter_context(store.reading())) for store in stores.values()]
        connection = duckdb.connect(
            ":memory:",
            config={
                "threads": 2,
                "memory_limit": f"{MEMORY_MB}MB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            for statement in (*_clock(now, today), *_calendar(calendar)):
                connection.execute(statement)
            files = _show(connection, states, held)
            # An empty list would allow nothing, which is right; temp_directory '' keeps big sorts in memory.
            connection.execute("SET temp_directory = ''")
            connection.execute(f"SET allowed_paths = {listed(files)}")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield Queries(connection)
        finally:
            connection.close()


def _clock(now: datetime, today: date) -> list[str]:
    """The engine's own clock functions, replaced: macros are found before built-in functions."""
    at, local = literal(now), f"TIMESTAMP '{now:%Y-%m-%d %H:%M:%S.%f}'"
    macros = {
        "current_date": literal(today),
        "today": literal(today),
        "now": at,
        "get_current_timestamp": at,
        "transaction_timestamp": at,
        "current_localtimestamp": local,
        "current_localtime": f"CAST({local} AS TIME)",
        "get_current_time": f"CAST({local} AS TIME)",
    }
    return ["SET TimeZone = 'UTC'", *(f"CREATE MACRO {name}() AS {value}" for name, value in macros.items())]


def _calendar(calendar: Calendar) -> list[str]:
    rows = ", ".join(
        f"({literal(p.grain)}, {literal(p.name)}, {literal(p.interval.start)}, {literal(p.interval.end)})"
        for p in calendar.periods
    )
    table = 'CREATE TABLE calendar(grain VARCHAR, name VARCHAR, "start" DATE, "end" DATE)'
    return [table, f"INSERT INTO calendar VALUES {rows}"] if rows else [table]


def _show(
    connection: duckdb.DuckDBPyConnection,
    states: Sequence[tuple[PartStore, Manifest]],
    held: tuple[str, date] | None,
) -> list[str]:
    """Makes the views; the files they read."""
    figures = [str(store.parts / part.file) for store, manifest in states for part in manifest.figures]
    files = list(figures)
    for store, manifest in states:
        for name, table in sorted(manifest.tables.items()):
            day = held[1] if held and held[0] == manifest.audience else None
            select, read = _rows_of(store.parts, table, day)
            if select:
                connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {select}")
            files += read
    connection.execute(f"CREATE VIEW figure_history AS {stored_figures(figures)}")
    connection.execute(f"CREATE VIEW figures AS {current_figures('SELECT * FROM figure_history')}")
    return files


def _rows_of(parts: Path, table: Table, held: date | None) -> tuple[str, list[str]]:
    """SELECT of the table as readers see it, with the held candidates of one day in its place; and its files."""
    waiting = [part for part in table.held if held is not None and held in part.interval]
    shown = [str(parts / part.file) for part in table.parts]
    candidates = [str(parts / part.file) for part in waiting]
    selects = []
    if shown:
        day = quoted(table.day)
        instead = Days.of(part.interval for part in waiting).intervals
        kept = " AND ".join(f"NOT ({_within(day, each)})" for each in instead)
        selects.append(f"SELECT * FROM read_parquet({listed(shown)})" + (f" WHERE {kept}" if kept else ""))
    if candidates:
        selects.append(f"SELECT * FROM read_parquet({listed(candidates)})")
    return " UNION ALL BY NAME ".join(selects), [*shown, *candidates]


def _within(day: str, interval: Interval) -> str:
    return f"{day} >= {literal(interval.start)} AND {day} < {literal(interval.end)}"


def _refuse_other_than_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise DefinitionError(_said(error)) from error
    if len(statements) != 1:
        raise DefinitionError(f"expected one SELECT, found {len(statements)} statements. Ask one thing at a time.")
    kind = statements[0].type.name
    if kind != "SELECT":
        raise NotASelect(kind)


class NotASelect(DefinitionError):
    """`kind` is what it is instead: DELETE, COPY, SET."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"{kind} is refused: published tables are read-only here. Ask with one SELECT; "
            "what changes data is a verb of its own, see `holdfast --help`."
        )
        self.kind = kind


def _said(error: duckdb.Error) -> str:
    """The engine's words without its picture of the statement."""
    first, _, rest = str(error).partition("\n")
    hint = next((line.strip() for line in rest.splitlines() if line.startswith(("Did you mean", "Candidate"))), "")
    return f"{first.strip()} {hint}".strip()
