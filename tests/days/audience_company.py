"""A small company whose growth and engagement are run under a frozen clock."""

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App
from holdfast.clock import FixedClock
from holdfast.day import run_day
from holdfast.loading.init import write_reference
from holdfast.releases.produce import Produced
from holdfast.releases.release import Figure
from holdfast.testing.company import Company, write_company, write_truth

GROWTH, ENGAGEMENT = "aggregate_growth", "aggregate_engagement"
COMPANY = Company(first_on=date(2026, 8, 3), last_on=date(2026, 9, 20), orders_per_day=120, events_per_day=500)
SOURCES = ("users", "events", "sessions", "cancellations", "churn_log", "marketing")
NEWEST = COMPANY.last_on
EVE = NEWEST - timedelta(days=1)

Key = tuple[str, str, str, str, str]
"""Pipeline, grain, period, metric, segment."""


def arrival(day: date) -> date:
    """The arrival day that brings a business day's first rows."""
    return day + timedelta(days=1)


def at(day: date, hour: int = 3) -> datetime:
    """The run after a business day, 03:00 UTC of the next."""
    return datetime.combine(arrival(day), datetime.min.time(), tzinfo=UTC) + timedelta(hours=hour)


@dataclass(slots=True)
class Audience:
    """One project folder, run like a new process each time."""

    folder: Path
    good: Path
    said: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """Where faults are injected."""
        return self.folder / "data"

    def app(self) -> App:
        """The project, opened anew."""
        return App(self.folder, environ={}, say=self.said.append)

    def run(self, day: date, hour: int = 3) -> list[Produced]:
        """The run of the morning after the day."""
        app = self.app()
        try:
            return run_day(app.world(FixedClock(at(day, hour))))
        finally:
            app.close()

    def figures(self) -> dict[Key, Figure]:
        """Every current figure of both pipelines."""
        app = self.app()
        try:
            found = [each for name in (GROWTH, ENGAGEMENT) for each in app.figures.every(app.project.pipelines[name])]
            return {(f.pipeline, f.grain, f.period, f.metric, f.segment): f for f in found}
        finally:
            app.close()

    def causes(self, pipeline: str) -> set[tuple[str, str]]:
        """(check, segment) of everything that waits now."""
        app = self.app()
        try:
            return {(hold.cause, hold.segment) for hold in app.ledger.open_holds(pipeline)}
        finally:
            app.close()

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """What a reader's query over the published tables answers."""
        app = self.app()
        try:
            with reading_queries(app.stores, app.project.calendar, at(NEWEST), NEWEST) as queries:
                return queries.connection.execute(query).fetchall()
        finally:
            app.close()

    def repair(self, source: str, on: date) -> None:
        """The source's arrival of that day is what it should have been, as a new file."""
        good, mine = self.good / source / f"loaded_on={on}", self.data / source / f"loaded_on={on}"
        shutil.rmtree(mine, ignore_errors=True)
        mine.mkdir(parents=True)
        for path in good.iterdir():
            shutil.copyfile(path, mine / path.name)


def new_audience(folder: Path) -> None:
    """Writes the company's data, its truth and its team's folder without profit."""
    write_company(COMPANY, folder, sources=SOURCES)
    write_truth(COMPANY, folder)
    write_reference(folder, name="audience", demo=True)
    for other in ("aggregate_profit", "daily_growth", "unit_profit"):
        shutil.rmtree(folder / "pipelines" / other)
    for name in (GROWTH, ENGAGEMENT):
        settings = folder / f"pipelines/{name}/pipeline.yml"
        settings.write_text(settings.read_text().replace("2025-10-01", str(COMPANY.first_on)))


def copied(origin: Path, target: Path, good: Path) -> Audience:
    """The same project elsewhere; files that are only ever replaced are shared."""

    def copy(source: str, destination: str) -> None:
        if source.endswith(".parquet"):
            os.link(source, destination)
        else:
            shutil.copy2(source, destination)

    shutil.copytree(origin, target, copy_function=copy)
    return Audience(target, good)


def truth_of(folder: Path) -> dict[Key, tuple[Decimal | None, date]]:
    """(value, as_of) of every true figure of both pipelines."""
    rows = duckdb.sql(
        "SELECT pipeline, grain, period, metric, segment, value, as_of "
        f"FROM '{folder / 'truth' / 'figures.parquet'}' WHERE pipeline IN ('{GROWTH}', '{ENGAGEMENT}')"
    ).fetchall()
    return {tuple(row[:5]): (row[5], row[6]) for row in rows}


def seen(figures: dict[Key, Figure]) -> dict[Key, tuple[Decimal | None, date | None]]:
    """(value, as_of) of every figure, to set beside the truth."""
    return {key: (figure.value, figure.as_of) for key, figure in figures.items()}
