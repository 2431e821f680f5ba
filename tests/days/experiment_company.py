"""A small company whose experiments are read, run under a frozen clock."""

import os
import shutil
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App
from holdfast.calendars import BusinessDays
from holdfast.clock import FixedClock
from holdfast.day import run_day
from holdfast.loading.init import write_reference
from holdfast.releases.status import StatusView
from holdfast.so_far import SoFar, so_far
from holdfast.standing import status_of
from holdfast.testing.company import Company, write_company
from holdfast.testing.truth_experiments import Sums

UNIT_PROFIT, DAILY_GROWTH = "unit_profit", "daily_growth"
COMPANY = Company(first_on=date(2026, 6, 1), last_on=date(2026, 7, 26), orders_per_day=120, events_per_day=500)
SOURCES = ("orders", "refunds", "costs", "fx_rates", "users", "events", "experiments", "assignments")
NEWEST = COMPANY.last_on
EVE = NEWEST - timedelta(days=1)


def arrival(day: date) -> date:
    """The arrival day that brings a business day's first rows."""
    return day + timedelta(days=1)


def at(day: date) -> datetime:
    """The run after a business day, 03:00 UTC of the next."""
    return datetime.combine(arrival(day), datetime.min.time(), tzinfo=UTC) + timedelta(hours=3)


@dataclass(slots=True)
class Laboratory:
    """One project folder, run like a new process each time."""

    folder: Path

    @property
    def data(self) -> Path:
        """Where faults are injected."""
        return self.folder / "data"

    @property
    def lake(self) -> Path:
        """Where daily growth's files lie."""
        return self.folder / ".holdfast/outputs/lake/exp_daily_growth"

    def app(self) -> App:
        """The project, opened anew."""
        return App(self.folder, environ={}, say=lambda _: None)

    def run(self, day: date, *only: str) -> dict[str, tuple[str, int]]:
        """The run of the morning after the day: how each pipeline's last run ended, and what is held."""
        app = self.app()
        try:
            done = run_day(app.world(FixedClock(at(day))), only or None)
            return {each.pipeline: (each.state.value, each.held) for each in done}
        finally:
            app.close()

    def so_far(self, now: datetime, pipeline: str = DAILY_GROWTH, table: str = "exp_daily_growth") -> SoFar:
        """What the running day has come to."""
        app = self.app()
        try:
            return so_far(app.world(FixedClock(now)), app.pipeline(pipeline), table)
        finally:
            app.close()

    @staticmethod
    def rows(found: SoFar) -> list[dict[str, Any]]:
        """Its rows by column."""
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def status(self, day: date) -> StatusView:
        """Where everything stands after the day's run."""
        app = self.app()
        try:
            world = app.world(FixedClock(at(day)))
            through = {p.name: app.figures.published_through(p) for p in app.project.pipelines.values()}
            return status_of(world, BusinessDays(), through, None)
        finally:
            app.close()

    def banners(self, day: date, pipeline: str = UNIT_PROFIT) -> set[tuple[str, str]]:
        """(check, segment) of every banner over the day's statistics."""
        found = next(each for each in self.status(day).pipelines if each.pipeline == pipeline)
        return {(banner.check, banner.segment) for banner in found.banners if banner.last == day}

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """What a reader's query over the published tables answers."""
        app = self.app()
        try:
            with reading_queries(app.stores, app.project.calendar, at(NEWEST), NEWEST) as queries:
                return queries.connection.execute(query).fetchall()
        finally:
            app.close()

    def sums(self, experiment: str, day: date) -> dict[tuple[str, str, str], Sums]:
        """The published rows of an experiment's day, in the truth's own units."""
        names = [each.name for each in fields(Sums)]
        rows = self.sql(
            f"SELECT experiment, variant, segment, {', '.join(names)} FROM exp_unit_profit "
            f"WHERE experiment = '{experiment}' AND day = DATE '{day}'"
        )
        return {row[:3]: _sums(dict(zip(names, row[3:], strict=True))) for row in rows}


def _sums(row: dict[str, Any]) -> Sums:
    once = {"n": 1, "crossovers": 1, "y": 10**4, "x": 10**4, "wy": 10**4, "cap": 10**4}
    return Sums(**{name: int(value * once.get(name, 10**8)) for name, value in row.items()})


def new_laboratory(folder: Path) -> None:
    """Writes the company's data and its team's folder; investors' pipelines stay unbuilt."""
    write_company(COMPANY, folder, sources=SOURCES)
    write_reference(folder, name="laboratory", demo=True)
    for other in ("aggregate_growth", "aggregate_engagement"):
        shutil.rmtree(folder / "pipelines" / other)
    for settings in folder.glob("pipelines/*/pipeline.yml"):
        settings.write_text(settings.read_text().replace("2025-10-01", str(COMPANY.first_on)))


def copied(origin: Path, target: Path) -> Laboratory:
    """The same project elsewhere; files that are only ever replaced are shared."""

    def copy(source: str, destination: str) -> None:
        if source.endswith(".parquet"):
            os.link(source, destination)
        else:
            shutil.copy2(source, destination)

    shutil.copytree(origin, target, copy_function=copy)
    return Laboratory(target)
