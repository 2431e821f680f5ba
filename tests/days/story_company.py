"""A small company under a frozen clock: its morning runs, and what its readers then see."""

import os
import shutil
import time as time_passed
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App
from holdfast.clock import FixedClock, Waiting
from holdfast.day import run_day
from holdfast.loading.init import write_reference
from holdfast.releases.produce import Produced
from holdfast.releases.release import Approval, Figure, FigureState, Hold
from holdfast.testing.company import Company, write_company, write_truth

PIPELINE = "aggregate_profit"
COMPANY = Company(
    first_on=date(2026, 8, 3), last_on=date(2026, 9, 20), orders_per_day=600, events_per_day=10
)
SOURCES = ("orders", "refunds", "costs", "fx_rates", "ledger_totals", "projections")
NEWEST = COMPANY.last_on
"""The last business day; its arrival also brings every row that is still late."""
EVE = NEWEST - timedelta(days=1)
METRICS = {"gross_revenue", "refunds", "revenue", "cost", "profit", "orders", "margin"}
ALL_BUT_ORDERS = METRICS - {"orders"}

UNHURRIED = Waiting(lambda _: None, time_passed.monotonic, lambda: datetime.now(UTC))
"""Nobody waits for an API that asks to be waited for."""

Key = tuple[str, str, str, str]
"""Grain, period, metric, segment."""


def arrival(day: date) -> date:
    """The arrival day that brings a business day's first rows."""
    return day + timedelta(days=1)


def morning(day: date, hour: int = 3) -> datetime:
    """The run after a business day: 03:00 UTC of the next."""
    return datetime.combine(arrival(day), time(hour), tzinfo=UTC)


@dataclass(slots=True)
class Story:
    """One project folder, run like a new process each time."""

    folder: Path
    good: Path
    """The company's undamaged data."""
    said: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Where faults are injected."""
        return self.folder / "data"

    @contextmanager
    def app(self) -> Iterator[App]:
        """The project, opened anew and closed again."""
        app = App(self.folder, environ=self.environ, say=self.said.append, waiting=UNHURRIED)
        try:
            yield app
        finally:
            for part in ("ledger", "session"):
                if part in vars(app):
                    getattr(app, part).close()

    def run(self, day: date, hour: int = 3) -> list[Produced]:
        """The run of the morning after the day."""
        self.said.clear()
        with self.app() as app:
            return run_day(app.world(FixedClock(morning(day, hour))))

    def figures(self) -> dict[Key, Figure]:
        """Every current figure, by key."""
        with self.app() as app:
            return {key_of(f): f for f in app.figures.every(app.project.pipelines[PIPELINE])}

    def history(self, *periods: str) -> list[Figure]:
        """Every row ever released of the periods, oldest first."""
        with self.app() as app:
            return app.figures.of_period(app.project.pipelines[PIPELINE], list(periods), history=True)

    def holds(self) -> list[Hold]:
        """What waits now."""
        with self.app() as app:
            return app.ledger.open_holds(PIPELINE)

    def causes(self) -> set[tuple[str, str]]:
        """(check, segment) of everything that waits now."""
        return {(hold.cause, hold.segment) for hold in self.holds()}

    def approve(self, holds: Iterable[Hold], reason: str, at: datetime) -> None:
        """The finance lead lets these through."""
        with self.app() as app:
            for hold in holds:
                app.ledger.approve(Approval(hold.id, "finance_lead", "test", reason, at))

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """What a reader's query over the published tables answers."""
        with self.app() as app, reading_queries(app.stores, app.project.calendar, morning(NEWEST), NEWEST) as queries:
            return queries.connection.execute(query).fetchall()

    def repair(self, source: str, on: date) -> None:
        """The source's arrival of that day is what it should have been, as a new file."""
        good, mine = self.good / source / f"loaded_on={on}", self.data / source / f"loaded_on={on}"
        shutil.rmtree(mine, ignore_errors=True)
        mine.mkdir(parents=True)
        for path in good.iterdir():
            shutil.copyfile(path, mine / path.name)

    def edit(self, file: str, old: str, new: str) -> None:
        """Changes the team's folder; the old text must be there once at least."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.unlink()  # it may be shared with other stories
        path.write_text(text.replace(old, new), encoding="utf-8")

    def drop_checks(self, *names: str) -> None:
        """The team has never declared these checks."""
        import re  # noqa: PLC0415

        path = self.folder / f"pipelines/{PIPELINE}/checks.yml"
        text = path.read_text(encoding="utf-8")
        for name in names:
            text, found = re.subn(rf"\n  {name}:(.*)\n(    .*\n)*", "\n", text)
            assert found == 1, name
        path.write_text(text, encoding="utf-8")


def new_company(folder: Path) -> None:
    """Writes the company's data, its truth and its team's folder."""
    write_company(COMPANY, folder, sources=SOURCES)
    write_truth(COMPANY, folder)
    write_reference(folder, name="story", demo=True)
    for other in ("aggregate_growth", "aggregate_engagement", "daily_growth", "unit_profit"):
        shutil.rmtree(folder / "pipelines" / other)
    settings = folder / f"pipelines/{PIPELINE}/pipeline.yml"
    settings.write_text(settings.read_text().replace("2025-10-01", str(COMPANY.first_on)))


def copied(origin: Path, target: Path, good: Path) -> Story:
    """The same project elsewhere; files that are only ever replaced are shared."""

    def copy(source: str, destination: str) -> None:
        if source.endswith((".parquet", ".sql", ".yaml")):
            os.link(source, destination)
        else:
            shutil.copy2(source, destination)

    shutil.copytree(origin, target, copy_function=copy)
    return Story(target, good)


def key_of(figure: Figure) -> Key:
    """What a figure is known by."""
    return figure.grain, figure.period, figure.metric, figure.segment


def truth_of(folder: Path) -> dict[Key, tuple[Decimal | None, date]]:
    """(value, as_of) of every true figure."""
    path = folder / "truth" / "figures.parquet"
    rows = duckdb.sql(
        f"SELECT grain, period, metric, segment, value, as_of FROM '{path}' WHERE pipeline = '{PIPELINE}'"
    ).fetchall()
    return {(grain, period, metric, segment): (value, as_of) for grain, period, metric, segment, value, as_of in rows}


def seen(figures: dict[Key, Figure]) -> dict[Key, tuple[Decimal | None, date | None]]:
    """(value, as_of) of every figure, to set beside the truth."""
    return {key: (figure.value, figure.as_of) for key, figure in figures.items()}


def held(figures: dict[Key, Figure], day: date) -> set[tuple[str, str]]:
    """(metric, segment) of the day's held figures."""
    return {
        (f.metric, f.segment)
        for f in figures.values()
        if f.grain == "day" and f.period == str(day) and f.state is FigureState.HELD
    }


def published(figures: dict[Key, Figure], day: date) -> set[tuple[str, str]]:
    """(metric, segment) of the day's figures that have a value and are not held."""
    return {
        (f.metric, f.segment)
        for f in figures.values()
        if f.grain == "day" and f.period == str(day) and f.state is not FigureState.HELD
    }


def moved(before: dict[Key, Figure], after: dict[Key, Figure]) -> list[tuple[Figure, Figure]]:
    """Figures that had a value and have another value or another last day now."""
    return [
        (old, after[key])
        for key, old in before.items()
        if (old.value, old.as_of) != (after[key].value, after[key].as_of) and old.version
    ]


def unexplained(before: dict[Key, Figure], after: dict[Key, Figure]) -> list[tuple[Figure, Figure]]:
    """Moved figures that neither gained a day nor name the late rows that moved them."""
    return [
        (old, new)
        for old, new in moved(before, after)
        if not (new.as_of and old.as_of and new.as_of > old.as_of and new.grain != "day")
        and "late rows: " not in new.reason
    ]
