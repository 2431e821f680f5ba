"""The smallest exchange after somebody is away."""

from datetime import timedelta

import pytest
from rotas import FOUR, MONDAY, puzzle, realistic_leave, rotation

from holdfast.adapters.planners.cp_sat import FairPlanner
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.planning import NOBODY, Pair
from holdfast.oncall.repair import COVER, EXCHANGE, repair
from holdfast.oncall.round_robin import RoundRobin


def with_leave(*offs, count=12):
    """Turns made without the leave, and the puzzle with it."""
    return puzzle(leave=offs, count=count), list(RoundRobin().plan(puzzle(count=count)).pairs)


def days(pairs, who):
    return (sum(pair.primary == who for pair in pairs), sum(pair.backup == who for pair in pairs))


def a_week(person, weeks):
    monday = MONDAY + timedelta(weeks=weeks)
    return TimeOff(person, monday, monday + timedelta(days=4))


def test_two_people_exchange_their_weeks():
    """John is away in his week; one other takes it and gives him one, and nobody else notices.

    Davis backs John up or is backed up by him where they meet, so a third week keeps the backups equal.
    """
    asked, pairs = with_leave(a_week("john", 4))

    found = repair(asked, pairs, 0, 4)

    assert found.kind == EXCHANGE
    assert len(found.people) == 2 and len(found.changed) == 3
    assert found.pairs[4].primary != 0
    assert all(days(found.pairs, who) == days(pairs, who) for who in range(4))


def test_a_backup_week_is_exchanged_for_a_backup_week():
    """James backs John up in week 4 and is away; he backs up another time."""
    asked, pairs = with_leave(a_week("james", 4))

    found = repair(asked, pairs, 1, 4)

    assert found.pairs[4].primary == 0 and found.pairs[4].backup != 1
    assert all(days(found.pairs, who) == days(pairs, who) for who in range(4))


def test_with_nobody_to_exchange_somebody_takes_it_for_nothing():
    """In a plan of one week there is nothing to give in return."""
    asked, pairs = puzzle(leave=[a_week("john", 0)], count=1), [Pair(0, 1)]

    found = repair(asked, pairs, 0, 0)

    assert found.kind == COVER and found.pairs[0].primary in (1, 2, 3)


def test_with_everybody_away_there_is_no_repair():
    """Nobody can be asked, so nobody is."""
    asked, pairs = puzzle(leave=[a_week(who, 0) for who in FOUR], count=1), [Pair(0, 1)]

    assert repair(asked, pairs, 0, 0) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_fair_plan_stays_by_the_rules_and_equal(seed):
    """One more week off in a plan with realistic leave: at most three weeks change, and totals stay equal.

    Where only one person is left in that week nobody can back up, so one backup week less is shared out.
    """
    leave = realistic_leave(FOUR, MONDAY, 26, seed)
    plan = FairPlanner(time_limit_s=10).plan(puzzle(leave=leave)).pairs
    slot = 3 + seed * 2
    who = plan[slot].primary
    if who == NOBODY:
        pytest.skip("that week is vacant already")
    asked = puzzle(leave=[*leave, a_week(FOUR[who], slot)])

    found = repair(asked, plan, who, slot)

    assert found is not None and found.kind == EXCHANGE and len(found.changed) <= 3
    left = sum(asked.free[each][slot] for each in range(4))
    assert all(days(found.pairs, each)[0] == days(plan, each)[0] for each in range(4))
    assert left == 1 or all(days(found.pairs, each)[1] == days(plan, each)[1] for each in range(4))
    for at, pair in enumerate(found.pairs):
        if at in found.changed:
            assert pair.primary != pair.backup
            assert pair.primary == NOBODY or asked.free[pair.primary][at]
            assert pair.backup == NOBODY or asked.free[pair.backup][at]
    primaries = [[at for at, pair in enumerate(found.pairs) if pair.primary == each] for each in range(4)]
    least = 1 if found.is_near else rotation().shifts_between
    assert all(b - a > least for weeks in primaries for a, b in zip(weeks, weeks[1:], strict=False))
