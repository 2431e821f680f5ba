"""Builds what a run owes: inputs before what reads them, only days whose inputs really changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from holdfast.calendars import DAY, Calendar
from holdfast.definitions.model import Model
from holdfast.partitions import ONE_DAY, Days, Interval


@dataclass(slots=True)
class Built:
    """What a build did, per model."""

    rebuilt: dict[str, Days] = field(default_factory=dict)
    """Days that were computed."""
    changed: dict[str, Days] = field(default_factory=dict)
    """Days whose rows differ from those of before, or that have none of before."""


class Workbench(Protocol):
    """Holds the candidates of one run in memory; nobody else sees them."""

    def build(self, model: Model, interval: Interval) -> None:
        """Computes the model's rows of the interval from candidates and working rows of its inputs."""

    def unchanged(self, model: Model, days: Days) -> Days:
        """Those of the days whose candidate rows equal the working rows; their candidates are dropped."""

    def last_day(self, model: Model) -> date | None:
        """The newest day of the model's working rows."""


def daily(lineage: Sequence[Model]) -> list[Model]:
    """The models with one partition a day; those of longer periods reach into days that are not over."""
    return [model for model in lineage if model.period == DAY]


def build(
    lineage: list[Model],
    stale: Mapping[str, Days],
    always: Days,
    horizon: Interval,
    calendar: Calendar,
    bench: Workbench,
) -> Built:
    """Builds stale days and, downstream, every day that reads a day which really changed.

    `stale` are the days with a reason of their own. A rebuilt day that equals what was there stops the
    spread, unless it is in `always` (days that wait, and must pass the gate again). Nothing outside the
    horizon is built, but days that a model already has: a shared model may be ahead of this pipeline, whose
    other inputs have no such days yet.
    """
    built = Built()
    until: dict[str, date] = {}
    for model in lineage:
        until[model.name] = _until(model, horizon, until, bench)
        inside = Days.of([Interval(horizon.start, until[model.name])])
        days = stale.get(model.name, Days())
        for reads in model.reads:
            changed = built.changed.get(reads.input)
            if changed:
                days |= model.days_touched(reads, changed, calendar)
        days = calendar.widen(model.period, days & inside)
        if not days:
            continue
        for interval in days.intervals:
            bench.build(model, interval)
        built.rebuilt[model.name] = days
        # Whole partitions wait: a month compared without its held day would lose its one row.
        unchanged = bench.unchanged(model, days - calendar.widen(model.period, always))
        built.changed[model.name] = days - unchanged
    return built


def _until(model: Model, horizon: Interval, above: Mapping[str, date], bench: Workbench) -> date:
    """The first day that is not built: after the horizon and what the model has, or its inputs of a longer period."""
    if model.period == DAY:
        last = bench.last_day(model)
        return max(horizon.end, last + ONE_DAY) if last else horizon.end
    return max((above[name] for name in model.inputs if name in above), default=horizon.end)
