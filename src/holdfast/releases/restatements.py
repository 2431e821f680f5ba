"""What became of signed figures: what `holdfast restatements` prints, as text and as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from holdfast.calendars import Calendar
from holdfast.releases.closing import (
    Adjustment,
    CloseEvent,
    CloseKind,
    Erratum,
    Key,
    Mark,
    by_period,
    standing,
)
from holdfast.releases.release import Figure, Hold, HoldKind
from holdfast.releases.spelling import grouped, instant, plain_or_none, segment_label
from holdfast.releases.status import approve_command


@dataclass(frozen=True, slots=True)
class Changed:
    """One figure of a restatement."""

    metric: str
    segment: str
    old: Decimal | None
    new: Decimal | None
    version: int


@dataclass(frozen=True, slots=True)
class Restated:
    """A restatement that readers have."""

    event: CloseEvent
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """Everything of one pipeline that touches signed or withdrawn periods."""

    pipeline: str
    waiting: tuple[Hold, ...] = ()
    restated: tuple[Restated, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    errata: tuple[Erratum, ...] = ()
    withdrawn: tuple[CloseEvent, ...] = ()
    words: Mapping[tuple[str, str], tuple[CloseEvent, ...]] | None = None
    """Withdrawn period -> who said that it may be released."""


def corrections_of(
    pipeline: str,
    holds: Iterable[Hold],
    events: Sequence[CloseEvent],
    adjustments: Iterable[Adjustment],
    errata: Iterable[Erratum],
    history: Iterable[Figure],
    calendar: Calendar,
) -> Corrections:
    """Gathers them; `history` holds every row ever released of the periods that were restated.

    An erratum ends with the restatement that gives its figure the corrected value.
    """
    rows: dict[tuple[str, str], list[Figure]] = {}
    for figure in history:
        rows.setdefault((figure.grain, figure.period), []).append(figure)
    restated = [event for event in events if event.kind is CloseKind.RESTATED]
    stands = {key: standing(some) for key, some in by_period(events).items()}
    newest = {
        (e.grain, e.period, e.metric, e.segment): e
        for e in errata
        if not any(each.release > e.release and _overlap(each.period, e.period, calendar) for each in restated)
    }
    withdrawn = {key: s.withdrawn for key, s in stands.items() if s.withdrawn is not None}
    return Corrections(
        pipeline,
        tuple(hold for hold in holds if hold.kind is HoldKind.RESTATEMENT),
        tuple(Restated(event, _changes(event, rows.get((event.grain, event.period), []))) for event in restated),
        tuple(adjustments),
        tuple(newest.values()),
        tuple(withdrawn.values()),
        {key: stands[key].release_words for key in withdrawn},
    )


def _overlap(one: str, other: str, calendar: Calendar) -> bool:
    first, second = calendar.named(one), calendar.named(other)
    return first is not None and second is not None and first.interval.meet(second.interval) is not None


def _changes(event: CloseEvent, rows: Sequence[Figure]) -> tuple[Changed, ...]:
    """What the restatement's release wrote, beside the row before it."""
    before: dict[tuple[str, str], Figure] = {}
    found = []
    for row in sorted(rows, key=lambda each: each.release):
        key = row.metric, row.segment
        if row.release == event.release:
            old = before.get(key)
            found.append(Changed(*key, old.value if old else None, row.value, row.version))
        elif row.release < event.release:
            before[key] = row
    return tuple(sorted(found, key=lambda each: (each.metric, each.segment)))


def marks_of(found: Corrections, calendar: Calendar, grain: str) -> dict[Key, Mark]:
    """The marks of the grain's figures; those without any are left out."""
    marks: dict[Key, Mark] = {}
    for each in found.adjustments:
        period = calendar.of_day(grain, each.booked_on)
        if period is not None:
            key = (grain, period.name, each.metric, each.segment)
            marks[key] = Mark((marks.get(key, Mark()).adjustment or Decimal(0)) + each.delta)
    for restated in found.restated:
        if restated.event.grain != grain:
            continue
        for change in restated.changes:
            key = (grain, restated.event.period, change.metric, change.segment)
            marks[key] = Mark(marks.get(key, Mark()).adjustment, change.old, restated.event.reason)
    return marks


def lines(found: Corrections) -> list[str]:
    """A block per kind; totals of adjustments, every segment in the JSON."""
    said = [found.pipeline]
    for hold in found.waiting:
        since = f", since {hold.opened_at:%Y-%m-%d %H:%M} UTC" if hold.opened_at else ""
        said += [
            f"  waiting     {hold.cause}{since}",
            f"              {hold.detail}",
            f"              {hold.observed}, expected {hold.expected}",
            f"              {approve_command(hold)}",
        ]
    for each in found.restated:
        event = each.event
        said.append(
            f"  restated    {event.period} version {event.role} on {event.at:%Y-%m-%d} by {event.by}: {event.reason}"
        )
        said += [f"              {_change(change)}" for change in each.changes if not change.segment]
    for adjustment in found.adjustments:
        if not adjustment.segment:
            said.append(
                f"  adjustment  {adjustment.origin} booked in {adjustment.booked}: {adjustment.metric} "
                f"{_signed(adjustment.delta)} {adjustment.unit} ({adjustment.reason})"
            )
    for erratum in found.errata:
        if not erratum.segment:
            said.append(
                f"  erratum     {erratum.period}: {erratum.metric} is published as {_value(erratum.published)} and "
                f"would be {_value(erratum.corrected)} ({erratum.reason})"
            )
    for event in found.withdrawn:
        said.append(f"  withdrawn   {event.period} on {event.at:%Y-%m-%d %H:%M} UTC by {event.by}: {event.reason}")
        words = (found.words or {}).get((event.grain, event.period), ())
        by = ", ".join(f"{word.by} ({word.role})" for word in words)
        said.append(
            f"              released by {by}; another person's word is missing"
            if len(words) == 1
            else f'              holdfast release {found.pipeline} {event.period} --reason "...", by two people'
            if not words
            else f"              released by {by}; the next run publishes it"
        )
    return said if len(said) > 1 else [*said, "  nothing waits, and nothing was corrected"]


def as_object(found: Corrections) -> dict[str, Any]:
    """The same for programs, every segment."""
    return {
        "pipeline": found.pipeline,
        "waiting": [
            {
                "hold": hold.id,
                "cause": hold.cause,
                "since": instant(hold.opened_at) if hold.opened_at else None,
                "observed": hold.observed,
                "expected": hold.expected,
                "detail": hold.detail,
                "approve": approve_command(hold),
            }
            for hold in found.waiting
        ],
        "restated": [
            {
                "grain": each.event.grain,
                "period": each.event.period,
                "version": int(each.event.role),
                "at": instant(each.event.at),
                "by": each.event.by,
                "recorded": each.event.recorded,
                "reason": each.event.reason,
                "release": each.event.release,
                "changes": [
                    {
                        "metric": change.metric,
                        "segment": change.segment,
                        "old": plain_or_none(change.old),
                        "new": plain_or_none(change.new),
                        "version": change.version,
                    }
                    for change in each.changes
                ],
            }
            for each in found.restated
        ],
        "adjustments": [
            {
                "grain": each.grain,
                "origin": each.origin,
                "booked": each.booked,
                "booked_on": each.booked_on.isoformat(),
                "metric": each.metric,
                "segment": each.segment,
                "delta": plain_or_none(each.delta),
                "unit": each.unit,
                "reason": each.reason,
                "approver": each.approver,
                "at": instant(each.at),
            }
            for each in found.adjustments
        ],
        "errata": [
            {
                "grain": each.grain,
                "period": each.period,
                "metric": each.metric,
                "segment": each.segment,
                "published": plain_or_none(each.published),
                "corrected": plain_or_none(each.corrected),
                "reason": each.reason,
                "at": instant(each.at),
            }
            for each in found.errata
        ],
        "withdrawn": [
            {
                "grain": each.grain,
                "period": each.period,
                "by": each.by,
                "recorded": each.recorded,
                "reason": each.reason,
                "at": instant(each.at),
                "released_by": [
                    {"by": word.by, "role": word.role}
                    for word in (found.words or {}).get((each.grain, each.period), ())
                ],
            }
            for each in found.withdrawn
        ],
    }


def as_json(found: Iterable[Corrections]) -> str:
    """One object per pipeline."""
    return json.dumps([as_object(each) for each in found], ensure_ascii=False, indent=2)


def _change(change: Changed) -> str:
    return f"{change.metric} ({segment_label(change.segment)}) {_value(change.old)} -> {_value(change.new)}"


def _value(value: Decimal | None) -> str:
    return "nothing" if value is None else grouped(_short(value))


def _signed(value: Decimal) -> str:
    return format(_short(value), "+,f")


def _short(value: Decimal) -> Decimal:
    """Without zeros at its end: figures carry six decimals, whatever their metric's scale."""
    trimmed = value.normalize()
    return trimmed if trimmed.as_tuple().exponent <= 0 else trimmed.quantize(Decimal(1))  # type: ignore[operator]  # finite
