"""Who gets a test page before a shift, and when."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.definitions.people import Person
from holdfast.definitions.rota import HandOff, PlannedShift, Rotation, Team
from holdfast.letters.reach import tests_due as due_tests
from holdfast.oncall.record import Recorded, rota_of

PEOPLE = (Person("john", "John", "engineer"), Person("jill", "Jill", "engineer"), Person("manager", "Manager", "manager"))
ROTATION = Rotation(("john", "jill"), HandOff(0, time(9), ZoneInfo("Europe/London")), date(2026, 9, 28), date(2026, 10, 19))
PLAN = tuple(PlannedShift(date(2026, 9, 28) + timedelta(weeks=n), *pair, "rotation") for n, pair in enumerate((("john", "jill"), ("jill", "john"), ("jill", "john"))))
ROTA = rota_of(ROTATION, Team(rotation=ROTATION, plan=PLAN), PEOPLE, Recorded())
MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
"""Nine in London, in summer."""


def test_whoever_begins_to_answer_is_tested_a_day_before():
    """At the very instant 24 hours before, and no sooner; asking again gives the same message."""
    assert due_tests(ROTA, "northwind", MONDAY - timedelta(hours=24, seconds=1)) == []
    (message,) = due_tests(ROTA, "northwind", MONDAY - timedelta(hours=24))

    assert (message.target, message.due_at, message.incident) == ("jill", MONDAY - timedelta(days=1), 0)
    assert due_tests(ROTA, "northwind", MONDAY - timedelta(hours=20)) == [message]


def test_a_test_on_the_eve_would_be_one_too_many():
    """Twelve hours before the shift there is no test any more, as of a shift taken at short notice."""
    assert due_tests(ROTA, "northwind", MONDAY - timedelta(hours=12)) == []


def test_whoever_goes_on_answering_is_not_tested_again():
    """Jill's second week in a row begins without one."""
    assert due_tests(ROTA, "northwind", MONDAY + timedelta(days=6, hours=1)) == []
