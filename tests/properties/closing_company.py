"""A small company whose months are closed, with the real gate, ledger and records around made-up day rows."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from small_pipeline import MEMBERS, MODEL, SEGMENTS, STARTS_ON, Cells, Current, Key, measured, nth, rows_of

from holdfast.adapters.ledgers.sqlite import Ledger, open_ledger
from holdfast.adapters.warehouses.session import Session
from holdfast.calendars import DAY, Calendar, Period, day_of
from holdfast.definitions.close import CloseRule
from holdfast.definitions.metric import Limit, Measure, Metric, Ratio
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.partitions import Days, Interval
from holdfast.releases.closing import (
    FINANCE,
    OWNER,
    CloseEvent,
    CloseKind,
    Lock,
    closable_periods,
    evidence_of,
    lock_of,
    why_not_closable,
)
from holdfast.releases.decided import decide, finality, withdrawal, without_days
from holdfast.releases.figures import COLUMNS, empty_figures
from holdfast.releases.manifest import FigurePart, Manifest, Part
from holdfast.releases.produce import held_days, record_release, weigh
from holdfast.releases.receipt import Engine
from holdfast.releases.release import Approval, Figure, FigureState, Hold
from holdfast.runs.build import Built
from holdfast.runs.run import LateRows, Reason, Run
from holdfast.sqltext import literal

MONTH, QUARTER = 6, 18
"""Days; short, so that a history of a few weeks closes several."""


def _periods(grain: str, first: date, length: int, count: int) -> list[Period]:
    starts = [first + timedelta(days=length * n) for n in range(count)]
    return [Period(grain, f"{grain}-{n}", Interval(at, at + timedelta(days=length))) for n, at in enumerate(starts)]


CALENDAR = Calendar(
    (
        *_periods("week", nth(-2), 4, 14),
        *_periods("month", nth(0), MONTH, 9),
        *_periods("quarter", nth(0), QUARTER, 3),
    )
)
GRAINS = (DAY, "week", "month", "quarter")
MATERIAL = Limit(Decimal(10), Decimal(1))
PIPELINE = Pipeline(
    name="profit",
    purpose="",
    audience="investors",
    primary="james",
    secondary="jill",
    starts_on=STARTS_ON,
    metrics=tuple(
        Metric(
            name,
            "",
            unit,
            GRAINS,
            measures={} if name == "share" else {"day": Measure("sums", name)},
            ratio=Ratio(("cost",), "revenue") if name == "share" else None,
            scale=6,
            additive=name != "share",
            owner="james",
            approver="finance_lead",
            # Revisions are not what is tried here: every open figure moves by itself.
            limit=Limit(Decimal(100), Decimal(10**9)),
            materiality=Limit(Decimal(10), Decimal(10**9)) if name == "share" else MATERIAL,
        )
        for name, unit in (("revenue", "GBP"), ("cost", "GBP"), ("share", "ratio"))
    ),
    checks=(),
    models=("sums",),
    segments=tuple(MEMBERS),
    close=CloseRule(("month", "quarter"), 3, ("james",), ("finance_lead",)),
)
TABLE = replace(MODEL, pipeline="profit", reads=())
PROJECT = Project(
    "small", "/nowhere", "GBP", ZoneInfo("UTC"), "system", True, CALENDAR, {}, {"sums": TABLE}, {"profit": PIPELINE}
)


@dataclass
class Shelf:
    """The store: the manifest readers see, kept in memory."""

    manifest: Manifest = field(default_factory=lambda: Manifest("000000", "investors"))

    def current(self) -> Manifest:
        return self.manifest

    def current_id(self) -> str | None:
        return self.manifest.id

    def publish(self, manifest: Manifest) -> None:
        self.manifest = manifest

    def sweep(self) -> int:
        return 0


@dataclass
class Table:
    """The workbench: rows of days in the engine; parts are names, figures are rows of one table."""

    session: Session
    days: dict[date, Cells]

    @property
    def engine(self) -> Session:
        return self.session

    @property
    def probe(self) -> None:
        return None

    @property
    def engine_id(self) -> Engine:
        return Engine("duckdb", "2", "none")

    def show_working(self, name: str, window: Interval | None = None) -> None: ...

    def show_judged(self, name: str, days: Days) -> None: ...

    def show_source(self, name: str, window: Interval) -> None: ...

    def fill(self, changed: Days) -> None:
        """What a build makes of the days."""
        self._table("built.sums", [day for day in self.days if day in changed])

    def _table(self, name: str, days: Iterable[date]) -> None:
        columns = "day DATE, dimension VARCHAR, member VARCHAR, revenue DECIMAL(18,4), cost DECIMAL(18,4)"
        self.session.run(f"CREATE OR REPLACE TABLE {name}({columns})")
        rows = [row for day in sorted(days) for row in rows_of(day, self.days[day])]
        values = ", ".join(f"({', '.join(literal(cell) for cell in row)})" for row in rows)
        if rows:
            self.session.run(f"INSERT INTO {name} VALUES {values}")

    def working_sql(self, name: str, window: Interval | None = None) -> str:
        self._table("working", self.days)
        return "SELECT * FROM working"

    def fingerprints(self, model: object, days: Days) -> dict[date, str]:
        return {day: repr(sorted(self.days[day].items())) for day in days if day in self.days}

    def write(self, model: object, interval: Interval, run_id: str, *, keep: str = "TRUE", held: bool = False) -> Part:
        return Part(interval, f"{interval.start}-{run_id}{'-held' if held else ''}", 1)

    def rewrite(self, model: object, part: Part, replaced: Days, run_id: str, freed: object = ()) -> Part:
        return replace(part, file=f"{part.interval.start}-{run_id}")

    def merge(self, name: str, parts: list[Part], run_id: str) -> Part:
        span = Interval(min(p.interval.start for p in parts), max(p.interval.end for p in parts))
        return Part(span, f"{span.start}-{run_id}-sealed", 1)

    def cut(self, name: str, part: Part, interval: Interval, run_id: str, *, held: bool = False) -> Part:
        return Part(interval, f"{interval.start}-{run_id}-cut", 1)

    def write_figures(self, select: str, pipeline: str, run_id: str) -> FigurePart:
        names = ", ".join(name for name, _ in COLUMNS)
        if "fig.fresh" in select:
            self.session.run(f"INSERT INTO history SELECT {names} FROM ({select})")
        return FigurePart(run_id, 1, 1, 10**9, pipeline)

    def figures_sql(self, parts: object) -> str:
        return "SELECT * FROM history"


@dataclass
class ClosingCompany:
    """Days that arrive and move, months that are closed, and what readers have of it all."""

    folder: Path
    template: Path
    truth: dict[date, Cells] = field(default_factory=dict)
    """Every row there is by now."""
    runs: int = 0
    session: Session = field(init=False)
    ledger: Ledger = field(init=False)
    store: Shelf = field(default_factory=Shelf)
    bench: Table = field(init=False)

    def __post_init__(self) -> None:
        self.session = Session(self.folder / "spill", threads=1)
        self.session.run("CREATE SCHEMA built")
        self.session.run(f"CREATE TABLE history AS {empty_figures()}")
        shutil.copy(self.template, self.folder / "ledger.db")
        self.ledger = open_ledger(self.folder / "ledger.db")
        self.bench = Table(self.session, self.truth)

    def close(self) -> None:
        self.session.close()
        self.ledger.close()

    @property
    def newest(self) -> date:
        return max(self.truth)

    @property
    def now(self) -> datetime:
        """The morning after the newest day; later with every run, as clocks are."""
        return datetime(self.newest.year, self.newest.month, self.newest.day, 3, 0, self.runs % 60, tzinfo=UTC) + timedelta(
            days=1, minutes=self.runs // 60
        )

    @property
    def events(self) -> list[CloseEvent]:
        return self.ledger.close_events("profit")

    @property
    def lock(self) -> Lock:
        return lock_of(PIPELINE, CALENDAR, self.events)

    def run(self, changed: dict[date, Cells], *, late: bool = True) -> str:
        """One run over the days that arrived or moved, and those that wait; how it ended."""
        self.truth.update(changed)
        self.runs += 1
        known = [*self.store.manifest.table("sums").parts, *self.store.manifest.table("sums").held]
        held = held_days(PIPELINE, self.store.manifest, [TABLE], CALENDAR, self.ledger) & Days.of_days(self.truth)
        days = Days.of_days(changed) | held
        if not days:
            return "nothing"
        new = days - Days.of(part.interval for part in known)
        moved = Days.of_days(changed) - new
        why = {day: (LateRows("orders", day, 1, self.newest, True),) for day in moved} if late else {}
        reasons = (Reason("new", new, "new"),) if new else ()
        if not late and moved:
            reasons = (*reasons, Reason("definition", moved, "definition changed"))
        run = Run("profit", days, {"sums": days}, reasons, False, Days() if late else moved, why)
        run_id = f"profit-{self.runs:07d}"
        self.bench.fill(days)
        self.ledger.start_run(run_id, run, self.now)
        built = Built({"sums": days}, {"sums": days})
        weighed = weigh(
            PROJECT, PIPELINE, [TABLE], run, built, self.store.current(), self.bench, self.ledger, [], self.now, run_id
        )
        produced = record_release(weighed, self.store, self.bench, self.ledger, "test")
        self.ledger.end_run(run_id, produced.state, self.now)
        return produced.state.value

    def sign_next(self) -> Period | None:
        """Both people sign the next month or quarter that is over, if it can be; its figures become final."""
        today = day_of(self.now, PROJECT.zone)
        for period in closable_periods(PIPELINE, CALENDAR, today):
            if (period.grain, period.name) in self.lock.signed:
                continue
            figures = self.figures(period)
            holds = self.ledger.open_holds("profit")
            if why_not_closable(period, PIPELINE, figures, holds, self.events, CALENDAR, today):
                return None
            evidence = evidence_of(figures)
            self._say(period, CloseKind.SOFT_CLOSED, "james", "", evidence)
            self._say(period, CloseKind.SIGNED, "james", OWNER, evidence)
            self._say(period, CloseKind.SIGNED, "finance_lead", FINANCE, evidence)
            self.runs += 1
            decision = finality(PIPELINE, CALENDAR, self.events, "SELECT * FROM history", self.now)
            assert decision is not None
            decide(decision, self.store, self.bench, self.ledger, self.now)
            return period
        return None

    def withdraw(self, period: Period) -> None:
        """One person takes it back."""
        self.runs += 1
        word = CloseEvent(
            "profit", period.grain, period.name, CloseKind.WITHDRAWN, "jill", "jill", self.now, reason="wrong"
        )
        decision = withdrawal(PIPELINE, period, CALENDAR, self.events, "SELECT * FROM history", word)

        def hidden(manifest: Manifest, run_id: str) -> Manifest:
            def cut(name: str, part: Part, interval: Interval, held: bool) -> Part:
                return self.bench.cut(name, part, interval, run_id, held=held)

            return without_days(manifest, ["sums"], {"sums": DAY}, Days.of([period.interval]), CALENDAR, cut)

        decide(decision, self.store, self.bench, self.ledger, self.now, hidden)

    def release(self, period: Period) -> None:
        """Two people let it out again, and a run publishes it."""
        self._say(period, CloseKind.RELEASE, "james", OWNER, "")
        self._say(period, CloseKind.RELEASE, "finance_lead", FINANCE, "")
        self.run({})

    def approve(self, hold: Hold) -> None:
        """The finance lead lets it through; the next run uses it."""
        self.ledger.approve(Approval(hold.id, "finance_lead", "test", "it is right", self.now))

    def _say(self, period: Period, kind: CloseKind, by: str, role: str, evidence: str) -> None:
        self.ledger.record_close(
            CloseEvent("profit", period.grain, period.name, kind, by, by, self.now, role, "", evidence)
        )

    def current(self) -> dict[Key, Current]:
        """The newest row of every key, picked in Python."""
        found: dict[Key, tuple[tuple[int, date], Current]] = {}
        for release, *rest in self.session.rows(
            "SELECT release, grain, period, metric, segment, value, state, version, as_of FROM history"
        ):
            key, now = tuple(rest[:4]), Current(*rest[4:])
            order = (release, now.as_of or date.min)
            if key not in found or order > found[key][0]:
                found[key] = (order, now)
        return {key: now for key, (_, now) in found.items()}

    def history(self) -> list[tuple[object, ...]]:
        """Every row ever released."""
        return self.session.rows("SELECT * FROM history ORDER BY ALL")

    def figures(self, period: Period) -> list[Figure]:
        """The period's current figures."""
        return [
            Figure(
                "profit", grain, name, metric, segment, now.value, "", FigureState(now.state), now.version, now.as_of, self.now, 0
            )
            for (grain, name, metric, segment), now in self.current().items()
            if (grain, name) == (period.grain, period.name)
        ]

    def true_sum(self, period: Period, metric: str, segment: str) -> Decimal:
        """What the rows there are by now come to, cell by cell."""
        days = [day for day in self.truth if day in period.interval]
        return sum((measured(day, self.truth[day], metric, segment) for day in days), Decimal(0))


SEGMENTS_AND_TOTAL = ("", *SEGMENTS)
