"""A team of four, its weeks and its leave, for the tests of this room."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.calendars import public_holidays
from holdfast.definitions.rota import HandOff, Rotation
from holdfast.oncall.absences import absence
from holdfast.oncall.burden import Close, Year
from holdfast.oncall.planning import Puzzle, Slot, Standing, puzzle_of
from holdfast.oncall.shifts import spans
from holdfast.testing.leave import realistic_leave

LONDON = ZoneInfo("Europe/London")
FOUR = ("john", "james", "jill", "davis")
COUNTRIES = {"john": ("GB", "ENG"), "james": ("GB", "ENG"), "jill": ("US", None), "davis": ("DE", "BE")}
MONDAY = date(2027, 1, 4)


def rotation(people=FOUR, zone=LONDON, **changes) -> Rotation:
    given = {"first_on": date(2025, 9, 29), "until_on": date(2027, 5, 31), "shifts_between": min(2, len(people) - 1)}
    return Rotation(tuple(people), HandOff(0, time(9), zone), **(given | changes))


def year(first=2026, last=2028, people=FOUR) -> Year:
    """Holidays of the four countries (others have England's), and closes on the second of each month at noon UTC."""
    holidays = {
        who: public_holidays(*COUNTRIES.get(who, ("GB", "ENG")), range(first, last + 1)).holidays for who in people
    }
    closes = tuple(
        Close(datetime(y, m, 2, 12, tzinfo=ZoneInfo("UTC")), 3 if m % 3 == 1 else 1)
        for y in range(first, last + 1)
        for m in range(1, 13)
    )
    return Year(holidays, closes)


def weeks(rota: Rotation, first=MONDAY, count=26) -> list[Slot]:
    return [Slot(*each) for each in spans(rota, first, first + timedelta(days=rota.shift_days * count))]


def puzzle(rota=None, leave=(), *, first=MONDAY, count=26, carried=None, here=None, heavy=None, **more) -> Puzzle:
    rota = rota or rotation()
    standing = Standing(
        carried or {}, here or {}, tuple(absence(off, rota, rota.hand_off.zone) for off in leave)
    )
    return puzzle_of(rota, weeks(rota, first, count), standing, heavy or year(people=rota.engineers), **more)


def names(puzzle: Puzzle, pairs) -> list[tuple[str | None, str | None]]:
    def name(who):
        return puzzle.people[who] if who >= 0 else None

    return [(name(pair.primary), name(pair.backup)) for pair in pairs]


__all__ = ["realistic_leave"]
