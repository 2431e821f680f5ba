"""Acknowledge, take, assign, snooze, escalate, page, resolve; and how an acknowledgement ends by itself."""

import pytest
from one_incident import Pager, Team, at, late, paged, told

from holdfast.errors import DefinitionError
from holdfast.incidents import acts
from holdfast.incidents.incident import State
from holdfast.incidents.messages import Clock, Sort

LATE = late(page_at=at(8))


def in_hand(team=None, *, until=None, by="john"):
    """Paged at eight, acknowledged or snoozed at 08:05."""
    pager = Pager(team)
    pager.look(at(8), LATE)
    if until:
        pager.act(acts.snooze, until, by, at(8, 5), pager.rules)
    else:
        pager.act(acts.acknowledge, by, at(8, 5), pager.rules)
    return pager


def test_a_snooze_ends_at_its_instant_and_a_new_round_begins():
    """Snoozed until 09:00: john is paged again then, jill at 09:15."""
    pager = in_hand(until=at(9))

    assert not pager.look(at(8, 59), LATE)
    assert paged(pager.look(at(9, 20), LATE)) == [("09:00", "john"), ("09:15", "jill")]


def test_a_new_round_has_keys_of_its_own():
    """The page of the second round is not taken for that of the first."""
    pager = in_hand(until=at(9))
    pager.look(at(9), LATE)

    keys = [each.key for each in pager.messages if each.target == "john"]
    assert len(keys) == len(set(keys)) == 2


def test_after_a_hand_off_the_acknowledgement_lapses():
    """Jill takes over at nine and hears of it; she does not acknowledge, so the first clock begins anew at 09:30."""
    pager = in_hand(Team(hand_offs={at(0): "john", at(9): "jill"}))

    at_nine = pager.look(at(9), LATE)
    at_half_past = pager.look(at(9, 30), LATE)

    assert told(at_nine) == ["jill"] and paged(at_half_past) == [("09:30", "jill")]
    assert "handed over" in pager.said("lapsed")[0].text


def test_the_new_primarys_own_acknowledgement_holds():
    """Jill acknowledges at 09:10: nothing lapses."""
    pager = in_hand(Team(hand_offs={at(0): "john", at(9): "jill"}))
    pager.look(at(9), LATE)
    pager.act(acts.acknowledge, "jill", at(9, 10), pager.rules)

    assert not pager.look(at(9, 45), LATE)


def test_an_acknowledged_note_keeps_it_too():
    """Jill read the hand-off note at 09:20; john's acknowledgement goes on."""
    team = Team(hand_offs={at(0): "john", at(9): "jill"}, notes={at(9): at(9, 20)})
    pager = in_hand(team)

    pager.look(at(9, 45), LATE)

    assert pager.incident.acknowledged.by == "john"


def test_a_note_acknowledged_too_late_keeps_nothing():
    """At 09:40 the acknowledgement is gone since ten minutes."""
    team = Team(hand_offs={at(0): "john", at(9): "jill"}, notes={at(9): at(9, 40)})
    pager = in_hand(team)

    pager.look(at(9, 45), LATE)

    assert [each.at for each in pager.said("lapsed")] == [at(9, 30)]


def test_what_nobody_has_in_hand_is_paged_at_the_hand_off():
    """Open and unacknowledged: the new primary is paged, not only told."""
    pager = Pager(Team(hand_offs={at(0): "john", at(9): "davis"}))
    pager.look(at(8), LATE)

    messages = pager.look(at(9), LATE)

    assert ("09:00", "davis") in paged(messages) and messages[-1].clock is Clock.FIRST


def test_an_acknowledgement_lapses_when_its_person_goes_away():
    """John's leave begins at 08:40: half an hour later nobody has it."""
    pager = in_hand(Team(away={"john": at(8, 40)}))

    assert paged(pager.look(at(9, 10), LATE)) == [("09:10", "john")]
    assert pager.said("lapsed")[0].text == "john is away since 2026-10-02 08:40 UTC"


def test_taking_it_is_acknowledging_and_having_it():
    """Both at once."""
    pager = Pager()
    pager.look(at(8), LATE)

    pager.act(acts.take, "james", at(8, 5), pager.rules)

    assert (pager.incident.acknowledged.by, pager.incident.assignee) == ("james", "james")


def test_whoever_is_given_it_is_told_and_nobody_works_on_it_by_that():
    """Assigned to jill by james: she hears it, and the first clock goes on until somebody acknowledges."""
    pager = Pager()
    pager.look(at(8), LATE)

    pager.act(acts.assign, "jill", "james", at(8, 5), pager.rules)

    assert pager.messages[-1].target == "jill" and pager.messages[-1].sort is Sort.TELL
    assert paged(pager.look(at(8, 15), LATE)) == [("08:15", "jill")]


def test_escalating_brings_the_next_step_now():
    """At 08:05 jill is paged instead of at 08:15; the manager's time stays."""
    pager = Pager()
    pager.look(at(8), LATE)

    pager.act(acts.escalate, "john", at(8, 5), pager.rules)
    pager.look(at(8, 31), LATE)

    assert pager.paged() == [("08:00", "john"), ("08:05", "jill"), ("08:30", "manager")]


def test_escalating_what_is_acknowledged_pages_all_the_same():
    """John has it and wants help: his own acknowledgement does not drop the page."""
    pager = in_hand()

    pager.act(acts.escalate, "john", at(8, 10), pager.rules)

    assert (pager.messages[-1].target, pager.messages[-1].clock) == ("jill", Clock.SECOND)


def test_escalating_before_anybody_is_paged_begins_now():
    """Watched since three; somebody wants it looked at: both clocks begin."""
    pager = Pager()
    pager.look(at(3, 5), LATE)

    pager.act(acts.escalate, "jill", at(4), pager.rules)

    assert pager.paged() == [("04:00", "john")]
    assert paged(pager.look(at(4, 15), LATE)) == [("04:15", "jill")]


def test_escalating_with_no_step_left_is_refused():
    """After the manager there is nobody that a step names."""
    pager = Pager()
    pager.look(at(8, 31), LATE)

    with pytest.raises(DefinitionError, match="every step of incident 1 has come already"):
        pager.act(acts.escalate, "john", at(8, 40), pager.rules)


def test_a_page_to_one_person_goes_out_in_the_askers_words():
    """Whoever has acknowledged; each asking is a message of its own."""
    pager = in_hand()

    for minute in (10, 11):
        pager.act(acts.page, "davis", "can you look at the loader?", "john", at(8, minute), pager.rules)

    first, second = pager.messages[-2:]
    assert (first.target, first.body, first.clock) == ("davis", ("can you look at the loader?",), Clock.NONE)
    assert first.key != second.key


def test_resolving_tells_everybody_at_once():
    """The act itself makes the messages; no pass is needed."""
    pager = in_hand()

    pager.act(acts.resolve, "reloaded by hand", "john", at(8, 30), pager.rules)

    assert told(pager.messages[-3:]) == ["john", "transactions_team", "#data-eng-alerts"]
    assert pager.incident.ending.recheck_at == at(9, 30) == pager.timers[1]


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        (acts.acknowledge, ("john",)), (acts.take, ("john",)), (acts.assign, ("jill", "john")), (acts.escalate, ("john",)),
        (acts.snooze, (at(12), "john")), (acts.resolve, ("again", "john")), (acts.page, ("jill", "", "john")),
    ],
)  # fmt: skip
def test_what_is_over_cannot_be_acted_on(verb, given):
    """A sentence says since when, and by whom."""
    pager = in_hand()
    pager.act(acts.resolve, "done", "john", at(8, 30), pager.rules)

    with pytest.raises(DefinitionError, match="incident 1 is resolved already at 2026-10-02 08:30 UTC by john"):
        pager.act(verb, *given, at(8, 40), pager.rules)


def test_a_reason_is_needed_and_a_snooze_ends_later():
    """Two sentences of refusal."""
    pager = in_hand()

    with pytest.raises(DefinitionError, match="say why"):
        pager.act(acts.resolve, " ", "john", at(8, 30), pager.rules)
    with pytest.raises(DefinitionError, match="ends later than it begins"):
        pager.act(acts.snooze, at(8, 30), "john", at(8, 30), pager.rules)


def test_a_note_changes_nothing_but_the_timeline():
    """Also of one that is over."""
    pager = in_hand()
    before = pager.incident
    pager.act(acts.note, "the loader's disk was full", "john", at(8, 20))

    assert pager.incident == before and pager.events[-1].text == "the loader's disk was full"
    assert pager.timers[1] == at(8, 20) and pager.incident.state is State.OPEN


def test_a_merged_incident_names_the_one_that_goes_on():
    """Acting on it says where to go."""
    from dataclasses import replace

    pager = in_hand()
    merged = replace(pager.incident, state=State.MERGED, merged_into=7)

    with pytest.raises(DefinitionError, match="turned out to be incident 7"):
        acts.acknowledge(merged, "john", at(9), pager.rules)
