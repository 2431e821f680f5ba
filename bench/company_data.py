"""The data that is measured on: a generated company of the wanted size, made once and kept."""

import os
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from holdfast.testing.company import Company, write_company
from holdfast.testing.company_plan import volume

FIRST_ON = date(2025, 10, 1)
NEW_DAYS = 3
"""Days that arrive one by one after the history. One more follows, which brings every row still late."""
PROFIT = ("orders", "refunds", "costs", "fx_rates", "ledger_totals", "projections")
SOURCES = (*PROFIT, "users", "cancellations", "churn_log", "marketing", "events", "sessions")
LINES_PER_ORDER = 1.614
EVENTS_PER_PLANNED = 1.018
"""As the generated company draws them; only the size of what is asked for depends on it."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many order lines and events over how many days."""

    lines: int
    events: int
    days: int

    @property
    def last_on(self) -> date:
        """The last business day of the history."""
        return FIRST_ON + timedelta(days=self.days - 1)


def generated(size: Size, folder: Path) -> Path:
    """A folder with the company's files, generated unless an earlier run left it there whole."""
    company = _company(size)
    there = folder / f"{size.lines}-lines-{size.events}-events-{size.days}-days"
    if not (there / "company.json").exists():
        shutil.rmtree(there, ignore_errors=True)
        write_company(company, there, sources=SOURCES)
    return there


def reveal(data: Path, project: Path, until: date) -> int:
    """Links every arrival up to that morning into the project's own data folder; how many files are new."""
    new = 0
    for source in SOURCES:
        for day in sorted((data / "data" / source).iterdir()):
            if date.fromisoformat(day.name.removeprefix("loaded_on=")) > until:
                continue
            beside = project / "data" / source / day.name
            if beside.exists():
                continue
            beside.mkdir(parents=True)
            for file in day.iterdir():
                os.link(file, beside / file.name)
                new += 1
    return new


def _company(size: Size) -> Company:
    last_on = size.last_on + timedelta(days=NEW_DAYS + 1)
    plan = Company(first_on=FIRST_ON, last_on=last_on, orders_per_day=1)
    history = range(plan.first_day, plan.first_day + size.days)
    days = sum(volume(plan, day) for day in history)
    orders = max(1, round(size.lines / LINES_PER_ORDER / days))
    events = max(1, round(size.events / EVENTS_PER_PLANNED / days))
    return Company(first_on=FIRST_ON, last_on=last_on, orders_per_day=orders, events_per_day=events)
