"""Who steps up while somebody is away."""

from datetime import UTC, datetime, timedelta

from rotas import MONDAY, rotation

from holdfast.oncall.absences import Absence
from holdfast.oncall.shifts import Shift, shift_span
from holdfast.oncall.standing_in import stood_in_for

ROTA = rotation()
START, END = shift_span(ROTA, MONDAY)
WEEK = Shift(MONDAY, START, END, "john", "james", "rotation")


def away(*people, start=START, end=END):
    return [Absence(person, start, end) for person in people]


def roles(absences, duty=WEEK):
    return [(each.primary, each.backup) for each in stood_in_for([duty], ROTA, absences)]


def test_the_backup_steps_up_and_the_next_free_person_backs_up():
    """James answers for John, and Jill, the next in the rotation, backs him up."""
    (found,) = stood_in_for([WEEK], ROTA, away("john"))

    assert (found.primary, found.backup) == ("james", "jill")
    assert found.reason == "james stands in for john, who is away"


def test_an_absent_backup_is_replaced():
    """John stays; Jill backs him up instead of James."""
    assert roles(away("james")) == [("john", "jill")]


def test_with_both_away_the_next_two_take_over():
    """Neither role stays with somebody who is away."""
    assert roles(away("john", "james")) == [("jill", "davis")]


def test_with_nobody_left_the_manager_answers():
    """The duty is vacant, and says why."""
    (found,) = stood_in_for([WEEK], ROTA, away("john", "james", "jill", "davis"))

    assert (found.primary, found.backup) == (None, None)
    assert found.reason == "vacant: john is away and nobody is free"


def test_only_the_hours_of_the_absence_change():
    """John answers until he is gone and from when he is back, to the instant."""
    gone, back = datetime(2027, 1, 6, tzinfo=UTC), datetime(2027, 1, 8, tzinfo=UTC)

    found = stood_in_for([WEEK], ROTA, away("john", start=gone, end=back))

    assert [(each.start, each.end, each.primary) for each in found] == [
        (START, gone, "john"),
        (gone, back, "james"),
        (back, END, "john"),
    ]


def test_somebody_who_steps_in_may_leave_in_the_middle():
    """When James goes as well, Jill answers from then."""
    middle = START + timedelta(days=2)
    absences = [*away("john"), *away("james", start=middle)]

    assert roles(absences) == [("james", "jill"), ("jill", "davis")]
