"""How good a plan is, counted from its pairs."""

from fractions import Fraction

import pytest
from rotas import FOUR, MONDAY, puzzle

from holdfast.oncall.burden import Burden, Year
from holdfast.oncall.planning import CHAIN, CLOSE, CYCLE, NOBODY, UNBACKED, VACANT, Pair, score

TURNS = [Pair(0, 1), Pair(1, 2), Pair(2, 3), Pair(3, 0)]


def scored(pairs, **given):
    return score(puzzle(count=len(pairs), heavy=Year(), **given), pairs)


def test_a_full_round_is_perfect():
    """Four weeks of turns: all equal, everybody backed up once, each backup is primary next."""
    assert set(scored(TURNS).values()) == {0}


@pytest.mark.parametrize(
    ("pairs", "goal", "expected"),
    [
        ([Pair(NOBODY, 1), *TURNS[1:]], VACANT, 1),
        ([Pair(0, NOBODY), *TURNS[1:]], UNBACKED, 1),
        ([Pair(0, 2), Pair(1, 2), Pair(2, 3), Pair(3, 0)], CYCLE, 1),  # james never backs up
        ([Pair(0, 2), Pair(1, 0), Pair(2, 1), Pair(3, 0)], CHAIN, 3),
        ([*TURNS[:3], Pair(0, 1)], CLOSE, 1),  # john again after two weeks between
        ([*TURNS, Pair(0, 1)], CLOSE, 0),
        ([*TURNS, Pair(0, 1)], "primary days, range", 7),
    ],
)
def test_what_is_missing_is_counted(pairs, goal, expected):
    """Each goal counts its own kind of imperfection."""
    assert scored(pairs)[goal] == expected


def test_the_shifts_before_and_after_belong_to_the_line():
    """A backup of the week before is expected to be primary in the first week, and John's last week is near."""
    found = scored([Pair(0, 1)], before=[Pair(0, 2), Pair(3, 1)], after=[Pair(2, 3)])

    assert found[CHAIN] == 2  # james backed up before and john came; james backs up and jill comes
    assert found[CLOSE] == 1


def test_what_was_carried_counts():
    """Somebody who is a week behind makes the range a week, until they have caught up."""
    carried = {who: Burden(primary=Fraction(7)) for who in FOUR if who != "john"}

    assert scored(TURNS, carried=carried)["primary days, range"] == 7
    assert scored([Pair(0, 1)], carried=carried)["primary days, range"] == 0


def test_whoever_joins_later_has_nothing_to_catch_up_with():
    """With Davis joining after a round of three, the other three have the same share as he has."""
    joins = MONDAY.replace(day=25)
    pairs = [Pair(0, 1), Pair(1, 2), Pair(2, 0), Pair(3, 0), Pair(0, 1), Pair(1, 2), Pair(2, 3)]

    assert scored(pairs, here={"davis": (joins, None)})["primary days, range"] == 0
