"""Timers of resting incidents follow the rota and what is announced, and are computed only when something has changed."""

from dataclasses import replace

import pytest
from one_incident import Pager, Team, at, late

from holdfast.incidents import acts
from holdfast.incidents.timers import Timers


@pytest.fixture
def in_hand():
    """Paged at eight, acknowledged at 08:05: until a hand-off nothing but the 10:00 step of the second clock comes."""
    pager = Pager()
    pager.look(at(8), late(page_at=at(8)))
    pager.act(acts.acknowledge, "john", at(8, 5), pager.rules)
    return pager


def unread():
    raise AssertionError("every timer is known to be right")


def swapped(pager):
    """The rules once jill is to answer from nine: the new primary is told then."""
    return replace(pager.rules, directory=Team(hand_offs={at(0): "john", at(9): "jill"}))


def test_what_is_as_it_was_is_not_looked_at_again(in_hand):
    """The same incident by the same rules: the second pass does not even read the timers."""
    timers = Timers()

    assert timers.moved([in_hand.incident], lambda: {1: at(10)}, in_hand.rules, at(8, 6)) == []
    assert timers.moved([in_hand.incident], unread, replace(in_hand.rules), at(8, 7)) == []


def test_a_swap_moves_timers_that_were_right(in_hand):
    """Between two passes of one pager: 10:00 becomes 09:00, the hand-off."""
    timers = Timers()
    timers.moved([in_hand.incident], lambda: {1: at(10)}, in_hand.rules, at(8, 6))
    found = timers.moved([in_hand.incident], lambda: {1: at(10)}, swapped(in_hand), at(8, 7))

    assert [(each.incident, each.next_at, each.events, each.messages) for each in found] == [(in_hand.incident, at(9), (), ())]


def test_what_was_not_recorded_is_said_again(in_hand):
    """Somebody was faster, or the disk was full: the timer on paper is still the old one."""
    timers = Timers()
    first, second = (timers.moved([in_hand.incident], lambda: {1: at(11)}, in_hand.rules, at(8, minute)) for minute in (6, 7))

    assert first == second and [each.next_at for each in first] == [at(10)]


def test_a_changed_incident_is_looked_at_again(in_hand):
    """Another process acted on it by rules that it had read before the swap was recorded."""
    timers, rules = Timers(), swapped(in_hand)
    timers.moved([in_hand.incident], lambda: {1: at(9)}, rules, at(8, 6))
    newer = replace(in_hand.incident, version=in_hand.incident.version + 1)

    assert [each.next_at for each in timers.moved([newer], lambda: {1: at(10)}, rules, at(8, 7))] == [at(9)]
