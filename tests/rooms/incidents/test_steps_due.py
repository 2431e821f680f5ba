"""When a step is due, by hand: plain hours, opening hours, working days, nights when clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents.escalation import open_from, repeat_due, step_due

LONDON = ZoneInfo("Europe/London")
OFFICE = (time(8), time(20))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def london(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "after", "between", "working", "expected"),
    [
        ("2026-10-02 03:00", 2 * HOUR, None, False, "2026-10-02 05:00"),
        ("2026-10-25 00:30", 3 * HOUR, None, False, "2026-10-25 02:30"),  # clocks go back at two: hours are hours
        ("2026-10-02 09:00", 0 * HOUR, OFFICE, False, "2026-10-02 09:00"),
        ("2026-10-02 03:00", 0 * HOUR, OFFICE, False, "2026-10-02 08:00"),
        ("2026-10-02 20:00", 0 * HOUR, OFFICE, False, "2026-10-03 08:00"),  # closed from 20:00 on
        ("2026-10-02 19:59", 0 * HOUR, OFFICE, False, "2026-10-02 19:59"),
        ("2026-10-02 03:00", HOUR, OFFICE, False, "2026-10-02 09:00"),
        ("2026-10-02 19:30", HOUR, OFFICE, False, "2026-10-03 08:30"),
        ("2026-10-02 19:00", HOUR, OFFICE, False, "2026-10-03 08:00"),  # one hour ends when it closes
        ("2026-10-02 19:30", 13 * HOUR, OFFICE, False, "2026-10-04 08:30"),  # half an hour, twelve, half an hour
        ("2026-10-24 19:30", HOUR, OFFICE, False, "2026-10-25 08:30"),  # over the night with 25 hours
        ("2026-10-01 03:10", DAY, OFFICE, True, "2026-10-02 08:00"),
        ("2026-10-02 11:00", DAY, OFFICE, True, "2026-10-05 11:00"),  # Friday to Monday
        ("2026-10-02 22:00", DAY, OFFICE, True, "2026-10-05 08:00"),
        ("2026-10-03 11:00", DAY, OFFICE, True, "2026-10-05 11:00"),  # Saturday: Monday is the first working day after
        ("2026-10-03 11:00", 0 * HOUR, OFFICE, True, "2026-10-05 08:00"),
        ("2026-10-03 11:00", 0 * HOUR, None, True, "2026-10-05 00:00"),
        ("2026-10-02 23:30", HOUR, None, True, "2026-10-05 00:30"),
        ("2026-10-23 11:00", DAY, None, True, "2026-10-26 11:00"),  # the same hour on the clock, though an hour more passed
        ("2026-10-02 12:00", 0 * HOUR, (time(22), time(6)), False, "2026-10-02 22:00"),
        ("2026-10-02 23:00", 8 * HOUR, (time(22), time(6)), False, "2026-10-03 23:00"),
        ("2026-10-03 02:00", HOUR, (time(22), time(6)), False, "2026-10-03 03:00"),
    ],
)
def test_a_step_is_due_when_its_own_clock_has_run(start, after, between, working, expected):
    """Worked out on a wall clock in London."""
    step = EscalationStep(after, "unacknowledged", ("primary",), between=between, working_days=working)

    assert step_due(london(start), step, LONDON) == london(expected)


def test_a_repeat_keeps_to_the_opening_hours():
    """Fired at 19:00, again after two opening hours: at nine the next day."""
    step = EscalationStep(HOUR, "unacknowledged", ("primary",), between=OFFICE, repeat_every=2 * HOUR)

    assert repeat_due(london("2026-10-02 19:00"), step, LONDON) == london("2026-10-03 09:00")


def test_open_from_is_now_when_it_is_open():
    """And the next opening when it is not."""
    step = EscalationStep(HOUR, "unacknowledged", ("primary",), between=OFFICE)

    assert open_from(london("2026-10-02 08:00"), step, LONDON) == london("2026-10-02 08:00")
    assert open_from(london("2026-10-02 07:59"), step, LONDON) == london("2026-10-02 08:00")


def test_another_step_is_another_digest():
    """The name may stay: what counts are the steps."""
    one = EscalationPolicy("investors", (EscalationStep(HOUR, "unresolved", ("manager",)),))
    same = EscalationPolicy("investors", (EscalationStep(HOUR, "unresolved", ("manager",)),))
    other = EscalationPolicy("investors", (EscalationStep(2 * HOUR, "unresolved", ("manager",)),))

    assert one.digest == same.digest != other.digest
