"""The fair planner against brute force, and what it says when it cannot."""

import itertools
from datetime import date, timedelta
from fractions import Fraction

import pytest
from rotas import FOUR, MONDAY, puzzle, realistic_leave, rotation

from holdfast.adapters.planners import cp_sat
from holdfast.adapters.planners.cp_sat import FairPlanner
from holdfast.errors import DefinitionError
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.planning import NOBODY, Evenness, Pair, Puzzle, Slot, reason_of, score
from holdfast.oncall.shifts import spans

PLANNER = FairPlanner(time_limit_s=20)


def small(free, holidays, *, between=1, before=(), after=(), kept=None) -> Puzzle:
    """Three people and a handful of weeks, with holidays that fall on some of them."""
    count = len(free[0])
    slots = tuple(Slot(*each) for each in spans(rotation(), MONDAY, MONDAY + timedelta(weeks=count)))
    nothing = tuple((0,) * count for _ in free)
    seven = tuple((7,) * count for _ in free)
    evenness = (
        Evenness("primary days, range", 1, (0,) * len(free), seven, nothing),
        Evenness("backup days, range", 1, (0,) * len(free), nothing, seven),
        Evenness(
            "holiday points, range",
            1,
            (0,) * len(free),
            tuple(tuple(2 * each for each in row) for row in holidays),
            tuple(map(tuple, holidays)),
        ),
    )
    return Puzzle(("a", "b", "c")[: len(free)], slots, free, tuple(before), tuple(after), kept or {}, between, evenness)


def allowed(asked: Puzzle, pairs) -> bool:
    """The hard rules, spelled out once more."""
    line = [*asked.before, *pairs, *asked.after]
    first = len(asked.before)
    for s, pair in enumerate(pairs):
        if pair.primary == pair.backup != NOBODY:
            return False
        if any(who != NOBODY and not asked.free[who][s] for who in (pair.primary, pair.backup)):
            return False
        near = line[max(0, first + s - asked.between) : first + s] + line[first + s + 1 : first + s + 1 + asked.between]
        if pair.primary != NOBODY and any(other.primary == pair.primary for other in near):
            return False
    return True


def best_by_force(asked: Puzzle) -> tuple[Fraction, ...]:
    """The best value of every goal, over all plans there are."""
    roles = range(NOBODY, len(asked.people))
    choices = [[Pair(p, b) for p in roles for b in roles if p != b or p == NOBODY]] * len(asked.slots)
    return min(tuple(score(asked, pairs).values()) for pairs in itertools.product(*choices) if allowed(asked, pairs))


@pytest.mark.parametrize(
    ("free", "holidays"),
    [
        (((True,) * 4, (True,) * 4, (True,) * 4), ((0, 1, 0, 0), (0, 1, 0, 0), (1, 0, 0, 2))),
        (((True, False, True, True), (True, True, False, True), (True, True, False, True)), ((0, 0, 0, 1),) * 3),
        (((False,) * 4, (True, False, True, True), (True, False, True, False)), ((0, 2, 0, 0),) * 3),
    ],
)
def test_no_plan_is_better(free, holidays):
    """Every plan of four weeks was tried: none beats the planner's in any goal without losing one above."""
    asked = small(free, holidays)

    plan = PLANNER.plan(asked)

    assert plan.optimal
    assert tuple(goal.value for goal in plan.goals) == best_by_force(asked)
    assert allowed(asked, plan.pairs)


def test_the_weeks_before_and_after_count():
    """Whoever was primary just before, or is just after, cannot be primary at the border."""
    free = ((True,) * 3,) * 3
    asked = small(free, ((0, 0, 0),) * 3, before=[Pair(0, 1)], after=[Pair(2, 0)])

    plan = PLANNER.plan(asked)

    assert plan.optimal and allowed(asked, plan.pairs)
    assert tuple(goal.value for goal in plan.goals) == best_by_force(asked)


def test_what_is_settled_stays_even_against_the_rules():
    """Two people agreed on weeks that lie too near; the planner keeps them and plans the rest."""
    kept = {0: Pair(0, 1), 1: Pair(0, 2)}

    plan = PLANNER.plan(small(((True,) * 4,) * 3, ((0,) * 4,) * 3, kept=kept))

    assert plan.pairs[:2] == (Pair(0, 1), Pair(0, 2))
    assert plan.optimal and NOBODY not in [pair.primary for pair in plan.pairs]


@pytest.mark.parametrize("seed", range(2))
def test_half_a_year_with_realistic_leave_is_proven(seed):
    """Four people, 26 weeks: all goals proven, and nothing settled by luck: asked twice, it answers the same."""
    asked = puzzle(leave=realistic_leave(FOUR, MONDAY, 26, seed))

    plan = PLANNER.plan(asked)

    assert plan.optimal and allowed(asked, plan.pairs)
    assert plan.pairs == PLANNER.plan(asked).pairs


def test_without_any_plan_the_best_one_with_vacancies_names_who_clashes():
    """Everybody is away in one week: it is vacant, says who is away, and all others are filled."""
    week = MONDAY + timedelta(weeks=2)
    asked = puzzle(leave=[TimeOff(who, week, week + timedelta(days=6)) for who in FOUR], count=6)

    plan = PLANNER.plan(asked)

    assert [s for s, pair in enumerate(plan.pairs) if pair.primary == NOBODY] == [2]
    assert reason_of(asked, plan.pairs, 2) == "vacant: john away, james away, jill away, davis away"
    assert plan.goals[0].value == 1 and plan.optimal


def test_a_daily_rota_shares_weekends():
    """Sixteen days from a Monday hold two weekends: four people, one weekend day each."""
    daily = rotation(every="day", shifts_between=1)

    plan = PLANNER.plan(puzzle(daily, count=16, first=date(2027, 2, 1)))

    assert {goal.name: goal.value for goal in plan.goals}["weekend days, range"] == 0


def test_a_short_limit_shows_the_gap():
    """Without time for a proof the plan still fills every week, and claims no optimum it has not proven."""
    hard = puzzle(rotation(tuple("abcdefgh")), leave=realistic_leave(tuple("abcdefgh"), MONDAY, 26, 1), heavy=None)

    plan = FairPlanner(time_limit_s=0.2).plan(hard)

    assert allowed(hard, plan.pairs)
    assert all(goal.bound is not None and goal.bound <= goal.value for goal in plan.goals)


def test_without_the_solver_the_extra_is_named(monkeypatch):
    """Somebody who installed the core alone is told what to install, or to plan by turns."""
    monkeypatch.setattr(cp_sat, "find_spec", lambda _: None)

    with pytest.raises(DefinitionError, match=r"holdfast\[fair\].*round_robin"):
        PLANNER.plan(puzzle(count=2))
