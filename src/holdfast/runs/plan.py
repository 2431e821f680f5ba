"""What is due and what is stale: asked of records alone, so asking again is free and safe."""

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from holdfast.calendars import DAY, Calendar
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.source import OverTime, Source
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.runs.run import LateRows, ModelDay, Reason, Run, SourceDay

LIVE_DAYS = 7
"""More new days than this at once are history and are built in ranges."""
LIVE_MAX_STALE = 92
"""More stale days than this at once are built in ranges too."""
FEW_ROWS = 20_000
"""A calendar year of so few rows is one range: 20 years of two repositories take 27 CPU s, by months 262."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded: landed source days, built model days, and days that may be judged again."""

    source_days: Mapping[str, Sequence[SourceDay]]
    model_days: Mapping[str, Mapping[date, ModelDay]]
    held: Days = field(default_factory=Days)
    """Days of which something is held: each run judges them again, so a person's word or a mended check counts."""
    late: Mapping[tuple[str, date], LateRows] = field(default_factory=dict)
    """What arrived for a source's day with the landing that last changed it."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """Per model the days that must be rebuilt for a reason of their own, and the reasons."""

    days: dict[str, Days]
    """In whole periods of each model."""
    all_days: Days
    """The days behind them, before they are widened to periods."""
    reasons: tuple[Reason, ...]
    moved: tuple[tuple[str, date], ...] = ()
    """Source days that changed since they were built from."""


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
    new, redefined, daily = Days(), Days(), Days()
    moved: dict[tuple[str, date], None] = {}
    for model in lineage:
        have = known.model_days.get(model.name, {})
        # A day that no period of the model holds is never built, so it is not missing either.
        missing = (inside - Days.of_days(have)) & calendar.widen(model.period, inside)
        other = Days.of_days(day for day, row in have.items() if row.definition_hash != model.definition_hash)
        due = missing | (other & inside)
        new |= missing
        redefined |= other & inside
        oldest_seq = min((row.seq for row in have.values()), default=0)
        overtaken = _behind_models(model, have, lineage, known, calendar) & inside
        if overtaken:
            due |= overtaken
            moved |= dict.fromkeys(_moved_since(model, overtaken, lineage, sources, known, calendar))
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
            daily |= due
    reasons = []
    if new:
        reasons.append(Reason("new", new, f"not built yet: {new}"))
    if redefined:
        reasons.append(Reason("definition", redefined, f"definition changed: {redefined}"))
    for name, day in sorted(moved):
        text = str(known.late.get((name, day)) or LateRows(name, day))
        reasons.append(Reason("late rows", Days.of_days([day]), text))
    return Staleness(found, daily, tuple(reasons), tuple(sorted(moved)))


def _behind_models(
    model: Model, have: Mapping[date, ModelDay], lineage: Sequence[Model], known: Known, calendar: Calendar
) -> Days:
    """Days built from a shared table that another pipeline has rebuilt since, with other rows.

    A table of the same pipeline is never ahead: whoever rebuilds it rebuilds what reads it in the same run.
    """
    shared = {each.name for each in lineage if each.pipeline != model.pipeline or not each.pipeline}
    lowest = _lowest_from(have)
    behind: set[date] = set()
    for reads in model.reads:
        if reads.input not in shared:
            continue
        for day, row in known.model_days.get(reads.input, {}).items():
            since = day - timedelta(days=max(reads.last, 0))
            if row.changed_seq and (model.period != DAY or lowest(since) < row.changed_seq):
                touched = model.days_touched(reads, Days.of_days([day]), calendar) & _span_of(have)
                behind.update(each for each in touched if each in have and have[each].seq < row.changed_seq)
    return Days.of_days(behind)


def _lowest_from(have: Mapping[date, ModelDay]) -> Callable[[date], int]:
    """Day -> the lowest landing from which that day or a later one was built: a quick no for almost all days."""
    days = sorted(have)
    lowest = [have[day].seq for day in days]
    for at in range(len(days) - 2, -1, -1):
        lowest[at] = min(lowest[at], lowest[at + 1])

    def of(day: date) -> int:
        at = bisect_left(days, day)
        return lowest[at] if at < len(days) else sys.maxsize

    return of


def _span_of(have: Mapping[date, ModelDay]) -> Days:
    return Days.of([Interval(min(have), max(have) + ONE_DAY)]) if have else Days()


def _moved_since(
    model: Model,
    behind: Days,
    lineage: Sequence[Model],
    sources: Mapping[str, Source],
    known: Known,
    calendar: Calendar,
) -> list[tuple[str, date]]:
    """Source days that changed after the days of the model were built, and reach them through other models."""
    have = known.model_days.get(model.name, {})
    oldest_seq = min(have[day].seq for day in behind if day in have)
    return [
        (source.name, changed.day)
        for source in sources.values()
        for changed in known.source_days.get(source.name, ())
        if changed.seq > oldest_seq
        and reach_of(f"{SOURCE_PREFIX}{source.name}", Days.of_days([changed.day]), lineage, calendar).get(model.name, Days())
        & behind
    ]


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
    stale with it. Longer history is built a calendar month at a time, or a year where a year has few rows.
    """
    owed = stale(lineage, sources, known, horizon, calendar)
    held = known.held & Days.of([horizon])
    if not owed.days and not held:
        return []
    reasons = owed.reasons
    if held:
        reasons = (*reasons, Reason("held", held, f"held, judged again: {held}"))
    why, unexplained = _causes(lineage, owed, known, horizon, calendar)
    new = Days.of(each for reason in reasons if reason.kind == "new" for each in reason.days.intervals)
    old = (owed.all_days | held) - new
    history = len(new) > LIVE_DAYS or len(old) > LIVE_MAX_STALE
    if history:
        parts = in_ranges(new | old, known)
    else:
        parts = [Days.of_days([day]) for day in new] or [Days()]
        parts[0] |= old
    return [
        Run(
            pipeline,
            days,
            _share(lineage, owed, days, calendar),
            tuple(reason for reason in reasons if reason.days & days or (reason.kind == "late rows" and days & old)),
            backfilled=history,
            unexplained=unexplained & days,
            why={day: rows for day, rows in why.items() if day in days or not history},
        )
        for days in parts
    ]


def forced(
    pipeline: str,
    lineage: Sequence[Model],
    sources: Mapping[str, Source],
    known: Known,
    days: Days,
    horizon: Interval,
    calendar: Calendar,
) -> list[Run]:
    """Runs that rebuild these days whether or not they are stale, in every model of the lineage; oldest first.

    Days outside the horizon are left out; no runs when none is inside. Days never built are simply built.
    A published day that differs afterwards waits for a person, unless late rows that came in time explain it.
    """
    days = days & Days.of([horizon])
    if not days:
        return []
    owed = stale(lineage, sources, known, horizon, calendar)
    why, unexplained = _causes(lineage, owed, known, horizon, calendar)
    unexplained = (unexplained & days) | (days - Days.of_days(why))
    history = len(days) > LIVE_DAYS
    return [
        Run(
            pipeline,
            part,
            {model.name: calendar.widen(model.period, part) & Days.of([horizon]) for model in lineage},
            (Reason("backfill", part, f"backfill: {part}"),),
            backfilled=history,
            unexplained=unexplained & part,
            why={day: rows for day, rows in why.items() if day in part},
        )
        for part in (in_ranges(days, known) if history else [days])
    ]


def _share(lineage: Sequence[Model], owed: Staleness, days: Days, calendar: Calendar) -> dict[str, Days]:
    """What of the staleness belongs to a run of these days."""
    shares = {m.name: owed.days.get(m.name, Days()) & calendar.widen(m.period, days) for m in lineage}
    return {name: share for name, share in shares.items() if share}


def _causes(
    lineage: Sequence[Model], owed: Staleness, known: Known, horizon: Interval, calendar: Calendar
) -> tuple[dict[date, tuple[LateRows, ...]], Days]:
    """Per business day the late rows that may reach it; and the days moved for another reason."""
    inside = Days.of([horizon])
    causes: dict[date, list[LateRows]] = {}
    unexplained = Days.of(x for r in owed.reasons if r.kind == "definition" for x in r.days.intervals)
    for name, day in owed.moved:
        rows = known.late.get((name, day)) or LateRows(name, day)
        reach = reach_of(f"{SOURCE_PREFIX}{name}", Days.of_days([day]), lineage, calendar)
        daily = Days.of(x for m in lineage if m.period == DAY and m.name in reach for x in reach[m.name].intervals)
        for each in daily & inside:
            causes.setdefault(each, []).append(rows)
        if not rows.in_time:
            unexplained |= daily & inside  # not the days that only share a month with it
    return {day: tuple(some) for day, some in causes.items()}, unexplained


def reach_of(name: str, days: Days, lineage: Sequence[Model], calendar: Calendar) -> dict[str, Days]:
    """Model -> days that read the input's days, directly or through others; the input itself included."""
    reached = {name: days}
    for model in lineage:
        mine = Days()
        for reads in model.reads:
            above = reached.get(reads.input)
            if above:
                mine |= model.days_touched(reads, above, calendar)
        if mine:
            reached[model.name] = reached.get(model.name, Days()) | mine
    return reached


def in_ranges(days: Days, known: Known) -> list[Days]:
    """The days cut at calendar years, or at calendar months where the year has many rows, or none that we know of."""
    rows: Counter[int] = Counter()
    for landed in known.source_days.values():
        for each in landed:
            rows[each.day.year] += each.rows
    years: dict[int, list[date]] = {}
    for day in days:
        years.setdefault(day.year, []).append(day)
    found = []
    for year, some in sorted(years.items()):
        whole = Days.of_days(some)
        found += [whole] if 0 < rows[year] <= FEW_ROWS else in_months(whole)
    return found


def in_months(days: Days) -> list[Days]:
    """The days cut at calendar months, so that a build holds one month in memory."""
    chunks: dict[tuple[int, int], list[date]] = {}
    for day in days:
        chunks.setdefault((day.year, day.month), []).append(day)
    return [Days.of_days(chunk) for _, chunk in sorted(chunks.items())]
