"""The pager's time, on clocks that a test moves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from holdfast.paging.pager_time import PagerTime

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Machine:
    """A wall clock that people set, and one that only runs."""

    wall: datetime = NOON
    s: float = 1000.0

    def passes(self, span):
        self.wall += span
        self.s += span.total_seconds()

    def time(self, start=None):
        return PagerTime(lambda: self.wall, lambda: self.s, start)


def test_time_is_never_earlier_than_what_was_seen():
    """A clock set back by an hour: the instant last seen counts, and time passes, at half its speed, until the clock is there."""
    machine = Machine()
    time = machine.time()
    time.not_before(NOON + HOUR)
    assert time.now() == NOON + HOUR

    machine.passes(10 * MINUTE)
    assert time.now() == NOON + HOUR + 5 * MINUTE
    assert time.behind() == 55 * MINUTE

    machine.passes(2 * HOUR)
    assert time.now() == machine.wall
    assert time.behind() == timedelta(0)


def test_a_given_time_runs_on_from_where_it_was_given():
    """So leases and retries work in a project whose clock is the data's; what was seen counts there too."""
    machine = Machine()
    time = machine.time(start=NOON - 30 * HOUR)
    machine.passes(MINUTE)
    assert time.now() == NOON - 30 * HOUR + MINUTE

    time.not_before(NOON)
    machine.passes(MINUTE)
    assert time.now() == NOON + MINUTE


def test_only_a_clock_that_leaves_the_other_behind_has_jumped():
    """Five hours pass on both: no jump. Six minutes on the wall alone: a jump, told once. Five: not yet."""
    machine = Machine()
    time = machine.time()
    assert time.jumped() is None
    machine.passes(5 * HOUR)
    assert time.jumped() is None

    machine.wall += 5 * MINUTE
    assert time.jumped() is None
    machine.wall += 6 * MINUTE
    assert time.jumped() == 6 * MINUTE
    assert time.jumped() is None

    machine.wall -= HOUR
    assert time.jumped() is None


def test_a_given_time_never_jumps():
    """Whoever gives a time means it."""
    machine = Machine()
    time = machine.time(start=NOON)
    time.jumped()
    machine.wall += HOUR

    assert time.jumped() is None
    assert time.now() == NOON
