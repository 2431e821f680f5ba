"""Statistics of experiments, out of a published table or a file that has its columns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from holdfast.errors import DefinitionError, WorldError
from holdfast.experiments.published import TABLE
from holdfast.experiments.statistics import COLUMNS, MAY_BE_NULL, Row, row_of
from holdfast.sqltext import literal, quoted

if TYPE_CHECKING:
    from holdfast.adapters.stores.queries import Queries

MOST_ROWS = 2_000_000
TIMEOUT_S = 60.0
KEY = ("experiment", "day", "segment", "variant")
READERS = {".parquet": "read_parquet({})", ".csv": "read_csv({}, header = true, all_varchar = true, nullstr = '')"}


@dataclass(frozen=True, slots=True)
class StatisticsTable:
    """Implements `experiments.published.Statistics` over a relation that can be asked."""

    ask: Callable[[str], list[tuple[Any, ...]]]
    relation: str

    def days(self) -> dict[str, list[date]]:
        """Experiment -> its days, in order."""
        found: dict[str, list[date]] = {}
        for experiment, day in self.ask(f"SELECT DISTINCT experiment, day FROM {self.relation} ORDER BY ALL"):
            found.setdefault(experiment, []).append(day)
        return found

    def rows(self, experiment: str, through: date) -> list[Row]:
        """Of the experiment up to and with that day, by day, segment and variant."""
        wanted = f"experiment = {literal(experiment)} AND day <= {literal(through)}"
        select = f"SELECT {_columns()} FROM {self.relation} WHERE {wanted} ORDER BY day, segment, variant"
        return [row_of(row) for row in self.ask(select)]


def published(queries: "Queries") -> StatisticsTable:
    """Of what readers see. DefinitionError when the table is not published, or lacks a column."""
    columns = dict(queries.tables()).get(TABLE)
    if columns is None:
        raise DefinitionError(
            f"no table {TABLE} is published here. The pipeline that builds it makes it with `holdfast run`; "
            "`--stats FILE` reads statistics from a file instead."
        )
    _refuse_missing(f"table {TABLE}", [name for name, _ in columns])

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return list(queries.select(sql, limit=MOST_ROWS, timeout_s=TIMEOUT_S).rows)

    return StatisticsTable(ask, quoted(TABLE))


@contextmanager
def in_file(path: Path) -> Iterator[StatisticsTable]:
    """Of a Parquet or CSV file with the table's columns; further columns are ignored.

    Raises WorldError when it is not there, DefinitionError when a column is missing or a value is not of its type.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DefinitionError(f"--stats {path}: statistics are read from .parquet or .csv files.")
    if not path.is_file():
        raise WorldError(f"--stats {path}: there is no such file.")
    source = reader.format(literal(str(path)))
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        described = _told(connection, path, f"DESCRIBE SELECT * FROM {source}")
        _refuse_missing(f"--stats {path}", [row[0] for row in described])
        _told(connection, path, f"CREATE TABLE statistics AS SELECT {_columns()} FROM {source}")
        _refuse_impossible(connection, path)
        yield StatisticsTable(lambda sql: connection.execute(sql).fetchall(), "statistics")
    finally:
        connection.close()


def _columns() -> str:
    """Every column with its type; a segment that a CSV left empty is everybody."""
    casts = (f"CAST({quoted(name)} AS {kind})" for name, kind in COLUMNS)
    return ", ".join(
        f"coalesce({cast}, '') AS segment" if name == "segment" else f"{cast} AS {quoted(name)}"
        for cast, (name, _) in zip(casts, COLUMNS, strict=True)
    )


def _refuse_missing(where: str, there: list[str]) -> None:
    missing = [name for name, _ in COLUMNS if name not in there]
    if missing:
        raise DefinitionError(
            f"{where}: lacks {', '.join(missing)}. A table of statistics has {', '.join(name for name, _ in COLUMNS)}."
        )


def _told(connection: duckdb.DuckDBPyConnection, path: Path, sql: str) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise DefinitionError(f"--stats {path}: {said}") from error


def _refuse_impossible(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """What a CAST lets through and no statistics can be."""
    for name, _ in COLUMNS:
        if name not in MAY_BE_NULL and _told(connection, path, f"SELECT 1 FROM statistics WHERE {name} IS NULL LIMIT 1"):
            raise DefinitionError(f"--stats {path}: column {name} has an empty value; only ended_on may be empty.")
    if _told(connection, path, "SELECT 1 FROM statistics WHERE n < 0 OR planned_share < 0 LIMIT 1"):
        raise DefinitionError(f"--stats {path}: n and planned_share cannot be negative.")
    key = ", ".join(KEY)
    twice = _told(connection, path, f"SELECT {key} FROM statistics GROUP BY {key} HAVING count(*) > 1 ORDER BY ALL LIMIT 1")
    if twice:
        said = ", ".join(f"{name} '{value}'" for name, value in zip(KEY, twice[0], strict=True))
        raise DefinitionError(f"--stats {path}: two rows have {said}; there must be one.")
