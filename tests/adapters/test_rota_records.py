"""The ledger gives back what was recorded of the rota, and forgets nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from ledgers_under_test import LEDGERS

from holdfast.oncall.absences import TimeOff
from holdfast.oncall.burden import Burden
from holdfast.oncall.exchanges import SWAP, Move, State, Word, proposal, said
from holdfast.oncall.shifts import Shift

AT = datetime(2026, 10, 1, 3, tzinfo=UTC)
LATER = AT + timedelta(days=1)
MONDAY = date(2027, 1, 4)
START = datetime(2027, 1, 4, 9, tzinfo=UTC)
WEEK = Shift(MONDAY, START, START + timedelta(days=7), "john", "james", "rotation")
VACANT = Shift(MONDAY, START, START + timedelta(days=7), None, None, "vacant: everybody away")


@pytest.fixture(params=LEDGERS)
def opened(request, tmp_path):
    return lambda: LEDGERS[request.param](tmp_path)


def test_rows_come_back_in_the_order_in_which_they_were_recorded(opened):
    """Both rows of one shift are there, with who recorded them and when; another process sees them too."""
    with opened() as ledger:
        ledger.add_shifts([WEEK], AT, "jill")
        ledger.add_shifts([VACANT], LATER, "manager (demo)")

    with opened() as ledger:
        rows = ledger.recorded().rows

    assert [(row.number, row.primary, row.backup, row.reason, row.recorded_at, row.by) for row in rows] == [
        (1, "john", "james", "rotation", AT, "jill"),
        (2, None, None, "vacant: everybody away", LATER, "manager (demo)"),
    ]
    assert (rows[0].on, rows[0].start, rows[0].end) == (WEEK.on, WEEK.start, WEEK.end)


def test_an_override_is_kept_with_the_instant_of_its_end(opened):
    """Taken back once; a second time changes nothing."""
    with opened() as ledger:
        numbers = ledger.add_overrides([WEEK, VACANT], AT, "manager")
        ledger.take_back_overrides(numbers[:1], LATER, "manager")
        ledger.take_back_overrides(numbers[:1], LATER + timedelta(days=1), "jill")

        found = ledger.recorded().overrides

    assert [(each.row.number, each.taken_back_at) for each in found] == [(numbers[0], LATER), (numbers[1], None)]


def test_withdrawn_time_off_is_kept_apart(opened):
    """It is no time off any more, and what it was until then is still known."""
    sick = TimeOff("john", MONDAY, MONDAY, "flu", sudden_at=START)
    skiing = TimeOff("jill", MONDAY, MONDAY + timedelta(4), "skiing", uid="a@x", feed="leave.ics")
    with opened() as ledger:
        first, second = ledger.add_time_off([sick, skiing], AT, "jill")
        ledger.withdraw_time_off([second], LATER, "jill")

        found = ledger.recorded()

    assert [(off.id, off.person, off.sudden_at) for off in found.time_off] == [(first, "john", START)]
    assert [(each.off.id, each.off.uid, each.off.feed, each.at) for each in found.withdrawn] == [
        (second, "a@x", "leave.ics", LATER)
    ]


def test_an_exchange_comes_back_with_its_words(opened):
    """Moves, words and state; a word and the rows that follow from it are one transaction."""
    wanted = proposal(SWAP, [Move(MONDAY, WEEK.start, WEEK.end, "primary", "john", None)], "why", AT, "john")
    with opened() as ledger:
        exchange_id = ledger.propose(wanted)
        (first,) = ledger.recorded().exchanges
        accepted = said(first, "john", Word.ACCEPTED)
        ledger.say(accepted, "john", Word.ACCEPTED, LATER, "john", "", [VACANT], [])

        found = ledger.recorded()

    assert (first.id, first.moves, first.needs, first.state, first.expires_at) == (
        exchange_id,
        wanted.moves,
        ("john",),
        State.PROPOSED,
        AT + timedelta(days=7),
    )
    assert found.exchanges[0].state is State.ACCEPTED
    assert found.exchanges[0].words == {"john": Word.ACCEPTED}
    assert [row.primary for row in found.rows] == [None]


def test_what_was_done_can_be_undone_in_one_step(opened):
    """State, rows and overrides change together."""
    wanted = proposal(SWAP, [Move(MONDAY, WEEK.start, WEEK.end, "primary", "john", "jill")], "why", AT, "john")
    with opened() as ledger:
        ledger.propose(wanted)
        (number,) = ledger.add_overrides([WEEK], AT, "john")
        (exchange,) = ledger.recorded().exchanges
        ledger.undo(replace(exchange, state=State.TAKEN_BACK), [WEEK], [number], LATER, "john")

        found = ledger.recorded()

    assert found.exchanges[0].state is State.TAKEN_BACK
    assert found.overrides[0].taken_back_at == LATER
    assert len(found.rows) == 1


def test_what_a_newcomer_begins_with_is_exact(opened):
    """Thirds of a day come back as thirds."""
    burden = Burden(primary=Fraction(22, 3), holiday=Fraction(5))
    with opened() as ledger:
        ledger.carry({"jane": burden}, "new in the rotation", AT, "manager")

        assert ledger.recorded().carried == {"jane": burden}
