"""A small pipeline whose figures are released again and again, and what plain sums say of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import NamedTuple

from holdfast.adapters.warehouses.session import Session
from holdfast.calendars import DAY, Calendar, Period
from holdfast.definitions.metric import Measure, Metric, Ratio
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days, Interval
from holdfast.releases.figures import COLUMNS, Scope, Sums, empty_figures
from holdfast.sqltext import literal

STARTS_ON = date(2026, 3, 3)
AT = datetime(2026, 5, 1, 8, tzinfo=UTC)
MEMBERS = {"region": ("EU", "US", "unallocated"), "category": ("toys", "books")}
SEGMENTS = tuple(f"{dimension}={member}" for dimension, members in MEMBERS.items() for member in members)
MEASURES = ("revenue", "cost")


def nth(number: int) -> date:
    """The day that many days after the first."""
    return STARTS_ON + timedelta(days=number)


def _periods(grain: str, first: date, length: int, count: int) -> list[Period]:
    starts = [first + timedelta(days=length * n) for n in range(count)]
    return [Period(grain, f"{grain} {n}", Interval(at, at + timedelta(days=length))) for n, at in enumerate(starts)]


# Short periods, so that a few days cross several; the first of each began before the pipeline did.
CALENDAR = Calendar((*_periods("week", nth(-2), 4, 8), *_periods("month", nth(-1), 9, 4)))
GRAINS = (DAY, "week", "month")
PIPELINE = Pipeline(
    name="profit",
    purpose="",
    audience="investors",
    primary="james",
    secondary="jill",
    starts_on=STARTS_ON,
    metrics=(
        Metric("revenue", "", "GBP", GRAINS, measures={"day": Measure("sums", "revenue")}),
        Metric("cost", "", "GBP", GRAINS, measures={"day": Measure("sums", "cost")}),
        Metric("share", "", "ratio", (DAY, "month"), ratio=Ratio(("cost",), "revenue"), scale=6),
    ),
    checks=(),
    models=("sums",),
    segments=tuple(MEMBERS),
)
MODEL = Model("sums", "", "", ("day", "dimension", "member"), "day", (Reads("src.orders"),), segments=tuple(MEMBERS))

Cell = tuple[str, str]
"""A region and a category."""
Cells = Mapping[Cell, tuple[int, int]]
"""What a day has: revenue and cost in whole cents, per cell that has rows."""


class Current(NamedTuple):
    """What readers have of one key."""

    value: Decimal | None
    state: str
    version: int
    as_of: date | None


Key = tuple[str, str, str, str]
"""Grain, period, metric, segment."""


def rows_of(day: date, cells: Cells) -> list[tuple[str, str, str, Decimal, Decimal]]:
    """The measure model's rows of a day: a total, and a row per member that occurs."""
    sums: dict[tuple[str, str], list[int]] = {("", ""): [0, 0]}
    for (region, category), amounts in cells.items():
        for place in (("", ""), ("region", region), ("category", category)):
            found = sums.setdefault(place, [0, 0])
            found[0] += amounts[0]
            found[1] += amounts[1]
    return [(str(day), d, m, Decimal(r) / 100, Decimal(c) / 100) for (d, m), (r, c) in sorted(sums.items())]


@dataclass
class Company:
    """Candidate day values, and every figure row ever released of them."""

    spill: Path
    days: dict[date, Cells] = field(default_factory=dict)
    releases: int = 0
    session: Session = field(init=False)
    runs: int = 0

    def __post_init__(self) -> None:
        self.session = Session(self.spill, threads=1)
        self.session.run("CREATE SCHEMA built")
        self.session.run(f"CREATE TABLE history AS {empty_figures()}")

    def release(
        self, changed: Iterable[date], scopes: Iterable[Scope], *, day_by_day: bool = False, new: Iterable[date] = ()
    ) -> int:
        """One run over the changed days, with what waits; how many figure rows it added.

        `new` are the run's own days when each is released as a row of its own.
        """
        self.runs += 1
        changed = Days.of_days(changed)
        rows = [row for day in changed for row in rows_of(day, self.days[day])]
        self.session.run(
            "CREATE OR REPLACE TABLE built.sums(day DATE, dimension VARCHAR, member VARCHAR, "
            "revenue DECIMAL(18,4), cost DECIMAL(18,4))"
        )
        values = ", ".join(f"({', '.join(literal(cell) for cell in row)})" for row in rows)
        self.session.run(f"INSERT INTO built.sums VALUES {values}")
        newest = max(self.days)
        sums = Sums(PIPELINE, {"sums": MODEL}, CALENDAR, {"sums": changed}, newest, day_by_day)
        targets = sorted(new) if day_by_day else [newest]
        numbers = {day: self.releases + 1 + n for n, day in enumerate(targets)}
        self.releases += len(targets)
        for statement in (
            *sums.load_published("SELECT * FROM history"),
            *sums.candidates(),
            *sums.accept(scopes),
            *sums.roll_up(sums.touched),
            *sums.fresh([], numbers, {}, AT, f"run-{self.runs}"),
        ):
            self.session.run(statement)
        names = ", ".join(name for name, _ in COLUMNS)
        self.session.run(f"INSERT INTO history SELECT {names} FROM fig.fresh")
        return int(self.session.value("SELECT count(*) FROM fig.fresh"))

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
        return self.session.rows("SELECT * FROM history ORDER BY release, grain, period, metric, segment, as_of, run_id")


def measured(day: date, cells: Cells, metric: str, segment: str) -> Decimal:
    """A day's value of a key, added up cell by cell."""
    dimension, _, member = segment.partition("=")
    at = ("region", "category").index(dimension) if dimension else None
    which = MEASURES.index(metric)
    cents = sum(amounts[which] for cell, amounts in cells.items() if at is None or cell[at] == member)
    return Decimal(cents) / 100


def divided(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """The ratio in Decimal, half-even at six decimals; None over zero."""
    if denominator == 0:
        return None
    return (numerator / denominator).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
