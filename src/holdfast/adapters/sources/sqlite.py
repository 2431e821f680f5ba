"""SQLite databases, opened read-only."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

from holdfast.adapters.sources.fetched import NULL
from holdfast.adapters.sources.secrets import ask
from holdfast.definitions.source import Database, Source
from holdfast.errors import WorldError
from holdfast.sqltext import literal, quoted

_LEAST_OVERLAP = timedelta(milliseconds=1)
"""SQLite compares instants as days in floating point, to about a twentieth of that."""
_FLOATS = ("DOUBLE", "FLOAT", "REAL")
_NUMBERS = ("BIGINT", "INTEGER", "SMALLINT")


@dataclass(frozen=True, slots=True)
class Sqlite:
    """Writes a source's rows as text."""

    place: Callable[[Source, str], Path]
    """Where a path of the contract is; raises when that is outside."""
    busy_s: float = 10.0
    """How long a writer is waited for."""

    def write(self, source: Source, database: Database, after: str, target: Path) -> list[str]:
        """The rows beyond the watermark `after` ("" for all), written to `target`; their columns."""
        path = self.place(source, database.path)
        if not path.is_file():
            raise WorldError(f"{path} is not there. See `path` in {source.file}. {ask(source)}")
        try:
            connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=self.busy_s, isolation_level=None)
        except sqlite3.Error as error:
            raise WorldError(f"{path} cannot be opened ({error}). Check its permissions.") from None
        try:
            connection.execute("PRAGMA query_only = 1")
            # One read transaction: columns and rows are of one moment.
            connection.execute("BEGIN")
            return _write(connection, source, database, after, target)
        except sqlite3.Error as error:
            raise WorldError(f"{path}: {_told(error, source, database)}") from None
        finally:
            connection.close()


def _write(connection: sqlite3.Connection, source: Source, database: Database, after: str, target: Path) -> list[str]:
    relation = f"({database.query.rstrip().rstrip(';')}\n)" if database.query else quoted(database.table)
    head = connection.execute(f"SELECT * FROM {relation} AS q LIMIT 0")
    columns = [each[0] for each in head.description]
    if len({name.lower() for name in columns}) < len(columns):
        raise WorldError(f"{source.file}: the query yields two columns of one name; give each its own with AS")
    lines = " || ',' || ".join(_as_text(source, name) for name in columns)
    # Bound as a value; a column that is not there would be text in double quotes to SQLite, so it is looked for first.
    where, bound = "", dict[str, object]()
    if database.watermark:
        if database.watermark.lower() not in {name.lower() for name in columns}:
            raise WorldError(f"{source.file}: watermark '{database.watermark}' is no column of it; found {', '.join(columns)}")
        if after:
            where, bound = f" WHERE {_beyond(source, database)}", _bound(source, database, after)
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join('"' + name.replace('"', '""') + '"' for name in columns) + "\n")
        rows = connection.execute(f"SELECT {lines} || char(10) FROM {relation} AS q{where}", bound)
        file.writelines(map(itemgetter(0), rows))
    return columns


def _as_text(source: Source, name: str) -> str:
    """SQL for a value in quotes, or a bare null; floats in full only where the contract wants one."""
    column, contract = f"q.{quoted(name)}", source.column(name)
    text = f"CAST({column} AS TEXT)"
    if contract is not None and contract.kind.upper() in _FLOATS:
        text = f"CASE typeof({column}) WHEN 'real' THEN printf('%!.17g', {column}) ELSE {text} END"
    return f"CASE WHEN {column} IS NULL THEN {literal(NULL)} ELSE '\"' || replace({text}, '\"', '\"\"') || '\"' END"


def _beyond(source: Source, database: Database) -> str:
    column = f"q.{quoted(database.watermark)}"
    if _is_number(source, database):
        return f"({column} > :after OR {column} IS NULL)"
    return f"(julianday({column}) > julianday(:after) OR julianday({column}) IS NULL)"


def _bound(source: Source, database: Database, after: str) -> dict[str, object]:
    """The watermark less the overlap; an instant without an offset, which SQLite reads as UTC too."""
    if _is_number(source, database):
        return {"after": int(after)}
    at = datetime.fromisoformat(after)
    at = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return {"after": (at - max(database.overlap, _LEAST_OVERLAP)).isoformat(sep=" ", timespec="microseconds")}


def _is_number(source: Source, database: Database) -> bool:
    column = source.column(database.watermark)
    return column is not None and column.kind.upper() in _NUMBERS


def _told(error: sqlite3.Error, source: Source, database: Database) -> str:
    said = str(error)
    if "no such table" in said:
        what = f"table '{database.table}'" if database.table else "a table of the query"
        return f"{what} is not there ({said}). Correct {source.file}, or ask whether it was renamed. {ask(source)}"
    if "no such column" in said:
        return f"{said}. Correct the query in {source.file}, or ask whether the column was renamed. {ask(source)}"
    if "locked" in said:
        return "the database is locked by a writer. The next run asks again."
    if "not a database" in said or "malformed" in said:
        return f"the file is no sound SQLite database ({said}). {ask(source)}"
    return f"the database refused: {said}. See {source.file}. {ask(source)}"
