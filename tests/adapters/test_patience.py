"""How long a destination that does not answer holds up a run."""

from datetime import UTC, datetime

import pytest

from holdfast.adapters.outputs.patience import LONGEST_LOST_S, Passing, Patience
from holdfast.clock import Waiting
from holdfast.errors import WorldError


class Hours:
    """A clock that moves by waiting, and by what is asked."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds

    def ask(self, takes_s: float, *fails: bool) -> None:
        self.now_s += takes_s
        if fails:
            raise Passing("no answer in time")

    def patience(self) -> Patience:
        return Patience(Waiting(self.sleep, lambda: self.now_s, lambda: datetime(2026, 10, 1, tzinfo=UTC)), "the portal")


def test_requests_that_hang_use_the_time_up():
    """Half a minute each: after four and the waits between, nothing more is asked in this run."""
    hours = Hours()
    patience, asked = hours.patience(), 0

    for _ in range(50):
        with pytest.raises(WorldError, match="next run tries again"):
            asked += 1
            patience.through(lambda: hours.ask(30, True))

    assert hours.now_s <= LONGEST_LOST_S + 30
    assert hours.waits == [1, 2, 4]


def test_what_goes_well_costs_nothing():
    """A long delivery with a failure now and then is never cut off."""
    hours = Hours()
    patience = hours.patience()

    for number in range(20):
        tries = iter([True, False])
        patience.through(lambda tries=tries: hours.ask(60) if not next(tries) else hours.ask(1, True))
        assert hours.now_s == (number + 1) * 62

    assert hours.waits == [1] * 20


def test_the_place_may_ask_for_its_own_time():
    """As long as it asks, if that is left; a place that gave up once is not waited for again."""
    hours = Hours()
    patience = hours.patience()
    answers = iter([Passing("busy", after_s=50), None])

    def ask() -> str:
        answer = next(answers)
        if answer:
            raise answer
        return "there"

    assert patience.through(ask) == "there"
    answers = iter([Passing("busy", after_s=80)])
    with pytest.raises(WorldError, match="asks to wait 80 s"):
        patience.through(ask)
    answers = iter([Passing("busy", after_s=1)])
    with pytest.raises(WorldError):
        patience.through(ask)
    assert hours.waits == [50]
