"""What comes next of an incident is what the pager will do, gone through ahead of time."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from late_orders import SIGNALS, WATCHED, at

from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents.advance import advance
from holdfast.incidents.incident import Acknowledgement, Ending, State
from holdfast.incidents.rules import Rules
from holdfast.logbook.coming import coming

PEOPLE = {"primary": ("john",), "backup": ("jill",), "manager": ("mia",), "lead": ("fay",)}
POLICY = EscalationPolicy(
    "investors",
    (
        EscalationStep(timedelta(0), "unacknowledged", ("primary",)),
        EscalationStep(timedelta(minutes=15), "unacknowledged", ("backup",)),
        EscalationStep(timedelta(hours=4), "unresolved", ("manager",), is_target=True),
        EscalationStep(timedelta(hours=6), "impact", ("lead",), repeat_every=timedelta(hours=2)),
    ),
)


class Team:
    """Four people who never change."""

    def people_for(self, target, pipeline, at):
        return PEOPLE.get(target, ())

    def next_hand_off(self, after, until):
        return None

    def absent_from(self, person, after, until):
        return None

    def note_acknowledged(self, hand_off, until):
        return None


RULES = Rules({"": POLICY, "aggregate_profit": POLICY}, Team(), ZoneInfo("Europe/London"))
FRESH = replace(WATCHED, ladders=(), signals=SIGNALS[:1], told=(), untold=())


def said(incident, now, most=8):
    return [(each.at, each.what, each.who) for each in coming(incident, now, RULES, most)]


def test_every_step_is_told_with_its_instant_and_people():
    """From the deadline on: who is woken at 08:00, 08:15, noon and 14:00, as the policy says."""
    pages = [each for each in said(FRESH, at(4), 12) if each[1].startswith("page")]

    assert pages[:6] == [
        (at(8), "page aggregate_profit/1", ("john",)),
        (at(8, 15), "page aggregate_profit/2", ("jill",)),
        (at(12), "page aggregate_profit/3", ("mia",)),
        (at(14), "page aggregate_profit/4", ("fay",)),
        (at(16), "page aggregate_profit/4, repeat 1", ("fay",)),
        (at(18), "page aggregate_profit/4, repeat 2", ("fay",)),
    ]


def test_an_acknowledgement_takes_the_first_clock_out():
    """Only what waits for the end still comes."""
    held = replace(advance(FRESH, at(8, 1), RULES).incident, acknowledged=Acknowledgement("john", at(8, 1)))

    assert [each[1] for each in said(held, at(8, 2), 2)] == [
        "the resolution target is missed: aggregate_profit/3: not resolved 4 h after its first page, the resolution target",
        "page aggregate_profit/3",
    ]


def test_it_is_what_the_pager_then_does():
    """The pages foretold at 04:00 are the messages that a pass at 14:00 makes."""
    made = [(each.due_at, each.target) for each in advance(FRESH, at(14), RULES).messages if each.sort == "page"]

    assert [(when, who[0]) for when, what, who in said(FRESH, at(4), 12) if what.startswith("page")][: len(made)] == made
    assert len(made) == 4


def test_a_persons_word_is_looked_at_again():
    """After somebody resolved it, the next thing is the recheck."""
    ended = replace(FRESH, state=State.RESOLVED, ending=Ending(at(9), "john", "done", recheck_at=at(10)))

    assert said(ended, at(9, 1)) == [(at(10), "looked at again: it reopens if its condition still holds", ())]


def test_nothing_comes_of_what_is_over():
    """Merged or simply resolved, time changes it no more."""
    assert said(replace(FRESH, state=State.MERGED, merged_into=3), at(9)) == []
    assert said(replace(FRESH, state=State.RESOLVED, ending=Ending(at(9), "holdfast", "cleared")), at(9, 1)) == []
