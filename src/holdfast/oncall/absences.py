"""Time off as instants: whole local days, which a hand-off on the first of them shortens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.definitions.rota import WEEK, Rotation
from holdfast.oncall.shifts import hand_off_at

NOTICE = timedelta(days=14)
"""Time off is asked so long ahead; later it needs the manager."""


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Somebody is away, from the first day through the last."""

    person: str
    first_on: date
    last_on: date
    reason: str = ""
    id: int = 0
    """0 for what `team/time_off.yml` says."""
    sudden_at: datetime | None = None
    """The instant from which somebody is gone without notice, instead of the first day's begin."""
    uid: str = ""
    """Of the calendar entry it was read from."""
    feed: str = ""
    """The calendar it was read from."""
    recorded_at: datetime | None = None
    by: str = ""

    def __str__(self) -> str:
        days = str(self.first_on) if self.first_on == self.last_on else f"{self.first_on}..{self.last_on}"
        return f"{self.person} {days}"


@dataclass(frozen=True, slots=True)
class Absence:
    """The instants, half-open, in which somebody can have no role."""

    person: str
    start: datetime
    end: datetime

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any of that time is part of it."""
        return self.start < end and start < self.end


def absence(off: TimeOff, rotation: Rotation, zone: ZoneInfo) -> Absence:
    """From the first day's midnight in the person's `zone`, or that day's hand-off, to midnight after the last.

    Leave that starts on a hand-off day counts from the hand-off, so the shift that ends then is still theirs.
    """
    start = off.sudden_at or datetime.combine(off.first_on, time(0), tzinfo=zone).astimezone(UTC)
    end = datetime.combine(off.last_on + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
    if off.sudden_at is None and (rotation.every != WEEK or off.first_on.weekday() == rotation.hand_off.weekday):
        start = max(start, hand_off_at(rotation.hand_off, off.first_on))
    return Absence(off.person, start, max(start, end))


def away(absences: Iterable[Absence], person: str, start: datetime, end: datetime) -> bool:
    """Whether the person misses any of that time."""
    return any(each.person == person and each.meets(start, end) for each in absences)
