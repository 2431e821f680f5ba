"""What being on call costs each person: days worked per role, weekends, holidays and closes, counted exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from holdfast.definitions.rota import Rotation
from holdfast.oncall.shifts import Shift, at_instant, hand_off_at

PRIMARY_POINTS, BACKUP_POINTS = 2, 1
"""A holiday weighs twice for whoever answers first, once for whoever must be reachable."""
_DOUBLE = ((12, 25), (1, 1))
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Burden:
    """Days from hand-off to hand-off, shares of one included, and points."""

    primary: Fraction = Fraction(0)
    backup: Fraction = Fraction(0)
    weekend: Fraction = Fraction(0)
    """Of the primary days, those that begin on a Saturday or Sunday."""
    holiday: Fraction = Fraction(0)
    """Points: 2 a day as primary and 1 as backup on a holiday of one's own, double on 25 December and 1 January."""
    critical: Fraction = Fraction(0)
    """Points as primary: a month close 1, a quarter close 3."""

    def __add__(self, other: "Burden") -> "Burden":
        return Burden(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


MEASURES = tuple(each.name for each in fields(Burden))


@dataclass(frozen=True, slots=True)
class Close:
    """The instant at which a period's figures are due, and what being primary then weighs."""

    at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Year:
    """What makes some days heavier than others."""

    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """Person to the public holidays of their own country and subdivision."""
    closes: tuple[Close, ...] = ()

    def holiday_weight(self, person: str, day: date) -> int:
        """0 on other days, 1 on a holiday of theirs, 2 on Christmas Day and New Year's Day."""
        if day not in self.holidays.get(person, ()):
            return 0
        return 2 if (day.month, day.day) in _DOUBLE else 1

    def critical_points(self, start: datetime, end: datetime) -> int:
        """The heaviest close in that time: a quarter's is its last month's, too."""
        return max((each.points for each in self.closes if start <= each.at < end), default=0)


def burdens(
    duties: Sequence[Shift], people: Iterable[str], rotation: Rotation, year: Year
) -> dict[str, Burden]:
    """What each of these people carried in these duties; nobody is charged for what the manager answered."""
    found = dict.fromkeys(people, Burden())

    def charge(person: str | None, burden: Burden) -> None:
        if person in found:
            found[person] += burden

    for duty in duties:
        for day, share in day_shares(rotation, duty.start, duty.end):
            for person, primary in ((duty.primary, True), (duty.backup, False)):
                charge(person, _of_day(person or "", day, share, year, primary=primary))
    for close in _heaviest(duties, year):
        held = at_instant(duties, close.at)
        charge(held.primary if held else None, Burden(critical=Fraction(close.points)))
    return found


def day_shares(rotation: Rotation, start: datetime, end: datetime) -> list[tuple[date, Fraction]]:
    """The days, from hand-off time to hand-off time, that the time touches, and how much of each."""
    day = start.astimezone(rotation.hand_off.zone).date() - timedelta(days=1)
    shares = []
    while (begins := hand_off_at(rotation.hand_off, day)) < end:
        day_after = day + timedelta(days=1)
        ends = hand_off_at(rotation.hand_off, day_after)
        worked = min(end, ends) - max(start, begins)
        if worked > timedelta(0):
            shares.append((day, Fraction(worked // timedelta(seconds=1), (ends - begins) // timedelta(seconds=1))))
        day = day_after
    return shares


def spread(found: Mapping[str, Burden]) -> dict[str, Fraction]:
    """Measure to the distance between whoever carries most of it and whoever carries least."""
    totals = {name: [getattr(each, name) for each in found.values()] for name in MEASURES}
    return {name: max(values) - min(values) if values else Fraction(0) for name, values in totals.items()}


def mean(found: Mapping[str, Burden]) -> Burden:
    """What one person carries on average; what somebody new is taken to have carried."""
    if not found:
        return Burden()
    total = sum(found.values(), Burden())
    return Burden(*(getattr(total, name) / len(found) for name in MEASURES))


def shown(value: Fraction) -> str:
    """A number of days or points with at most one decimal, `7` or `2.5`."""
    return f"{float(value):.1f}".removesuffix(".0")


def _of_day(person: str, day: date, share: Fraction, year: Year, *, primary: bool) -> Burden:
    weight = year.holiday_weight(person, day)
    if not primary:
        return Burden(backup=share, holiday=share * weight * BACKUP_POINTS)
    weekend = share if day.weekday() >= SATURDAY else Fraction(0)
    return Burden(primary=share, weekend=weekend, holiday=share * weight * PRIMARY_POINTS)


def _heaviest(duties: Sequence[Shift], year: Year) -> list[Close]:
    """One close per shift, so that two in a week count as one."""
    by_shift: dict[date, Close] = {}
    for close in sorted(year.closes, key=lambda each: (each.at.astimezone(UTC), each.points)):
        held = at_instant(duties, close.at)
        if held and (held.on not in by_shift or by_shift[held.on].points < close.points):
            by_shift[held.on] = close
    return list(by_shift.values())
