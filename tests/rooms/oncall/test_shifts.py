"""Hand-offs on the wall clock, and later rows over earlier ones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from rotas import LONDON, MONDAY, rotation

from holdfast.definitions.rota import HandOff
from holdfast.oncall.shifts import (
    Shift,
    at_instant,
    hand_off_at,
    hand_off_days,
    laid_over,
    shift_day_of,
    shift_span,
    spans,
    within,
)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def a_shift(on, primary, backup="jill", reason="rotation", **changes):
    start, end = shift_span(rotation(), on)
    return Shift(on, changes.get("start", start), changes.get("end", end), primary, backup, reason)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2027, 3, 22), utc(2027, 3, 22, 9)),  # still winter
        (date(2027, 3, 29), utc(2027, 3, 29, 8)),  # the day after the clocks went forward
        (date(2027, 10, 25), utc(2027, 10, 25, 8)),
        (date(2027, 11, 1), utc(2027, 11, 1, 9)),  # the day after they went back
    ],
)
def test_the_hand_off_stays_at_nine_on_the_wall(day, expected):
    """In London the same wall-clock time is another instant in summer; read off a printed calendar."""
    assert hand_off_at(HandOff(0, time(9), LONDON), day) == expected


def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer():
    """167 hours in March, 169 in October: adding 168 would drift away from nine o'clock."""
    march = shift_span(rotation(), date(2027, 3, 22))
    october = shift_span(rotation(), date(2027, 10, 25))

    assert march[1] - march[0] == timedelta(hours=167)
    assert october[1] - october[0] == timedelta(hours=169)


def test_a_day_that_a_zone_never_had_is_no_shift():
    """Samoa went from 29 to 31 December 2011: of a daily rota the shift of the 30th would be empty."""
    apia = rotation(zone=ZoneInfo("Pacific/Apia"), every="day", shifts_between=1)

    found = spans(apia, date(2011, 12, 29), date(2012, 1, 1))

    assert [on for on, _, _ in found] == [date(2011, 12, 29), date(2011, 12, 31)]
    assert found[0][2] == found[1][1]


def test_hand_offs_begin_on_the_next_right_weekday():
    """From a Wednesday the first weekly hand-off is the Monday after."""
    assert list(hand_off_days(rotation(), date(2027, 1, 6), date(2027, 1, 19))) == [date(2027, 1, 11), date(2027, 1, 18)]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (utc(2027, 3, 29, 7, 59), date(2027, 3, 22)),
        (utc(2027, 3, 29, 8, 0), date(2027, 3, 29)),
        (utc(2027, 4, 5, 7, 59, 59), date(2027, 3, 29)),
    ],
)
def test_a_shift_begins_at_the_very_instant_of_its_hand_off(at, expected):
    """A second before nine the old shift still runs."""
    assert shift_day_of(rotation(), at) == expected


def test_an_override_ends_when_its_end_begins():
    """At the very instant an override ends, the rotation's own engineer is on call again."""
    shift = a_shift(MONDAY, "john")
    davis = a_shift(MONDAY, "davis", start=utc(2027, 1, 5), end=utc(2027, 1, 7))
    duties = laid_over([shift, davis])

    assert at_instant(duties, utc(2027, 1, 6, 23, 59, 59)).primary == "davis"
    assert at_instant(duties, utc(2027, 1, 7)).primary == "john"
    assert [duty.primary for duty in duties] == ["john", "davis", "john"]


def test_the_newest_row_counts():
    """A shift that was planned twice is as the later row says, whole."""
    assert laid_over([a_shift(MONDAY, "john"), a_shift(MONDAY, "james")]) == [a_shift(MONDAY, "james")]


def test_a_row_over_several_shifts_leaves_what_it_does_not_cover():
    """Days that replace the middle of two weeks leave the first week's begin and the second one's end."""
    weeks = [a_shift(MONDAY, "john"), a_shift(MONDAY + timedelta(7), "james")]
    over = Shift(MONDAY, utc(2027, 1, 6), utc(2027, 1, 13), "davis", None, "override: x")

    assert [(each.primary, each.start.day, each.end.day) for each in laid_over([*weeks, over])] == [
        ("john", 4, 6),
        ("davis", 6, 13),
        ("james", 13, 18),
    ]


def test_nobody_is_planned_outside_the_plan():
    """Before the first shift, and at the instant the last one ends, there is no duty."""
    duties = laid_over([a_shift(MONDAY, "john")])

    assert at_instant(duties, utc(2027, 1, 4, 8, 59)) is None
    assert at_instant(duties, utc(2027, 1, 11, 9)) is None


def test_duties_can_be_cut_to_a_time():
    """What lies within two instants is cut to them."""
    (cut,) = within(laid_over([a_shift(MONDAY, "john")]), utc(2027, 1, 5), utc(2027, 1, 6))

    assert (cut.start, cut.end) == (utc(2027, 1, 5), utc(2027, 1, 6))
