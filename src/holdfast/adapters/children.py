"""Children of `holdfast up`: started again when they die, stopped with it, and gone when it is gone."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

LIFELINE = "HOLDFAST_LIFELINE"
"""Environment variable of a child: the number of a file descriptor that ends when its supervisor does."""
POLL_S = 0.1
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
"""Before a child that died is started again; twice as long each time, until one has lived `LONGEST_PAUSE_S`."""
LAST_WORD_S = 10.0
"""How long a child that was told twice may still take."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive."""

    name: str
    command: tuple[str, ...]


@dataclass(slots=True)
class _Kept:
    child: Child
    process: subprocess.Popen[bytes]
    started_s: float
    deaths: int = 0
    again_s: float | None = None
    """When it is started again; None while it lives."""


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Keeps every child alive until told to stop; then tells them, and waits until all have ended."""

    children: Sequence[Child]
    environ: Mapping[str, str]
    stop: threading.Event
    say: Callable[[str], None]

    def run(self) -> None:
        """Returns once `stop` is set and every child has ended by itself.

        A KeyboardInterrupt while they end makes them end at once, and is raised again.
        """
        lifeline, held = os.pipe()
        try:
            kept = [_Kept(child, self._start(child, lifeline), time.monotonic()) for child in self.children]
            while not self.stop.wait(POLL_S):
                for each in kept:
                    self._mind(each, lifeline)
            _end([each.process for each in kept])
        finally:
            # Only this process has the other end: the system closes it too, however the process ends.
            os.close(held)
            os.close(lifeline)

    def _start(self, child: Child, lifeline: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # this program itself
            child.command,
            env={**self.environ, LIFELINE: str(lifeline)},
            pass_fds=(lifeline,),
            # A Ctrl-C goes to the supervisor alone; to a child two signals would mean "at once".
            process_group=0,
        )

    def _mind(self, each: _Kept, lifeline: int) -> None:
        now = time.monotonic()
        if each.again_s is None:
            if each.process.poll() is not None:
                self._note_death(each, now)
        elif now >= each.again_s:
            each.process, each.started_s, each.again_s = self._start(each.child, lifeline), now, None

    def _note_death(self, each: _Kept, now: float) -> None:
        each.deaths = 1 if now - each.started_s >= LONGEST_PAUSE_S else each.deaths + 1
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (each.deaths - 1))
        each.again_s = now + pause
        self.say(f"the {each.child.name} {_how(each.process.returncode)}; it is started again in {pause:g} s")


def _how(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    try:
        for process in processes:
            process.wait()
    except KeyboardInterrupt:
        _end_at_once(processes)
        raise


def _end_at_once(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + LAST_WORD_S
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


def when_supervisor_ends(environ: Mapping[str, str], then: Callable[[], None]) -> None:
    """Calls `then`, from a thread of its own, as soon as the supervisor of this process has ended, killed or not.

    Does nothing in a process that has none.
    """
    if LIFELINE not in environ:
        return
    lifeline = int(environ[LIFELINE])

    def watch() -> None:
        os.read(lifeline, 1)
        then()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
