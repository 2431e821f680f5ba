"""A small company with an investors' and an experiments' pipeline, its pager, and what people type while orders are late."""

import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.app import App
from holdfast.cli import main
from holdfast.clock import data_clock
from holdfast.day import run_day
from holdfast.incidents.incident import Affected, Event, Incident
from holdfast.loading.init import write_reference
from holdfast.testing.company import Company, write_company

PROFIT, UNIT = "aggregate_profit", "unit_profit"
SOURCES = ("orders", "refunds", "costs", "fx_rates", "ledger_totals", "projections", "users", "events", "experiments", "assignments")
THURSDAY, FRIDAY = date(2026, 10, 1), date(2026, 10, 2)
"""The business day whose orders are late, and the day on which they are missed."""
COMPANY = Company(first_on=date(2026, 8, 31), last_on=date(2026, 10, 4), orders_per_day=120, events_per_day=300, seed=3)

PRIMARY, BACKUP, MANAGER, LEAD = "john", "jill", "manager", "finance_lead"
"""Of the week from Monday, 28 September 09:00 in London, as team/plan.csv says."""
OWNERS = ("james", "jill")
"""Of aggregate profit."""
ROOM, CONTACT, INVESTORS, EXPERIMENTERS = "#data-eng-alerts", "transactions_team", "investor_relations", "experimenters"


def friday(at: str) -> str:
    """That time of Friday, 2 October, UTC."""
    return f"2026-10-02T{at}Z"


@dataclass(slots=True)
class Night:
    """One project folder; every verb is typed as a person or cron would."""

    folder: Path
    kept: Path
    """Friday's arrival of orders, as it should have been."""
    said: str = ""
    """What the last verb printed."""
    seen: int = 0
    """Lines of pages.jsonl that were looked at."""

    def type(self, *words: str, at: str, as_: str = "") -> int:
        """A verb at an instant, perhaps as somebody; its exit code."""
        out, err = StringIO(), StringIO()
        person = ["--as", as_] if as_ else []
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*words, "-C", str(self.folder), "--at", at, *person])
        self.said = out.getvalue() + err.getvalue()
        return code

    def watch(self, *times: str) -> list[tuple[str, str, str]]:
        """A pass at each of these times of Friday, or instants; (due at, step, target) of everything sent by them, sorted."""
        for each in times:
            code = self.type("watch", "--once", at=each if "T" in each else friday(each))
            assert code == 0, self.said
        return sorted((short(line["due_at"]), line["step"], line["target"]) for line in self.new_lines())

    def lines(self) -> list[dict[str, Any]]:
        """Every line of pages.jsonl."""
        path = self.folder / ".holdfast/pages.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def new_lines(self) -> list[dict[str, Any]]:
        """Those written since the last look."""
        lines = self.lines()
        new, self.seen = lines[self.seen :], len(lines)
        return new

    def acknowledged(self, at: str, by: str = PRIMARY) -> None:
        """Somebody types ack."""
        assert self.type("ack", at=friday(at) if "T" not in at else at, as_=by) == 0, self.said

    def orders_come(self, at: str) -> None:
        """Friday's arrival is complete, and the day is run."""
        target = self.folder / "data/orders" / f"loaded_on={FRIDAY}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.kept, target)
        self.run(at)

    def orders_go(self, at: str) -> None:
        """The arrival is written again without a row, as when somebody cleans up too much; the day is run."""
        for path in (self.folder / "data/orders" / f"loaded_on={FRIDAY}").iterdir():
            rows = f"SELECT * FROM read_parquet('{path}', hive_partitioning = false) LIMIT 0"
            duckdb.sql(f"COPY ({rows}) TO '{path}.new' (FORMAT parquet)")
            Path(f"{path}.new").replace(path)
        self.run(at)

    def run(self, at: str) -> None:
        """The day's run."""
        assert self.type("run", at=friday(at) if "T" not in at else at) == 0, self.said

    def incident(self, incident_id: int = 1) -> Incident:
        """As it is recorded."""
        with open_ledger(self.folder / ".holdfast/ledger.db") as ledger:
            found = ledger.incident(incident_id)
        assert found is not None
        return found

    def incidents(self) -> list[Incident]:
        """All of them, oldest first."""
        with open_ledger(self.folder / ".holdfast/ledger.db") as ledger:
            return ledger.incidents()[::-1]

    def timeline(self, incident_id: int = 1) -> list[Event]:
        """What happened to it."""
        with open_ledger(self.folder / ".holdfast/ledger.db") as ledger:
            return ledger.timeline(incident_id)

    def affected(self) -> list[Affected]:
        """Figures that were missing, wrong or at risk, with their times."""
        with open_ledger(self.folder / ".holdfast/ledger.db") as ledger:
            return ledger.affects(None, datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))

    def edit(self, file: str, old: str, new: str) -> None:
        """Changes the team's folder; the old text must be there."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, file
        path.unlink()
        path.write_text(text.replace(old, new), encoding="utf-8")


def short(instant: str) -> str:
    """08:15 of a time on Friday; with the day for any other."""
    at = datetime.fromisoformat(instant).astimezone(UTC)
    return f"{at:%H:%M}" if at.date() == FRIDAY else f"{at:%m-%d %H:%M}"


def write_nights(shared: Path) -> None:
    """Folders `kept` (Friday's orders), `good` (published through Wednesday) and `late` (Friday's run without orders)."""
    good = shared / "good"
    write_company(COMPANY, good, sources=SOURCES)
    write_reference(good, name="night", demo=True)
    for other in ("aggregate_growth", "aggregate_engagement", "daily_growth"):
        shutil.rmtree(good / "pipelines" / other)
    for settings in good.glob("pipelines/*/pipeline.yml"):
        settings.write_text(settings.read_text().replace("2025-10-01", str(COMPANY.first_on)))
    _run(good, THURSDAY)
    shutil.copytree(good / f"data/orders/loaded_on={FRIDAY}", shared / "kept")
    shutil.copytree(good, shared / "late", copy_function=_linked)
    shutil.rmtree(shared / f"late/data/orders/loaded_on={FRIDAY}")
    _run(shared / "late", FRIDAY)
    (shared / "whole").touch()


def a_night(shared: Path, folder: Path, name: str = "late") -> Night:
    """A copy of the company as one of those folders left it."""
    shutil.copytree(shared / name, folder, copy_function=_linked)
    return Night(folder, shared / "kept")


def _linked(source: str, target: str) -> None:
    """Files that are only ever replaced are shared."""
    if source.endswith((".parquet", ".sql", ".yaml")):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _run(folder: Path, on: date) -> None:
    app = App(folder, environ={}, say=lambda _: None)
    try:
        run_day(app.world(data_clock(on)))
    finally:
        app.close()
