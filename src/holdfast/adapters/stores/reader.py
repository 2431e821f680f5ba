"""Readers of published tables and figures: one consistent state, in any process, beside a writing builder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from holdfast.adapters.stores.parts import PartStore
from holdfast.adapters.warehouses.session import Session
from holdfast.calendars import Calendar
from holdfast.definitions.pipeline import Pipeline
from holdfast.releases.figures import COLUMNS, current_figures, stored_figures
from holdfast.releases.manifest import FigurePart, Manifest
from holdfast.releases.release import Figure, FigureState
from holdfast.sqltext import listed, literal, quoted


@dataclass(frozen=True, slots=True)
class PublishedFigures:
    """Reads the figures of every audience; implements releases.ports.FigureReader."""

    stores: dict[str, PartStore]
    session: Callable[[], Session]

    def current(self, pipeline: Pipeline, grain: str | None = None) -> list[Figure]:
        """The newest row of every key of the pipeline, of one grain when it is named; by period, then key."""
        return self._figures(pipeline, f"grain = {literal(grain)}" if grain else "TRUE", history=False)

    def touched_since(self, pipeline: Pipeline, grain: str, release: int) -> list[str]:
        """Periods of the grain that later releases touched."""
        store = self.stores[pipeline.audience]
        with store.reading() as manifest:
            newer = tuple(part for part in manifest.figures if part.last_release > release)
            rows = self._rows(
                f"SELECT DISTINCT period FROM ({figures_sql(store, newer)}) WHERE release > {release} "
                f"AND pipeline = {literal(pipeline.name)} AND grain = {literal(grain)} ORDER BY 1"
            )
            return [row[0] for row in rows]

    def of_periods(self, pipeline: Pipeline, grain: str, periods: Sequence[str]) -> list[Figure]:
        """The newest row of every key of these periods."""
        wanted = f"grain = {literal(grain)} AND list_contains({listed(periods)}, period)"
        return self._figures(pipeline, wanted, history=False)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.session().rows(sql)

    def of_period(self, pipeline: Pipeline, periods: list[str], *, history: bool = False) -> list[Figure]:
        """Figures of the named periods; with `history` every row ever released, oldest first."""
        return self._figures(pipeline, f"list_contains({listed(periods)}, period)", history=history)

    def every(self, pipeline: Pipeline, *, history: bool = False) -> list[Figure]:
        """All figures of the pipeline."""
        return self._figures(pipeline, "TRUE", history=history)

    def _figures(self, pipeline: Pipeline, condition: str, *, history: bool) -> list[Figure]:
        store = self.stores[pipeline.audience]
        with store.reading() as manifest:
            rows = figures_sql(store, manifest.figures)
            mine = f"SELECT * FROM ({rows}) WHERE pipeline = {literal(pipeline.name)} AND {condition}"
            names = ", ".join(name for name, _ in COLUMNS)
            order = "grain, period, metric, segment, release, as_of NULLS FIRST"
            select = f"SELECT {names} FROM ({mine if history else current_figures(mine)}) ORDER BY {order}"
            return [_figure(row) for row in self._rows(select)]


def figures_sql(store: PartStore, parts: tuple[FigurePart, ...]) -> str:
    """SELECT of every figure row in the parts."""
    return stored_figures([str(store.parts / part.file) for part in parts])


def _figure(row: tuple[Any, ...]) -> Figure:
    release, pipeline, grain, period, metric, segment, value, unit, state, version, as_of, at, backfilled, why, _ = row
    return Figure(
        pipeline, grain, period, metric, segment, value, unit, FigureState(state), version, as_of, at, release, backfilled, why
    )


@contextmanager
def reading_tables(
    stores: dict[str, PartStore], calendar: Calendar, now: datetime, held: tuple[str, str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked-down connection with every published table as a view, for as long as the block lasts.

    Only the manifests' own files can be read, nothing can be written, attached, installed or set. The
    function current_date is replaced by the project's clock before the door is shut. `held` (audience, day)
    adds the held candidates of that day instead of what readers see of it.
    """
    managers = [store.reading() for store in stores.values()]
    manifests: list[tuple[PartStore, Manifest]] = []
    with _entered(managers) as entered:
        manifests = list(zip(stores.values(), entered, strict=True))
        files = [str(store.parts / name) for store, manifest in manifests for name in manifest.files]
        connection = duckdb.connect(
            ":memory:",
            config={"threads": 2, "autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            for sql in _views(manifests, calendar, held):
                connection.execute(sql)
            connection.execute(f"SET allowed_paths = {listed(files)}")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


@contextmanager
def _entered(managers: list) -> Iterator[list[Manifest]]:  # type: ignore[type-arg]
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield [stack.enter_context(manager) for manager in managers]


def _views(manifests: list[tuple[PartStore, Manifest]], calendar: Calendar, held: tuple[str, str] | None) -> list[str]:
    statements = ['CREATE TABLE calendar(grain VARCHAR, name VARCHAR, "start" DATE, "end" DATE)']
    rows = ", ".join(
        f"({literal(p.grain)}, {literal(p.name)}, {literal(p.interval.start)}, {literal(p.interval.end)})"
        for p in calendar.periods
    )
    if rows:
        statements.append(f"INSERT INTO calendar VALUES {rows}")
    figures: list[str] = []
    for store, manifest in manifests:
        figures += [str(store.parts / part.file) for part in manifest.figures]
        for name, table in manifest.tables.items():
            paths = [str(store.parts / part.file) for part in table.parts]
            if paths:
                statements.append(f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT * FROM read_parquet({listed(paths)})")
    history = stored_figures(figures)
    statements.append(f"CREATE VIEW figure_history AS {history}")
    statements.append(f"CREATE VIEW figures AS {current_figures('SELECT * FROM figure_history')}")
    return statements
