"""The builder that stays: looks for something due, builds it, and does what others ask in request rows."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from holdfast.errors import HoldfastError
from holdfast.runs.ports import Request, RequestLog

LOOK_S = 0.5
"""How often request rows are looked for."""
CHECK_S = 5.0
"""How often arrivals and definitions are looked at."""
RETRY_S = 120.0
"""A run that failed is tried again after this long, even when nothing changed."""
DIED = "The builder ended before it was done. Ask again; what was half done is undone by the next run."

Answer = tuple[bool, str]
"""Whether it went well, and what to tell whoever asked."""


class Day(Protocol):
    """What the builder does besides requests."""

    def signs(self) -> str:
        """A text that differs as soon as something new may be due: arrivals, definitions, the date."""

    def run(self) -> bool:
        """Runs the day; False when a run failed."""


@dataclass(slots=True)
class Server:
    """Serves one project until it is told to stop."""

    requests: RequestLog
    day: Day
    verbs: Mapping[str, Callable[[Request], Answer]]
    say: Callable[[str], None]
    wait: Callable[[float], bool]
    """Waits so many seconds; True when it was told to stop."""
    monotonic_s: Callable[[], float]
    _seen: str = ""
    _checked_s: float = field(default=float("-inf"))
    _failed_s: float | None = None

    def serve(self, *, once: bool = False) -> None:
        """Runs what is due and answers what is asked, until told to stop; `once` after the first look."""
        left = self.requests.fail_started_requests(DIED)
        if left:
            self.say(f"{left} request(s) that an earlier builder left unfinished were failed")
        while True:
            self.look()
            if once or self.wait(LOOK_S):
                return

    def look(self) -> None:
        """One pass: every request row first, then the day if something new may be due."""
        while (request := self.requests.next_request()) is not None:
            self._answer(request)
        now = self.monotonic_s()
        if now - self._checked_s >= CHECK_S:
            self._checked_s = now
            self._run_if_due(now)

    def _run_if_due(self, now_s: float) -> None:
        """A held day is due for ever, so the day is run when something changed, not when something is due."""
        try:
            signs = self.day.signs()
            retry = self._failed_s is not None and now_s - self._failed_s >= RETRY_S
            if signs == self._seen and not retry:
                return
            self._seen = signs
            self._failed_s = None if self.day.run() else now_s
        except HoldfastError as error:
            # One bad pass never ends the builder; the same problem is told once, not every five seconds.
            self._failed_s = now_s
            self.say(str(error))

    def _answer(self, request: Request) -> None:
        self.say(f"request {request.id}: {request.verb} asked by {request.actor}")
        try:
            verb = self.verbs.get(request.verb)
            good, text = verb(request) if verb else (False, f"this builder does not serve '{request.verb}'")
        except HoldfastError as error:
            good, text = False, str(error)
        except Exception as error:
            good, text = False, f"{type(error).__name__}: {error}. This is a fault of Holdfast."
            self.say(traceback.format_exc())
        self.requests.answer(request.id, "done" if good else "failed", text)
