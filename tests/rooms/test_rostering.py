"""Acts on the rota, over the reference team's folder and a real ledger."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.definitions.people import Actor
from holdfast.errors import Bug, DefinitionError, WorldError
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.exchanges import State
from holdfast.oncall.leave import Reading
from holdfast.oncall.planning import Goal, Pair, Plan
from holdfast.oncall.round_robin import RoundRobin
from holdfast.rostering.asking import Roster
from holdfast.rostering.exchanging import accept, decline, swap, take_back
from holdfast.rostering.planning import next_unplanned, plan
from holdfast.rostering.time_off import absent, mend, take_off, take_off_from

NOW = datetime(2026, 10, 1, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("team") / "team"
    write_reference(folder, name="team", demo=True)
    return load_project(folder, environ={}).project


@pytest.fixture
def roster(project, tmp_path):
    """The roster for whoever is named, at the time given."""
    ledger = open_ledger(tmp_path / "ledger.db")

    def at(person, now=NOW):
        return Roster(project, ledger, now, lambda: Actor(person, person, "cli", demo=True))

    at.ledger = ledger
    at.file = tmp_path / "ledger.db"
    yield at
    ledger.close()


def shift_of(roster, on):
    return roster.answer(datetime.combine(on, datetime.min.time(), tzinfo=UTC) + timedelta(days=2)).duty


def test_critical_weeks_come_from_the_pipelines_own_calendar(roster):
    """The year's close is due on Monday 4 January 2027 at noon: the first is a holiday, then comes a weekend.

    February's month close is on Monday 1 March, and weeks have no close.
    """
    year = roster("john").year(date(2027, 1, 1), date(2027, 3, 31))

    points = {(close.at, close.points) for close in year.closes}
    assert (datetime(2027, 1, 4, 12, tzinfo=UTC), 3) in points
    assert (datetime(2027, 3, 1, 12, tzinfo=UTC), 1) in points
    assert year.critical_points(datetime(2027, 1, 4, 9, tzinfo=UTC), datetime(2027, 1, 11, 9, tzinfo=UTC)) == 3
    assert {close.points for close in year.closes} == {1, 3}


def test_holidays_are_each_persons_own(roster):
    """Thanksgiving is Jill's, German Unity Davis's, Boxing Day John's; all read off a calendar."""
    holidays = roster("john").year(date(2026, 10, 1), date(2026, 12, 31)).holidays

    assert date(2026, 11, 26) in holidays["jill"] and date(2026, 11, 26) not in holidays["john"]
    assert date(2026, 10, 3) in holidays["davis"]
    assert date(2026, 12, 26) in holidays["john"] and date(2026, 12, 26) not in holidays["jill"]


def test_whoever_stood_in_is_owed_their_days(roster):
    """A week that somebody answered for another counts as theirs; nobody's days are lost."""
    before = roster("john").burdens(until=datetime(2027, 5, 31, 8, tzinfo=UTC))
    away = shift_of(roster("manager"), date(2026, 11, 2)).primary
    take_off(roster("manager"), TimeOff(away, date(2026, 11, 2), date(2026, 11, 8), "ill"))

    after = roster("john", NOW).burdens(until=datetime(2027, 5, 31, 8, tzinfo=UTC))

    moved = {name: after[name].primary - before[name].primary for name in before}
    assert moved[away] < 0 and sum(moved.values()) == 0
    assert sorted(moved.values())[-1] == -moved[away] > Fraction(6)


class Careless:
    """A planner that breaks the rules and swears that it is optimal."""

    name = "careless"

    def plan(self, puzzle):
        return Plan(self.name, (Pair(0, 1),) * len(puzzle.slots), (Goal("nothing", Fraction(0), Fraction(0)),))


def test_a_plan_that_breaks_a_rule_is_not_recorded(roster):
    """The verifier has the last word, whatever a planner claims."""
    with pytest.raises(Bug, match="with 0 between"):
        plan(roster("manager"), date(2027, 1, 4), 6, Careless())

    assert roster.ledger.recorded().rows == ()


def test_planning_goes_on_where_the_plan_ends(roster):
    """The reference's plan ends on 31 May 2027; after four more weeks it ends on 28 June."""
    assert next_unplanned(roster("john")) == date(2027, 5, 31)

    plan(roster("john"), date(2027, 5, 31), 4, RoundRobin())

    assert next_unplanned(roster("john")) == date(2027, 6, 28)


def test_what_two_people_agreed_on_stays_when_the_weeks_are_planned_again(roster):
    """An accepted swap is in the new plan, with its reason."""
    one, other = (shift_of(roster("manager"), on).primary for on in (date(2026, 11, 2), date(2026, 11, 9)))
    wanted = swap(roster(one), date(2026, 11, 2), date(2026, 11, 9), "a concert")
    accept(roster(other), wanted.id)

    plan(roster("manager"), date(2026, 10, 26), 6, RoundRobin())

    kept = shift_of(roster("manager"), date(2026, 11, 2))
    assert (kept.primary, kept.reason) == (other, f"swap {wanted.id}")


def test_two_words_at_the_same_moment_are_not_lost(roster):
    """Should both yeses be recorded while each saw the other's missing, the next yes makes it happen."""
    one, other = (shift_of(roster("manager"), on).primary for on in (date(2026, 11, 2), date(2026, 11, 9)))
    wanted = swap(roster(one), date(2026, 11, 2), date(2026, 11, 9), "")
    with closing(sqlite3.connect(roster.file)) as ledger, ledger:
        ledger.execute(
            "INSERT INTO exchange_words VALUES (?, ?, 'accepted', ?, '2026-10-01T03:00:00.000000Z', '')",
            (wanted.id, other, other),
        )

    assert accept(roster(one), wanted.id).state is State.ACCEPTED
    assert shift_of(roster("manager"), date(2026, 11, 2)).primary == other


def test_an_earlier_yes_can_become_a_no(roster):
    """As long as the other has not said anything."""
    one = shift_of(roster("manager"), date(2026, 11, 2)).primary
    wanted = swap(roster(one), date(2026, 11, 2), date(2026, 11, 9), "")

    assert decline(roster(one), wanted.id, "changed my mind").state is State.DECLINED
    with pytest.raises(WorldError, match="declined already"):
        accept(roster(one), wanted.id)


def test_an_exchange_that_has_begun_cannot_be_taken_back(roster):
    """Its first shift runs; what is left needs a new proposal."""
    one, other = (shift_of(roster("manager"), on).primary for on in (date(2026, 10, 5), date(2026, 10, 12)))
    wanted = swap(roster(one), date(2026, 10, 5), date(2026, 10, 12), "")
    accept(roster(other), wanted.id)
    monday = datetime(2026, 10, 5, 8, tzinfo=UTC)

    with pytest.raises(WorldError, match="has begun"):
        take_back(roster(one, monday), wanted.id)
    assert take_back(roster(one, monday - timedelta(seconds=1)), wanted.id).state is State.TAKEN_BACK


def test_mending_again_proposes_nothing_twice(roster):
    """A shift with an open proposal is left to it."""
    who = shift_of(roster("manager"), date(2027, 2, 8)).primary
    _, first = take_off(roster(who), TimeOff(who, date(2027, 2, 8), date(2027, 2, 12)))

    assert len(first) == 1
    assert mend(roster("manager")) == []


def test_time_off_never_reaches_back(roster):
    """Somebody who is gone at noon answered until noon, and what was is not planned anew."""
    noon = NOW + timedelta(hours=9)
    now = roster("manager").answer(NOW).duty

    absent(roster(now.backup, noon), now.primary, date(2026, 10, 2), "flu")

    later = roster("manager", noon + timedelta(days=30))
    assert later.answer(noon - timedelta(seconds=1)).duty.primary == now.primary
    assert later.answer(noon).duty.primary == now.backup


def test_a_country_that_nobody_knows_is_the_folders_fault(project, roster):
    """The message names it, and no trace is written."""


    people = tuple(replace(each, holidays="ZZ") if each.name == "john" else each for each in project.people)
    abroad = Roster(replace(project, people=people), roster.ledger, NOW, lambda: Actor("john", "john", "cli"))

    with pytest.raises(DefinitionError, match="'ZZ'"):
        abroad.year(date(2027, 1, 1), date(2027, 2, 1))


def test_a_calendar_that_lost_somebody_elses_leave_is_the_managers_to_read(roster):
    """John cannot withdraw Jill's time off by reading a file in which it is missing; her proposals end when it goes."""
    jill = TimeOff("jill", date(2027, 3, 1), date(2027, 3, 5), "", uid="1@hr", feed="hr.ics")
    _, _, proposed = take_off_from(roster("manager"), Reading((jill,), ()), "hr.ics")

    with pytest.raises(DefinitionError, match="other people"):
        take_off_from(roster("john"), Reading((), ()), "hr.ics")
    _, withdrawn, _ = take_off_from(roster("manager"), Reading((), ()), "hr.ics")

    assert [off.uid for off in withdrawn] == ["1@hr"]
    states = {each.id: each.state for each in roster("john").rota.exchanges}
    assert all(states[each.id] is State.TAKEN_BACK for each in proposed)


def test_late_days_in_ones_own_calendar_need_the_manager_too(roster):
    """The notice of two weeks holds however time off is asked for; nothing of the file is recorded."""
    soon = TimeOff("john", date(2026, 10, 5), date(2026, 10, 6), feed="mine.csv")
    later = TimeOff("john", date(2027, 3, 1), date(2027, 3, 5), feed="mine.csv")

    with pytest.raises(DefinitionError, match="less than 14 days"):
        take_off_from(roster("john"), Reading((later, soon), ()), "mine.csv")
    assert roster.ledger.recorded().time_off == ()
