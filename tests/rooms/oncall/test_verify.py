"""The verifier finds every broken rule in rows that were broken by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from rotas import FOUR, MONDAY, rotation

from holdfast.definitions.people import Person
from holdfast.oncall.absences import TimeOff, absence
from holdfast.oncall.shifts import Shift, shift_span
from holdfast.oncall.verify import running_out, verify

PEOPLE = tuple(Person(name, name.title(), "engineer", email=f"{name}@example.com") for name in FOUR) + (
    Person("manager", "Manager", "manager", email="manager@example.com"),
)
ROTA = rotation()


def turns(count=8):
    order = [("john", "james"), ("james", "jill"), ("jill", "davis"), ("davis", "john")]
    found = []
    for at in range(count):
        on = MONDAY + timedelta(weeks=at)
        found.append(Shift(on, *shift_span(ROTA, on), *order[at % 4], "rotation"))
    return found


def said(rows, people=PEOPLE, absences=()):
    found = verify(rows, ROTA, people, absences, turns()[0].start, turns()[-1].end)
    return [(each.kind, each.is_error, each.text) for each in found]


def test_a_plan_by_the_rules_has_no_finding():
    """Eight weeks of turns are fine."""
    assert said(turns()) == []


def test_time_without_a_row_is_a_gap():
    """A missing week is found, and so is a missing end."""
    rows = turns()

    assert said(rows[:3] + rows[4:]) == [
        ("gap", True, "nobody is planned from 2027-01-25 09:00 to 2027-02-01 09:00 UTC")
    ]
    assert said(rows[:-1])[0][0] == "gap"


def test_two_rows_for_one_time_clash():
    """Two rows that were not laid over each other are seen."""
    rows = turns()
    longer = replace(rows[0], end=rows[0].end + timedelta(hours=1))

    assert said([longer, *rows[1:]]) == [("clash", True, "two rows cover 2027-01-11 09:00 UTC")]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"backup": "john"}, "2027-01-04: john is primary and backup"),
        ({"backup": "jane"}, "2027-01-04: jane is nobody in team/people.yml"),
    ],
)
def test_a_row_that_cannot_be_is_a_clash(changes, text):
    """One person in both roles, and a person who does not exist."""
    first, *others = turns()

    assert ("clash", True, text) in said([replace(first, **changes), *others])


def test_nobody_is_on_call_while_away():
    """A backup counts as well, and the last day of leave belongs to it."""
    off = absence(TimeOff("james", date(2027, 1, 10), date(2027, 1, 10)), ROTA, ROTA.hand_off.zone)

    assert said(turns(), absences=[off]) == [("clash", True, "2027-01-04: james has a role and is away")]


def test_leave_that_begins_on_a_hand_off_day_counts_from_the_hand_off():
    """James may leave on the Monday on which his week ends."""
    off = absence(TimeOff("james", date(2027, 1, 18), date(2027, 1, 22)), ROTA, ROTA.hand_off.zone)

    assert said(turns(), absences=[off]) == []


def test_primary_weeks_that_are_too_near_clash_unless_agreed():
    """One week between two of John's is an error in a plan, and a warning when people swapped."""
    rows = turns()
    near = [rows[0], rows[1], replace(rows[2], primary="john"), *rows[3:]]
    swapped = [rows[0], rows[1], replace(rows[2], primary="john", reason="swap 3"), *rows[3:]]

    assert [each[:2] for each in said(near)] == [("clash", True), ("clash", True)]
    assert [each[:2] for each in said(swapped)] == [("clash", False), ("clash", False)]


def test_a_vacancy_is_told_and_needs_a_reason():
    """The manager answers; without a reason nobody would know why."""
    first, *others = turns()
    why = said([replace(first, primary=None, reason="vacant: everybody away"), *others])

    assert why == [("vacancy", False, "2027-01-04: the manager answers; vacant: everybody away")]
    assert said([replace(first, primary=None, reason=""), *others])[0][1] is True


def test_somebody_who_has_left_is_a_clash():
    """Davis leaves in the middle of his week: the shift after his last day cannot be his."""
    people = tuple(replace(each, left_on=date(2027, 2, 15)) if each.name == "davis" else each for each in PEOPLE)

    found = said(turns(), people)

    assert ("clash", True, "2027-02-22: davis does not belong to the team then; plan again from that day") in found


def test_somebody_who_cannot_be_reached_is_found():
    """A person in the plan with neither e-mail nor chat, and a team without a manager."""
    people = tuple(replace(each, email="") if each.name == "jill" else each for each in PEOPLE[:-1])

    assert [text for kind, _, text in said(turns(), people) if kind == "unreachable"] == [
        "jill has neither e-mail nor chat in team/people.yml",
        "nobody is the manager, who answers when nobody else does",
    ]


@pytest.mark.parametrize(("left", "expected"), [(60, []), (27, [False]), (0, [True])])
def test_a_plan_that_runs_out_is_told_four_weeks_ahead(left, expected):
    """A warning first, an error when it is over."""
    now = datetime(2027, 1, 1, tzinfo=UTC)

    assert [each.is_error for each in running_out(now + timedelta(days=left), now)] == expected
    assert running_out(None, now)[0].is_error
