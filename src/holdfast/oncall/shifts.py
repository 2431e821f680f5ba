"""Shifts on the wall clock, and who answers at an instant once later records are laid over earlier ones."""

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from holdfast.definitions.rota import WEEK, HandOff, Rotation


@dataclass(frozen=True, slots=True)
class Shift:
    """A recorded row: who answers from `start` to before `end`, and why it is they.

    Rows are never changed. A later one (by `number`) takes the place of earlier ones for its own time. An
    override is such a row too, of some hours, that can be taken back.
    """

    on: date
    """The local day on which the shift begins; of an override, that of the shift it lies in."""
    start: datetime
    end: datetime
    primary: str | None
    """None: nobody, and the manager answers."""
    backup: str | None
    """None: the manager backs up."""
    reason: str
    number: int = 0
    recorded_at: datetime | None = None
    by: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Whoever has a role in it."""
        return tuple(name for name in (self.primary, self.backup) if name is not None)


def hand_off_at(hand_off: HandOff, day: date) -> datetime:
    """The instant, in UTC, at which shifts pass on that local day.

    The local date is fixed first and converted after: adding 168 hours would be wrong across a clock change.
    Where clocks skip the hand-off's time, it is the instant that the clocks of before would show it.
    """
    return datetime.combine(day, hand_off.at, tzinfo=hand_off.zone).astimezone(UTC)


def hand_off_days(rotation: Rotation, first_on: date, until_on: date) -> Iterator[date]:
    """Days of the rotation on which a shift begins, `first_on` included and `until_on` not."""
    if rotation.every == WEEK:
        first_on += timedelta(days=(rotation.hand_off.weekday - first_on.weekday()) % 7)
    while first_on < until_on:
        yield first_on
        first_on += timedelta(days=rotation.shift_days)


def shift_span(rotation: Rotation, on: date) -> tuple[datetime, datetime] | None:
    """Start and end of the shift that begins on that day; None where the zone has no such day.

    A zone that crossed the date line has lost a day: of a daily rota that day's shift would be empty.
    """
    start = hand_off_at(rotation.hand_off, on)
    end = hand_off_at(rotation.hand_off, on + timedelta(days=rotation.shift_days))
    return (start, end) if start < end else None


def spans(rotation: Rotation, first_on: date, until_on: date) -> list[tuple[date, datetime, datetime]]:
    """Day, start and end of each shift, oldest first; each begins at the very instant the one before ends."""
    found = ((on, shift_span(rotation, on)) for on in hand_off_days(rotation, first_on, until_on))
    return [(on, *span) for on, span in found if span is not None]


def shift_day_of(rotation: Rotation, at: datetime) -> date:
    """The day on which the rotation's shift that holds the instant began."""
    local = at.astimezone(rotation.hand_off.zone).date()
    if rotation.every == WEEK:
        local -= timedelta(days=(local.weekday() - rotation.hand_off.weekday) % 7)
    step = timedelta(days=rotation.shift_days)
    while hand_off_at(rotation.hand_off, local) > at:
        local -= step
    while hand_off_at(rotation.hand_off, local + step) <= at:
        local += step
    return local


def laid_over(rows: Iterable[Shift]) -> list[Shift]:
    """Who has which role when: every instant that any row covers once, oldest first.

    Later rows lie over earlier ones. What is left of an earlier row keeps its reason, cut to the time it has left.
    """
    seen: list[Shift] = []
    for row in rows:
        low = bisect.bisect_right(seen, row.start, key=lambda each: each.end)
        high = bisect.bisect_left(seen, row.end, lo=low, key=lambda each: each.start)
        left = [replace(each, end=row.start) for each in seen[low:high] if each.start < row.start]
        right = [replace(each, start=row.end) for each in seen[low:high] if each.end > row.end]
        seen[low:high] = [*left, row, *right]
    return seen


def at_instant(duties: Sequence[Shift], at: datetime) -> Shift | None:
    """What holds at the instant, of what `laid_over` gave; None outside the plan and in its gaps."""
    found = bisect.bisect_right(duties, at, key=lambda each: each.start) - 1
    return duties[found] if found >= 0 and at < duties[found].end else None


def within(duties: Sequence[Shift], start: datetime, end: datetime) -> list[Shift]:
    """The duties of that time, cut to it."""
    return [
        replace(each, start=max(each.start, start), end=min(each.end, end))
        for each in duties
        if each.start < end and start < each.end
    ]
