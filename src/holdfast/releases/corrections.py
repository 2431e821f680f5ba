"""What becomes of rows that come after a period was signed: an adjustment, an erratum, or a restatement that waits.

A signed figure never changes by itself. What its late rows come to, all together since the signature, is set
against its materiality. Below it the difference of an additive metric is booked in the open period, and any
other figure gets an erratum beside its unchanged value. Above it the whole period waits as one restatement:
profit must stay revenue less cost in every version a reader can see.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from holdfast.calendars import DAY, Calendar, Period
from holdfast.definitions.metric import Metric
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days
from holdfast.releases.closing import Adjustment, Erratum, Lock
from holdfast.releases.release import Hold, HoldKind
from holdfast.releases.revise import Move

RESTATEMENT = "restatement"
SHOWN = 4
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Correction:
    """What one signed period needs: all of it one thing or the other."""

    period: Period
    moves: tuple[Move, ...]
    """Published final figures that its rows, as they are now, would change; of every grain."""
    hold: Hold | None = None
    """Above materiality, not caused by late rows, or failing a check: waits for the approver."""
    failing: tuple[Hold, ...] = ()
    """Checks that fail on its days and that nobody has approved; nothing is booked on rows in doubt."""

    @property
    def cause(self) -> str:
        """What the hold is called: `restatement month 2026-08`."""
        return cause_of(self.period)


def cause_of(period: Period) -> str:
    """The name of a restatement's hold."""
    return f"{RESTATEMENT} {period.grain} {period.name}"


def corrections(
    would_be: Iterable[tuple[Move, date]],
    looked_at: Sequence[Period],
    pipeline: Pipeline,
    calendar: Calendar,
    lock: Lock,
    not_late: Days,
    waiting: frozenset[str],
    on_signed: Sequence[Hold] = (),
) -> list[Correction]:
    """One per signed period looked at, oldest first.

    `would_be` are figures whose days all lie before the lock, with the value their rows have now and the last
    day counted. `not_late` are days of this run that something else than late rows moved, such as a new
    definition: that waits whatever its size. So does what is `waiting` already, by the cause of its hold, and
    what fails a check, `on_signed`.
    """
    moved = [(move, as_of) for move, as_of in would_be if _is_final(move, calendar, lock)]
    found = []
    for period in looked_at:
        mine = tuple(move for move, as_of in moved if _concerns(move, as_of, period, calendar))
        days = Days.of_days(as_of for move, as_of in moved if move.grain == DAY and as_of in period.interval)
        failing = tuple(hold for hold in on_signed if hold.day in period.interval)
        must_wait = bool(mine) and (
            bool(failing or days & not_late) or cause_of(period) in waiting or any(_is_material(move, pipeline, lock) for move in mine)
        )
        hold = _hold(period, mine, failing, pipeline, lock) if must_wait else None
        found.append(Correction(period, mine, hold, failing))
    return found


def _is_final(move: Move, calendar: Calendar, lock: Lock) -> bool:
    period = calendar.named(move.period)
    # A cohort's day may lie before the lock and its figure be counted after it; the caller has left those out.
    return period is not None and (move.grain == DAY or (period.grain == move.grain and lock.is_final(period)))


def _concerns(move: Move, as_of: date, period: Period, calendar: Calendar) -> bool:
    """Whether the figure counts days of the period: a day by the day it was counted on."""
    if move.grain == DAY:
        return as_of in period.interval
    its = calendar.named(move.period)
    return its is not None and its.interval.meet(period.interval) is not None


def _is_material(move: Move, pipeline: Pipeline, lock: Lock) -> bool:
    """Judged where it is signed; a figure that has no signed grain is judged as it is, in total."""
    metric = pipeline.metric(move.metric)
    if metric is None:
        return False
    signed = [grain for grain in metric.grains if grain in lock.grains]
    if move.grain not in signed and (signed or move.segment):
        return False
    if _is_additive(metric):
        return not metric.materiality.allows(move.old or _NOTHING, move.new or _NOTHING)
    if None in (move.old, move.new):
        return False  # a ratio over nothing: the limits of its parts say whether that is much
    return not metric.materiality.allows(move.old, move.new)


def _is_additive(metric: Metric) -> bool:
    return metric.additive and metric.ratio is None


def _hold(
    period: Period, moves: Sequence[Move], failing: Sequence[Hold], pipeline: Pipeline, lock: Lock
) -> Hold:
    named = {move.metric for move in moves} | {name for hold in failing for name in hold.metrics}
    signed = [move for move in moves if move.grain in lock.grains] or list(moves)
    worst = sorted(signed, key=lambda m: (bool(m.segment), -abs((m.new or _NOTHING) - (m.old or _NOTHING)), str(m)))
    metric = pipeline.metric(worst[0].metric)
    limit = metric.materiality if metric else None
    more = f" and {len(signed) - SHOWN} more" if len(signed) > SHOWN else ""
    checks = ", ".join(dict.fromkeys(f"{hold.cause} on {hold.day}" for hold in failing))
    more += f"; failing checks: {checks}" if checks else ""
    return Hold(
        pipeline=pipeline.name,
        kind=HoldKind.RESTATEMENT,
        cause=cause_of(period),
        day=period.interval.start,
        segment="",
        metrics=tuple(m.id for m in pipeline.metrics if m.id in named),
        model=min(pipeline.measures),
        observed=str(worst[0]),
        expected=f"at most {limit.percent} % or {limit.at_least} off the signed value" if limit else "the signed value",
        detail="; ".join(f"{move.grain} {move.period}: {move}" for move in worst[:SHOWN]) + more,
        evidence=_digest(moves),
    )


def _digest(moves: Sequence[Move]) -> str:
    rows = sorted(f"{m.grain}|{m.period}|{m.metric}|{m.segment}|{m.old}|{m.new}" for m in moves)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Booking:
    """Where and as what corrections are written down."""

    pipeline: Pipeline
    calendar: Calendar
    lock: Lock
    booked_on: date
    """The newest day of the run, or the first that is not signed."""
    at: datetime
    release: int
    reasons: Mapping[str, str]
    """Period -> what came, in words."""


def adjustments_of(
    correction: Correction, booked: Iterable[Adjustment], booking: Booking, *, restated: bool
) -> list[Adjustment]:
    """What is still to be booked so that signed values and adjustments come to what the rows say.

    Once a period is restated its own days say it, so what was booked for it before is taken back.
    """
    period, pipeline = correction.period, booking.pipeline
    carries = booking.calendar.of_day(period.grain, booking.booked_on)
    if carries is None:
        return []
    so_far: dict[tuple[str, str], Decimal] = {}
    for each in booked:
        if each.origin == period.name and each.grain == period.grain:
            key = each.metric, each.segment
            so_far[key] = so_far.get(key, _NOTHING) + each.delta
    due: dict[tuple[str, str], Decimal] = dict.fromkeys(so_far, _NOTHING)
    for move in () if restated else correction.moves:
        metric = pipeline.metric(move.metric)
        if metric is not None and _is_additive(metric) and (move.grain, move.period) == (period.grain, period.name):
            due[move.metric, move.segment] = (move.new or _NOTHING) - (move.old or _NOTHING)
    order = {metric.id: at for at, metric in enumerate(pipeline.metrics)}
    found = []
    for (name, segment), total in sorted(due.items(), key=lambda each: (order.get(each[0][0], len(order)), each[0])):
        delta = total - so_far.get((name, segment), _NOTHING)
        metric = pipeline.metric(name)
        if not delta or metric is None:
            continue
        reason = f"{period.name} was restated" if restated else booking.reasons.get(period.name, "rebuilt")
        found.append(
            Adjustment(
                pipeline.name,
                period.grain,
                period.name,
                carries.name,
                booking.booked_on,
                name,
                segment,
                delta,
                metric.unit,
                reason,
                metric.approver,
                booking.at,
                booking.release,
            )
        )
    return found


def errata_of(correction: Correction, known: Iterable[Erratum], booking: Booking) -> list[Erratum]:
    """What signed figures that do not add up would come to, where that is not said yet.

    Of periods that are not signed themselves, such as days, only totals are told.
    """
    said = {(each.grain, each.period, each.metric, each.segment): each.corrected for each in known}
    found = []
    for move in correction.moves:
        metric = booking.pipeline.metric(move.metric)
        if metric is None or _is_additive(metric) or (move.segment and move.grain not in booking.lock.grains):
            continue
        key = (move.grain, move.period, move.metric, move.segment)
        if key in said and said[key] == move.new:
            continue
        found.append(
            Erratum(
                booking.pipeline.name,
                *key,
                published=move.old,
                corrected=move.new,
                unit=metric.unit,
                reason=booking.reasons.get(correction.period.name, "rebuilt"),
                at=booking.at,
                release=booking.release,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader of one figure must know: whose late rows it counts, and how much."""

    grain: str
    period: str
    metric: str
    segment: str
    text: str


def notes_of(booked: Iterable[Adjustment], pipeline: Pipeline, calendar: Calendar) -> list[Note]:
    """One per figure that counts adjustments, or is divided from one that does."""
    grains = pipeline.close.grains if pipeline.close else ()
    sums: dict[tuple[str, str, str, str], dict[str, Decimal]] = {}
    for each in booked:
        for grain in grains:
            period = calendar.of_day(grain, each.booked_on)
            if period is not None:
                of_origin = sums.setdefault((grain, period.name, each.metric, each.segment), {})
                of_origin[each.origin] = of_origin.get(each.origin, _NOTHING) + each.delta
    counting = {key: {o: d for o, d in origins.items() if d} for key, origins in sums.items()}
    scales = {metric.id: metric.scale for metric in pipeline.metrics}
    found = [
        Note(*key, f"with {', '.join(f'{_signed(d, scales[key[2]])} for {o}' for o, d in sorted(origins.items()))}")
        for key, origins in counting.items()
        if origins and key[2] in scales
    ]
    for ratio in (metric for metric in pipeline.metrics if metric.ratio is not None):
        assert ratio.ratio is not None
        parts: dict[tuple[str, str, str], set[str]] = {}
        for (grain, name, metric, segment), origins in counting.items():
            if metric in ratio.ratio.parts and origins:
                parts.setdefault((grain, name, segment), set()).update(origins)
        found += [
            Note(grain, name, ratio.id, segment, f"with adjustments for {', '.join(sorted(origins))}")
            for (grain, name, segment), origins in parts.items()
        ]
    return sorted(found, key=lambda note: (note.grain, note.period, note.metric, note.segment))


def _signed(value: Decimal, scale: int) -> str:
    return format(value.quantize(Decimal(1).scaleb(-scale)), "+,f")
