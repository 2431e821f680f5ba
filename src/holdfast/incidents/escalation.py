"""When a step of a ladder is due: plain hours, hours of an opening time, working days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.definitions.rota import EscalationStep

_DAY = timedelta(days=1)
_SATURDAY = 5


def step_due(start: datetime, step: EscalationStep, zone: ZoneInfo) -> datetime:
    """The instant at which the step is due when its clock began at `start`.

    Without `between` and `working_days`, `after` is simply added. With them its whole days name a local day
    (working days: weekends are skipped), at the same time of day, or at that day's opening when it is closed then.
    The rest is counted inside the opening hours alone, and an instant outside of them moves to the next opening.
    Local times are those of `zone`.
    """
    if step.between is None and not step.working_days:
        return start + step.after
    days, hours = divmod(step.after, _DAY)
    return _counted(_days_on(start, days, step, zone), hours, step, zone)


def repeat_due(before: datetime, step: EscalationStep, zone: ZoneInfo) -> datetime:
    """When the step comes again after it fired at `before`. Only for a step with `repeat_every`."""
    assert step.repeat_every is not None
    return step_due(before, replace(step, after=step.repeat_every), zone)


def open_from(at: datetime, step: EscalationStep, zone: ZoneInfo) -> datetime:
    """The instant itself when the step may fire then, else the next opening."""
    return step_due(at, replace(step, after=timedelta(0)), zone)


def _days_on(start: datetime, days: int, step: EscalationStep, zone: ZoneInfo) -> datetime:
    local = start.astimezone(zone)
    day = local.date()
    while days > 0:
        day += _DAY
        days -= _is_open_on(day, step)
    if day == local.date():
        return start
    return _instant(day, _open_time(local.time(), step), zone)


def _open_time(at: time, step: EscalationStep) -> time:
    """The time of day, or the opening when it is closed then."""
    first, last = step.between or (time(0), time(0))
    is_open = first <= at < last if first < last else at >= first or at < last
    return at if is_open else first


def _counted(start: datetime, left: timedelta, step: EscalationStep, zone: ZoneInfo) -> datetime:
    for opens, closes in _openings(start, step, zone):
        begin = max(start, opens)
        if left < closes - begin:
            return begin + left
        left -= max(closes - begin, timedelta(0))
    raise AssertionError("openings never end")


def _openings(start: datetime, step: EscalationStep, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Opening times that end after `start`, oldest first. Those over midnight belong to the day they begin on."""
    first, last = step.between or (time(0), time(0))
    day = start.astimezone(zone).date() - _DAY
    while True:
        closes = _instant(day if first < last else day + _DAY, last, zone)
        if _is_open_on(day, step) and closes > start:
            yield _instant(day, first, zone), closes
        day += _DAY


def _is_open_on(day: date, step: EscalationStep) -> bool:
    return not step.working_days or day.weekday() < _SATURDAY


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
