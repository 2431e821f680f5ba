"""The rules are the very same from pass to pass until somebody records what changes them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.incidents.spells import Spell, SpellKind
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.shifts import Shift
from holdfast.paging.rulebook import Rulebook

FRIDAY = datetime(2026, 10, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
SWAP = Shift(date(2026, 9, 28), FRIDAY, FRIDAY + 4 * HOUR, "davis", "james", "swap")
"""John has the week."""
OUTAGE = Spell(SpellKind.OUTAGE, "orders", FRIDAY, FRIDAY + HOUR, "migration", "james")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("team") / "team"
    write_reference(folder, name="team", demo=False)
    return load_project(folder, environ={}).project


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.db") as opened:
        yield opened


def test_rules_stay_while_nothing_is_recorded(project, ledger):
    """The directory is one object, so what it has worked out of the rota is kept."""
    book = Rulebook(project)

    assert book.at(ledger, FRIDAY) is book.at(ledger, FRIDAY + HOUR)


@pytest.mark.parametrize(
    "record",
    [
        lambda ledger: ledger.add_overrides([SWAP], FRIDAY, "john"),
        lambda ledger: ledger.add_time_off([TimeOff("john", date(2026, 10, 5), date(2026, 10, 6))], FRIDAY, "john"),
        lambda ledger: ledger.acknowledge_hand_off(FRIDAY, "john", FRIDAY, "john"),
        lambda ledger: ledger.announce(OUTAGE),
    ],
    ids=["swap", "time off", "hand-off note", "outage"],
)
def test_whatever_people_record_makes_other_rules(project, ledger, record):
    """Rules of before and after are not equal, so every timer is looked at again."""
    book = Rulebook(project)
    before = book.at(ledger, FRIDAY)
    record(ledger)

    assert book.at(ledger, FRIDAY) != before


def test_an_outage_that_ends_earlier_makes_other_rules(project, ledger):
    """Its row is the same one with another end."""
    book, number = Rulebook(project), ledger.announce(OUTAGE)
    book.at(ledger, FRIDAY)
    ledger.end_spell(number, FRIDAY + HOUR / 2, "james")

    assert [each.end for each in book.at(ledger, FRIDAY).spells] == [FRIDAY + HOUR / 2]


def test_a_swap_counts_in_the_next_pass(project, ledger):
    """Who answers at nine is asked of the same rulebook before and after."""
    book, at = Rulebook(project), FRIDAY + HOUR
    before = book.at(ledger, FRIDAY).directory.people_for("primary", "", at)
    ledger.add_overrides([SWAP], FRIDAY, "john")

    assert (before, book.at(ledger, FRIDAY).directory.people_for("primary", "", at)) == (("john",), ("davis",))
