"""Days, weekends, holidays and closes, counted exactly."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from rotas import MONDAY, rotation

from holdfast.oncall.burden import Burden, Close, Year, burdens, day_shares, mean, shown, spread
from holdfast.oncall.shifts import Shift, shift_span

NOBODY_ELSE = Year()


def week(on, primary, backup=None):
    return Shift(on, *shift_span(rotation(), on), primary, backup, "rotation")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_week_is_seven_days_two_of_them_weekend():
    """The primary carries the weekend, the backup only the days."""
    found = burdens([week(MONDAY, "john", "jill")], ["john", "jill"], rotation(), NOBODY_ELSE)

    assert found["john"] == Burden(primary=Fraction(7), weekend=Fraction(2))
    assert found["jill"] == Burden(backup=Fraction(7))


def test_a_week_with_a_clock_change_is_seven_days_too():
    """Days run from hand-off to hand-off, so the lost hour makes no day shorter in the sum."""
    found = burdens([week(date(2027, 3, 22), "john")], ["john"], rotation(), NOBODY_ELSE)

    assert found["john"].primary == 7


def test_a_cover_of_some_hours_counts_as_its_part_of_a_day():
    """Twelve of the twenty-four hours are half a day, for each of the two."""
    start, end = shift_span(rotation(), MONDAY)
    half = start + timedelta(hours=12)
    duties = [Shift(MONDAY, start, half, "davis", None, "cover 1"), Shift(MONDAY, half, end, "john", None, "rotation")]

    found = burdens(duties, ["john", "davis"], rotation(), NOBODY_ELSE)

    assert found["davis"].primary == Fraction(1, 2)
    assert found["john"].primary == Fraction(13, 2)


def test_holidays_are_ones_own_and_christmas_counts_double():
    """On 25 and 26 December England has two holidays, the United States one; primary weighs 2, backup 1."""
    on = date(2027, 12, 20)  # to 27 December, 09:00
    year = Year({"john": frozenset({date(2027, 12, 25), date(2027, 12, 26)}), "jill": frozenset({date(2027, 12, 25)})})

    found = burdens([week(on, "john", "jill")], ["john", "jill"], rotation(), year)

    assert found["john"].holiday == 2 * 2 + 2 * 1
    assert found["jill"].holiday == 1 * 2


def test_a_holiday_on_the_hand_off_day_is_the_incoming_ones():
    """The day counts from nine o'clock, so Monday's holiday belongs to whoever takes over on it."""
    year = Year({"john": frozenset({MONDAY}), "james": frozenset({MONDAY})})
    duties = [week(MONDAY - timedelta(7), "john"), week(MONDAY, "james")]

    found = burdens(duties, ["john", "james"], rotation(), year)

    assert (found["john"].holiday, found["james"].holiday) == (0, 2)


def test_a_close_weighs_on_whoever_is_primary_at_its_deadline():
    """A quarter's close is its last month's too, and counts once, as the heavier."""
    year = Year(closes=(Close(utc(2027, 1, 4, 12), 1), Close(utc(2027, 1, 4, 12), 3)))

    found = burdens([week(MONDAY, "john", "jill")], ["john", "jill"], rotation(), year)

    assert (found["john"].critical, found["jill"].critical) == (3, 0)


def test_nobody_is_charged_for_a_vacant_shift():
    """What the manager answers burdens none of the engineers."""
    found = burdens([week(MONDAY, None)], ["john"], rotation(), NOBODY_ELSE)

    assert found["john"] == Burden()


def test_range_and_mean():
    """The range is from least to most; a newcomer begins with the mean."""
    found = {"john": Burden(primary=Fraction(14)), "jill": Burden(primary=Fraction(7))}

    assert spread(found)["primary"] == 7
    assert mean(found).primary == Fraction(21, 2)
    assert shown(Fraction(21, 2)) == "10.5"


def test_shares_of_days_add_up_to_the_time():
    """From Tuesday noon to Thursday noon: 21 hours of Tuesday's day, all of Wednesday's, 3 of Thursday's."""
    shares = day_shares(rotation(), utc(2027, 1, 5, 12), utc(2027, 1, 7, 12))

    assert shares == [
        (date(2027, 1, 5), Fraction(21, 24)),
        (date(2027, 1, 6), Fraction(1)),
        (date(2027, 1, 7), Fraction(3, 24)),
    ]
