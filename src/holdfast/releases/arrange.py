"""Which part files a release writes: pure bookkeeping of days, so that no day is lost or shown twice."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to write for one table, and what stays as it is."""

    kept: tuple[Part, ...]
    kept_held: tuple[Part, ...]
    writes: tuple[Write, ...]
    rewrites: tuple[Rewrite, ...]

    @property
    def shown(self) -> Days:
        """Days whose new rows readers get."""
        written = [w.interval for w in self.writes if not w.held]
        return Days.of([*written, *(x for r in self.rewrites for x in r.replaced.intervals)])


def arrange(
    model: Model, table: Table, candidates: Days, withheld: Withheld | None, calendar: Calendar, newest: date
) -> Arrangement:
    """Parts to write for the candidate days of one table.

    A day that is withheld stays as readers last saw it, or, when they never saw it, shows the segments that
    are not held. Its whole candidate is kept beside as the builder's working rows.
    """
    wholly = (withheld.wholly if withheld else Days()) & candidates
    partly = {day: keep for day, keep in (withheld.keep if withheld else {}).items() if day in candidates}
    held = wholly | Days.of_days(partly)
    first_seen = {day: keep for day, keep in partly.items() if day not in table.days and day not in wholly}
    full = candidates - held
    writes = [Write(interval) for interval in _units(model, full, calendar, newest)]
    # For a period table a part-held partition is still one partition: one keep condition serves it.
    for interval in _units(model, Days.of_days(first_seen), calendar, newest, singly=True):
        writes.append(Write(interval, first_seen[interval.start] if interval.start in first_seen else "TRUE"))
    writes += [Write(each, held=True) for each in _units(model, held, calendar, newest, singly=True)]
    replaced = full | Days.of_days(first_seen)
    kept, rewrites = [], []
    for part in table.parts:
        mine = Days.of([part.interval])
        if not mine & replaced:
            kept.append(part)
        elif mine - replaced:
            rewrites.append(Rewrite(part, mine & replaced))
    inside = Days.of(r.part.interval for r in rewrites)
    writes = [w for w in writes if w.held or not (Days.of([w.interval]) & inside)]
    outside = full - inside
    writes = [w for w in writes if w.held or w.interval.start in first_seen] + [
        Write(interval) for interval in _units(model, outside, calendar, newest)
    ]
    kept_held = [part for part in table.held if not Days.of([part.interval]) & candidates]
    return Arrangement(tuple(kept), tuple(kept_held), tuple(writes), tuple(rewrites))


def to_seal(table: Table, calendar: Calendar, newest: date) -> list[tuple[Part, ...]]:
    """Groups of parts that may become one: every part of a month that ended long ago and holds nothing."""
    groups: dict[str, list[Part]] = {}
    for part in table.parts:
        month = _month(part.interval.start)
        if month.end <= newest - SEALED_AFTER and part.interval.end <= month.end:
            groups.setdefault(str(month.start), []).append(part)
    return [
        tuple(sorted(parts))
        for _, parts in sorted(groups.items())
        if len(parts) > 1 and not Days.of([_month(parts[0].interval.start)]) & table.held_days
        and len(Days.of(p.interval for p in parts).intervals) == 1
    ]


def _units(model: Model, days: Days, calendar: Calendar, newest: date, *, singly: bool = False) -> list[Interval]:
    """One interval per part: a period of the model, a sealed month, or a day."""
    if model.period != DAY:
        return [period.interval for period in calendar.periods_of(model.period, days)]
    units: list[Interval] = []
    for interval in days.intervals:
        at = interval.start
        while at < interval.end:
            month = _month(at)
            sealed = not singly and month.end <= newest - SEALED_AFTER
            end = min(month.end, interval.end) if sealed else at + timedelta(days=1)
            units.append(Interval(at, end))
            at = end
    return units


def _month(day: date) -> Interval:
    first = day.replace(day=1)
    return Interval(first, (first + timedelta(days=32)).replace(day=1))


def shown_days(arranged: Mapping[str, Arrangement]) -> Days:
    """Days of any table whose rows readers will see changed."""
    return Days.of(x for each in arranged.values() for x in each.shown.intervals)
