"""What is due and what is stale: asked of records alone, so asking again is free and safe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from holdfast.calendars import Calendar
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.source import OverTime, Source
from holdfast.partitions import Days, Interval
from holdfast.runs.run import ModelDay, Reason, Run, SourceDay

LIVE_DAYS = 7
"""More new days than this at once are history and are built in ranges."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded: landed source days, built model days, and days that may be judged again."""

    source_days: Mapping[str, Sequence[SourceDay]]
    model_days: Mapping[str, Mapping[date, ModelDay]]
    approved: Days = field(default_factory=Days)
    """Held days for which an approval came since."""
    late: Mapping[tuple[str, date], str] = field(default_factory=dict)
    """What arrived for a source's day after it was first built, in words."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """Per model the days that must be rebuilt for a reason of their own, and the reasons."""

    days: dict[str, Days]
    reasons: tuple[Reason, ...]

    @property
    def all_days(self) -> Days:
        """Every stale day of any model."""
        return Days.of(each for days in self.days.values() for each in days.intervals)


def stale(
    lineage: Sequence[Model],
    sources: Mapping[str, Source],
    known: Known,
    horizon: Interval,
    calendar: Calendar,
) -> Staleness:
    """Days of each model, within the horizon, that are not built, or not from what counts today.

    A day is stale when a source day in its declared window changed after the landing it was built from, or
    when its definition did. Days downstream are not listed: building finds out which of them really change.
    """
    inside = Days.of([horizon])
    found: dict[str, Days] = {}
    new, redefined = Days(), Days()
    moved: dict[tuple[str, date], None] = {}
    for model in lineage:
        have = known.model_days.get(model.name, {})
        missing = inside - Days.of_days(have)
        other = Days.of_days(day for day, row in have.items() if row.definition_hash != model.definition_hash)
        due = missing | (other & inside)
        new |= missing
        redefined |= other & inside
        oldest_seq = min((row.seq for row in have.values()), default=0)
        for reads in model.reads:
            source = sources.get(reads.input.removeprefix(SOURCE_PREFIX))
            if source is None or not reads.input.startswith(SOURCE_PREFIX):
                continue
            for changed in known.source_days.get(source.name, ()):
                if changed.seq <= oldest_seq:
                    continue
                touched = _touched(model, reads.input, source, changed.day, calendar) & inside
                behind = [day for day in touched if day in have and have[day].seq < changed.seq]
                if behind:
                    due |= Days.of_days(behind)
                    moved[source.name, changed.day] = None
        if due:
            found[model.name] = calendar.widen(model.period, due) & inside
    reasons = []
    if new:
        reasons.append(Reason("new", new, f"not built yet: {new}"))
    if redefined:
        reasons.append(Reason("definition", redefined, f"definition changed: {redefined}"))
    for name, day in sorted(moved):
        text = known.late.get((name, day), f"{name} of {day} changed")
        reasons.append(Reason("late rows", Days.of_days([day]), text))
    return Staleness(found, tuple(reasons))


def _touched(model: Model, input_name: str, source: Source, day: date, calendar: Calendar) -> Days:
    reads = model.window(input_name)
    if source.over_time in (OverTime.GROWS, OverTime.VERSIONED):
        return calendar.widen(model.period, Days.of([Interval(day, date(9999, 1, 1))]))
    return model.days_touched(reads, Days.of_days([day]), calendar)


def due(
    pipeline: str,
    lineage: Sequence[Model],
    sources: Mapping[str, Source],
    known: Known,
    horizon: Interval,
    calendar: Calendar,
) -> list[Run]:
    """Runs that should be published and are not, oldest first, each with its reasons.

    Up to a week of new days goes through the loop one day at a time, and the first of them takes what went
    stale with it. Longer history is built a calendar month at a time.
    """
    owed = stale(lineage, sources, known, horizon, calendar)
    approved = known.approved & Days.of([horizon])
    if not owed.days and not approved:
        return []
    reasons = owed.reasons
    if approved:
        reasons = (*reasons, Reason("approval", approved, f"approved: {approved}"))
    new = Days.of(each for reason in reasons if reason.kind == "new" for each in reason.days.intervals)
    old = (owed.all_days | approved) - new
    if len(new) > LIVE_DAYS or len(old) > 62:
        return [
            _part(pipeline, owed, chunk, reasons, backfilled=True)
            for chunk in in_months(new | old)
        ]
    runs = []
    for i, day in enumerate(new):
        days = Days.of_days([day]) | (Days.of(x for x in old.intervals if i == 0))
        runs.append(_part(pipeline, owed, days, reasons, backfilled=False))
    return runs or [_part(pipeline, owed, old, reasons, backfilled=False)]


def in_months(days: Days) -> list[Days]:
    """The days cut at calendar months, so that a build holds one month in memory."""
    chunks: dict[tuple[int, int], list[date]] = {}
    for day in days:
        chunks.setdefault((day.year, day.month), []).append(day)
    return [Days.of_days(chunk) for _, chunk in sorted(chunks.items())]


def _part(pipeline: str, owed: Staleness, days: Days, reasons: Sequence[Reason], *, backfilled: bool) -> Run:
    mine = {name: each & days for name, each in owed.days.items()}
    kept = tuple(reason for reason in reasons if reason.kind == "late rows" or reason.days & days)
    return Run(pipeline, days, {name: each for name, each in mine.items() if each}, kept, backfilled)
