"""A, B, C, D, repeat; and what becomes of it when somebody is away."""

from datetime import date

from rotas import MONDAY, names, puzzle, rotation

from holdfast.oncall.absences import TimeOff
from holdfast.oncall.planning import NOBODY, Pair, clash, reason_of
from holdfast.oncall.round_robin import RoundRobin


def planned(**given):
    asked = puzzle(**given)
    return asked, RoundRobin().plan(asked)


def test_everybody_takes_turns_and_the_next_one_backs_up():
    """Week 1 A with B behind, week 2 B with C, and so on around."""
    asked, plan = planned(count=5)

    assert names(asked, plan.pairs) == [
        ("john", "james"),
        ("james", "jill"),
        ("jill", "davis"),
        ("davis", "john"),
        ("john", "james"),
    ]


def test_somebody_away_swaps_with_the_next():
    """With John away in week 1, James goes first and John takes week 2."""
    leave = [TimeOff("john", MONDAY, date(2027, 1, 8))]

    asked, plan = planned(leave=leave, count=4)

    assert [primary for primary, _ in names(asked, plan.pairs)] == ["james", "john", "jill", "davis"]


def test_it_goes_on_where_the_last_plan_ended():
    """After James the next in line is Jill, whoever is first in the list."""
    before = (Pair(2, 3), Pair(3, 0), Pair(0, 1), Pair(1, 2))

    asked, plan = planned(count=2, before=before)

    assert [primary for primary, _ in names(asked, plan.pairs)] == ["jill", "davis"]


def test_a_settled_shift_stays():
    """A week that two people agreed on is kept, and the others turn around it."""
    asked, plan = planned(count=4, kept={1: Pair(3, 2)}, reasons={1: "swap 17"})

    assert names(asked, plan.pairs)[1] == ("davis", "jill")
    assert reason_of(asked, plan.pairs, 1) == "swap 17"


def test_with_nobody_left_the_shift_is_vacant_and_says_why():
    """Three away and the fourth too near to their last week: the manager answers."""
    leave = [TimeOff(who, date(2027, 1, 11), date(2027, 1, 17)) for who in ("james", "jill", "davis")]

    asked, plan = planned(leave=leave, count=3)

    assert plan.pairs[1] == Pair(NOBODY, 0)
    assert clash(asked, plan.pairs, 1) == "john primary on 2027-01-04, james away, jill away, davis away"
    assert reason_of(asked, plan.pairs, 1).startswith("vacant: john primary on 2027-01-04")


def test_two_people_alternate():
    """With two engineers one week lies between two of the same."""
    asked, plan = planned(rota=rotation(("john", "jill")), count=4)

    assert names(asked, plan.pairs) == [("john", "jill"), ("jill", "john"), ("john", "jill"), ("jill", "john")]


def test_it_claims_nothing_that_it_did_not_look_at():
    """A goal that is not at zero has no bound, so the plan is not called optimal."""
    _, plan = planned()

    assert not plan.optimal
    assert all(goal.proven == (goal.value == 0) for goal in plan.goals)
