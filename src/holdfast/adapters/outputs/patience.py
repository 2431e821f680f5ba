"""How often and how long a destination is asked again: 1, 2, 4, ... seconds apart, without chance, within bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from holdfast.clock import Waiting
from holdfast.errors import WorldError

TRIES = 5
"""Of one request in a row."""
LONGEST_WAIT_S = 30.0
LONGEST_LOST_S = 120.0
"""Of one destination in one run: failed requests and waits together. The next run goes on."""

Answer = TypeVar("Answer")


class Passing(Exception):
    """A failure that another try may mend; `after_s` is how long the destination asks to wait."""

    def __init__(self, what: str, *, after_s: float | None = None) -> None:
        super().__init__(what)
        self.after_s = after_s


@dataclass(slots=True)
class Patience:
    """Of one destination in one run."""

    waiting: Waiting
    place: str
    """What is asked, as messages name it."""
    _lost_s: float = 0.0
    _gave_up: bool = False

    def through(self, ask: Callable[[], Answer]) -> Answer:
        """The answer, after as many tries as it takes; WorldError once tries or time are used up.

        After it gave up once it asks each further thing once, and nothing more when the time is used up: a
        destination that is down delays a run by a bounded time, however many outputs go there.
        """
        tries = 0
        while True:
            if self._lost_s >= LONGEST_LOST_S:
                raise WorldError(
                    f"{self.place} was not asked: {self._lost_s:,.0f} s of this run were lost on it. The next run tries again."
                )
            began_s = self.waiting.monotonic_s()
            try:
                return ask()
            except Passing as failed:
                self._lost_s += self.waiting.monotonic_s() - began_s
                tries += 1
                self._wait_or_give_up(failed, tries)

    def _wait_or_give_up(self, failed: Passing, tries: int) -> None:
        asked_s = failed.after_s
        wait_s = min(2.0 ** (tries - 1), LONGEST_WAIT_S) if asked_s is None else asked_s
        if tries >= TRIES or self._gave_up or self._lost_s + wait_s > LONGEST_LOST_S:
            self._gave_up = True
            asks = f", and asks to wait {asked_s:,.0f} s" if asked_s is not None and asked_s > LONGEST_WAIT_S else ""
            raise WorldError(
                f"{self.place} failed {tries} time(s) in a row, last with {failed}{asks}. The next run tries again."
            ) from None
        self.waiting.sleep(wait_s)
        self._lost_s += wait_s
