"""Readers of published tables and figures: one consistent state, in any process, beside a writing builder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.adapters.stores.parts import PartStore
from holdfast.adapters.warehouses.session import Session
from holdfast.definitions.pipeline import Pipeline
from holdfast.releases.figures import COLUMNS, current_figures, stored_figures
from holdfast.releases.manifest import FigurePart
from holdfast.releases.release import Figure, FigureState
from holdfast.sqltext import listed, literal


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
            newer = tuple(part for part in manifest.figures_of(pipeline.name) if part.last_release > release)
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

    def periods(self, pipeline: Pipeline) -> list[tuple[str, str]]:
        """(grain, period) of everything ever released for the pipeline."""
        store = self.stores[pipeline.audience]
        with store.reading() as manifest:
            rows = self._rows(
                f"SELECT DISTINCT grain, period FROM ({figures_sql(store, manifest.figures_of(pipeline.name))}) "
                f"WHERE pipeline = {literal(pipeline.name)} ORDER BY ALL"
            )
            return [(grain, period) for grain, period in rows]

    def published_through(self, pipeline: Pipeline) -> date | None:
        """The last day of which readers have the total of every metric with days; None when there is none."""
        store = self.stores[pipeline.audience]
        daily = [m.id for m in pipeline.metrics if "day" in m.grains and not m.after_days]
        with store.reading() as manifest:
            found = self._rows(
                f"SELECT max(period) FROM (SELECT period FROM ({figures_sql(store, manifest.figures_of(pipeline.name))}) "
                f"WHERE pipeline = {literal(pipeline.name)} AND grain = 'day' AND segment = '' AND version > 0 "
                f"AND list_contains({listed(daily)}, metric) "
                f"GROUP BY period HAVING count(DISTINCT metric) = {len(daily)})"
            )[0][0]
            return date.fromisoformat(found) if found else None

    def _figures(self, pipeline: Pipeline, condition: str, *, history: bool) -> list[Figure]:
        store = self.stores[pipeline.audience]
        with store.reading() as manifest:
            rows = figures_sql(store, manifest.figures_of(pipeline.name))
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
