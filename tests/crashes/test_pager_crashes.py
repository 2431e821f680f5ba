"""A pager stopped anywhere in an incident and started again loses no page, and every repeat says that it may be one."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import pager_crashes as crashes

SINGLES, PAIRS, IDEMPOTENT = 40, 12, 12


@pytest.fixture(scope="module")
def names():
    return crashes.points()


@pytest.fixture(scope="module")
def points(names):
    return len(names)


def some(cuts, number):
    return sorted(random.Random(crashes.SEED).sample(cuts, number))


def judge(tally, stories):
    assert tally.stories == stories
    assert tally.stops >= stories
    assert tally.lost == []
    assert tally.unasked == []
    assert tally.unmarked == []


def test_stopped_once_nothing_is_lost(points):
    """Before or after a statement, a commit or a letter: whoever had to be paged was, within ten minutes."""
    judge(crashes.stopped(some(crashes.singles(points), SINGLES), is_idempotent=False), SINGLES)


def test_stopped_again_after_its_new_start_nothing_is_lost(points):
    """The run that makes up for the first stop may be stopped anywhere, too."""
    judge(crashes.stopped(some(crashes.pairs(points), PAIRS), is_idempotent=False), PAIRS)


def test_a_provider_that_knows_keys_hands_nothing_over_twice(points):
    """The key of a letter is the same at each attempt, so what it took before the stop it does not take again."""
    tally = crashes.stopped(some(crashes.singles(points), IDEMPOTENT), is_idempotent=True)

    judge(tally, IDEMPOTENT)
    assert tally.repeats == 0


def test_the_judge_sees_what_is_lost_and_what_repeats_in_silence(monkeypatch, names):
    """A ledger that forgets what was on its way, and one that does not mark it, are both found out."""
    from holdfast.adapters.ledgers import outbox

    cuts = [(at,) for at, name in enumerate(names) if name in ("before send", "after send")][:8]
    marked = outbox._found_again
    monkeypatch.setattr(outbox, "_found_again", lambda now: marked(now) | {"post": "dropped"})
    assert crashes.stopped(cuts, is_idempotent=False).lost
    monkeypatch.setattr(outbox, "_found_again", lambda now: marked(now) | {"maybe_sent": False})
    assert crashes.stopped(cuts, is_idempotent=False).unmarked


@pytest.mark.slow
def test_stopped_at_every_point_and_at_two_thousand_pairs(points):
    """All of it: nothing lost; repeats marked with a plain provider, none with one that knows keys."""
    every, two = crashes.singles(points), crashes.pairs(points)
    judge(crashes.stopped_beside(every + two, is_idempotent=False), len(every) + len(two))
    known = crashes.stopped_beside(every + two[::4], is_idempotent=True)
    judge(known, len(every) + len(two[::4]))
    assert known.repeats == 0
