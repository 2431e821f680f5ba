"""Exchanges: words, expiry, and the rows they make."""

from datetime import UTC, date, datetime, timedelta

import pytest
from rotas import MONDAY, rotation

from holdfast.oncall.exchanges import (
    COVER,
    SWAP,
    Move,
    State,
    Word,
    moved,
    outdated,
    proposal,
    reversed_moves,
    said,
)
from holdfast.oncall.shifts import Shift, shift_span

NOW = datetime(2026, 12, 1, tzinfo=UTC)
NEXT = MONDAY + timedelta(weeks=1)


def week(on, primary, backup):
    return Shift(on, *shift_span(rotation(), on), primary, backup, "rotation")


ROWS = [week(MONDAY, "john", "james"), week(NEXT, "jill", "davis")]


def move(on, giver, taker, role="primary"):
    return Move(on, *shift_span(rotation(), on), role, giver, taker)


def a_swap(now=NOW):
    return proposal(SWAP, [move(MONDAY, "john", "jill"), move(NEXT, "jill", "john")], "they agreed", now, "john")


def test_both_have_to_accept():
    """One yes leaves it open and says who is missing; the second makes it happen."""
    first = said(a_swap(), "john", Word.ACCEPTED)
    both = said(first, "jill", Word.ACCEPTED)

    assert (first.state, first.waits_for) == (State.PROPOSED, ("jill",))
    assert both.state is State.ACCEPTED


def test_one_no_declines_it():
    """Whatever the other said before."""
    assert said(said(a_swap(), "john", Word.ACCEPTED), "jill", Word.DECLINED).state is State.DECLINED


@pytest.mark.parametrize(
    ("now", "expires"),
    [
        (NOW, NOW + timedelta(days=7)),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 4, 9, tzinfo=UTC)),  # when its first shift begins
    ],
)
def test_a_proposal_expires(now, expires):
    """After a week, and never later than its first shift begins; at that very instant it is over."""
    exchange = a_swap(now)

    assert exchange.expires_at == expires
    assert exchange.at(expires - timedelta(seconds=1)).state is State.PROPOSED
    assert exchange.at(expires).state is State.EXPIRED


def test_an_accepted_one_does_not_expire():
    """What happened stays so."""
    both = said(said(a_swap(), "john", Word.ACCEPTED), "jill", Word.ACCEPTED)

    assert both.at(NOW + timedelta(days=365)).state is State.ACCEPTED


def test_the_rows_it_makes_say_what_moved_them():
    """Each shift is a row of its own, with the roles that were not moved as they were."""
    rows = moved(ROWS, a_swap().moves, "swap 17")

    assert [(row.on, row.primary, row.backup, row.reason) for row in rows] == [
        (MONDAY, "jill", "james", "swap 17"),
        (NEXT, "john", "davis", "swap 17"),
    ]


def test_a_cover_over_several_shifts_stays_several_shifts():
    """From Saturday to Tuesday two people's weeks are covered, each part by its own row."""
    start, end = datetime(2027, 1, 9, tzinfo=UTC), datetime(2027, 1, 13, tzinfo=UTC)
    border = ROWS[0].end
    moves = [Move(MONDAY, start, border, "primary", "john", "davis"), Move(NEXT, border, end, "primary", "jill", "davis")]

    rows = moved(ROWS, proposal(COVER, moves, "", NOW, "davis").moves, "cover 3")

    assert [(row.on, row.start, row.end) for row in rows] == [(MONDAY, start, border), (NEXT, border, end)]


def test_it_is_void_once_the_rows_are_others():
    """After another swap gave John's week away, this one no longer fits."""
    now = [week(MONDAY, "davis", "james"), ROWS[1]]

    assert outdated(a_swap(), ROWS) == ""
    assert outdated(a_swap(), now) == "the primary of 2027-01-04 is davis by now, not john"


def test_what_was_moved_can_be_moved_back():
    """The reversed moves lead to the rows of before."""
    exchange = a_swap()
    there = moved(ROWS, exchange.moves, "swap 17")

    back = moved(there, reversed_moves(exchange), "back")

    assert [(row.primary, row.backup) for row in back] == [(row.primary, row.backup) for row in ROWS]
    assert date(2027, 1, 4) == back[0].on
