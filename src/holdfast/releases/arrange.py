"""Which part files a release writes: pure bookkeeping of days, so that no day is lost or shown twice."""

from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.calendars import DAY, Calendar
from holdfast.definitions.model import Model
from holdfast.partitions import Days, Interval
from holdfast.releases.gate import Withheld
from holdfast.releases.manifest import Part, Table

SEALED_AFTER = timedelta(days=40)
"""A month that ended this long ago is kept as one part: its look-ahead is closed, its rows seldom move."""


@dataclass(frozen=True, slots=True)
class Write:
    """A new part of candidate rows; `keep` is a SQL condition on them."""

    interval: Interval
    keep: str = "TRUE"
    held: bool = False


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A stored part of several days, some of them replaced."""

    part: Part
    replaced: Days
    freed: tuple[Part, ...] = ()
    """Held candidates of earlier runs that readers may now see, for days inside the part."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to write for one table, and what stays as it is."""

    kept: tuple[Part, ...]
    kept_held: tuple[Part, ...]
    writes: tuple[Write, ...]
    rewrites: tuple[Rewrite, ...]
    promoted: tuple[Part, ...] = ()
    """Held candidates of earlier runs that readers may now see as they are."""

    @property
    def is_nothing(self) -> bool:
        """Whether the table stays as it is."""
        return not (self.writes or self.rewrites or self.promoted)

    @property
    def shown(self) -> Days:
        """Days whose new rows readers get."""
        written = [w.interval for w in self.writes if not w.held] + [part.interval for part in self.promoted]
        freed = [part.interval for each in self.rewrites for part in each.freed]
        return Days.of([*written, *freed, *(x for r in self.rewrites for x in r.replaced.intervals)])


def arrange(
    model: Model,
    table: Table,
    candidates: Days,
    judged: Days,
    withheld: Withheld | None,
    calendar: Calendar,
    today: date,
) -> Arrangement:
    """Parts to write for the candidate days of one table.

    A day that is withheld stays as readers last saw it, or, when they never saw it, shows the segments that
    are not held. Its whole candidate is kept beside as the builder's working rows. A candidate kept earlier
    for a `judged` day that is not withheld any more is shown as it is.
    """
    wholly = withheld.wholly if withheld else Days()
    partly = withheld.keep if withheld else {}
    back = wholly | Days.of_days(partly)
    free = [
        part
        for part in table.held
        if Days.of([part.interval]) & judged
        and not Days.of([part.interval]) & candidates
        and not Days.of([part.interval]) & back
    ]
    held = candidates & back
    first_seen = Days.of_days(
        day for day in partly if day in candidates and day not in table.days and day not in wholly
    )
    full = candidates - held
    replaced = full | first_seen | Days.of(part.interval for part in free)
    kept = [part for part in table.parts if not Days.of([part.interval]) & replaced]
    rewrites = [
        Rewrite(part, Days.of([part.interval]) & full, tuple(held for held in free if held.interval.meet(part.interval)))
        for part in table.parts
        if Days.of([part.interval]) & replaced and Days.of([part.interval]) - replaced
    ]
    promoted = [part for part in free if not any(part in each.freed for each in rewrites)]
    outside = full - Days.of(each.part.interval for each in rewrites)
    writes = [Write(interval) for interval in _units(model, outside, calendar, today)]
    writes += [
        Write(each, keep=partly[next(day for day in each.days() if day in partly)])
        for each in _units(model, first_seen, calendar, today, singly=True)
    ]
    writes += [Write(each, held=True) for each in _units(model, held, calendar, today, singly=True)]
    kept_held = [
        part for part in table.held if part not in free and not Days.of([part.interval]) & candidates
    ]
    return Arrangement(tuple(kept), tuple(kept_held), tuple(writes), tuple(rewrites), tuple(promoted))


def to_seal(table: Table, today: date) -> list[tuple[Part, ...]]:
    """Groups of parts that may become one: every part of a month that ended long ago and holds nothing."""
    groups: dict[str, list[Part]] = {}
    for part in table.parts:
        month = _month(part.interval.start)
        if month.end <= today - SEALED_AFTER and part.interval.end <= month.end:
            groups.setdefault(str(month.start), []).append(part)
    return [
        tuple(sorted(parts))
        for _, parts in sorted(groups.items())
        if len(parts) > 1 and not Days.of([_month(parts[0].interval.start)]) & table.held_days
        and len(Days.of(p.interval for p in parts).intervals) == 1
    ]


def _units(model: Model, days: Days, calendar: Calendar, today: date, *, singly: bool = False) -> list[Interval]:
    """One interval per part: a period of the model, a sealed month, or a day."""
    if model.period != DAY:
        return [period.interval for period in calendar.periods_of(model.period, days)]
    units: list[Interval] = []
    for interval in days.intervals:
        at = interval.start
        while at < interval.end:
            month = _month(at)
            sealed = not singly and month.end <= today - SEALED_AFTER
            end = min(month.end, interval.end) if sealed else at + timedelta(days=1)
            units.append(Interval(at, end))
            at = end
    return units


def _month(day: date) -> Interval:
    first = day.replace(day=1)
    return Interval(first, (first + timedelta(days=32)).replace(day=1))
