"""A tiny company, and everything of its project that must not depend on where a run was stopped."""

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App
from holdfast.clock import FixedClock
from holdfast.day import run_day
from holdfast.loading.init import write_reference
from holdfast.testing.company import Company, write_company

PIPELINE = "aggregate_profit"
COMPANY = Company(first_on=date(2026, 8, 24), last_on=date(2026, 9, 10), orders_per_day=60, events_per_day=5)
SOURCES = ("orders", "refunds", "costs", "fx_rates", "ledger_totals", "projections")
NOW = datetime(2026, 9, 11, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """What readers have: figures, published rows by table, and delivered bytes."""

    figures: tuple[Any, ...]
    tables: tuple[Any, ...]
    outputs: tuple[tuple[str, str], ...]


def new_company(folder: Path) -> None:
    """Data, and a team whose small company is not judged by how much it sells."""
    write_company(COMPANY, folder, sources=SOURCES)
    write_reference(folder, name="crash", demo=True)
    for other in ("aggregate_growth", "aggregate_engagement", "daily_growth", "unit_profit"):
        shutil.rmtree(folder / "pipelines" / other)
    settings = folder / f"pipelines/{PIPELINE}/pipeline.yml"
    settings.write_text(settings.read_text().replace("2025-10-01", str(COMPANY.first_on)))


def copied(origin: Path, target: Path) -> Path:
    """The same project elsewhere; files that are only ever replaced are shared."""

    def copy(source: str, destination: str) -> None:
        if source.endswith(".parquet"):
            os.link(source, destination)
        else:
            shutil.copy2(source, destination)

    shutil.copytree(origin, target, copy_function=copy)
    return target


def run(folder: Path, at: datetime = NOW) -> list[str]:
    """One run like a new process's; how each part of it ended, in words."""
    said: list[str] = []
    app = App(folder, environ={}, say=said.append)
    try:
        for produced in run_day(app.world(FixedClock(at))):
            said.append(str(produced))
    finally:
        close(app)
    return said


def close(app: App) -> None:
    """Gives back what a process's end would."""
    for part in ("ledger", "session"):
        if part in vars(app):
            getattr(app, part).close()


def outcome(folder: Path) -> Outcome:
    """What readers have now."""
    app = App(folder, environ={}, say=lambda _: None)
    try:
        figures = tuple(
            (f.grain, f.period, f.metric, f.segment, f.value, f.as_of, f.version, f.state, f.reason)
            for f in app.figures.every(app.project.pipelines[PIPELINE])
        )
        tables = []
        with reading_queries(app.stores, app.project.calendar, NOW, NOW.date()) as queries:
            for name in sorted(app.stores["investors"].current().tables):
                rows = queries.connection.execute(f'SELECT count(*), sum(hash(t)) FROM "{name}" AS t').fetchall()
                tables.append((name, rows))
    finally:
        close(app)
    files = sorted(path for path in (folder / ".holdfast" / "outputs").rglob("*") if path.is_file())
    outputs = tuple((str(p.relative_to(folder)), hashlib.sha256(p.read_bytes()).hexdigest()) for p in files)
    return Outcome(figures, tuple(tables), outputs)


if __name__ == "__main__":
    run(Path(sys.argv[1]), NOW - timedelta(days=int(sys.argv[2])))
