"""The builder's beat: a small file that says that it lives, so that its silence can be told from a long build."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Beat:
    """The newest one."""

    age_s: float
    looked_once: bool
    """Whether this builder's first look for something due is behind it."""


class BeatFile:
    """Written by one process, read by others of the same machine.

    Ages are taken by the machine's monotonic clock, so setting its time makes nobody look dead.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked_once = False

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beats from a thread for the length of the `with` block, whatever else the process does meanwhile."""
        ended = threading.Event()

        def beat() -> None:
            while True:
                self._write()
                if ended.wait(EVERY_S):
                    return

        thread = threading.Thread(target=beat, name="beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.forget()

    def looked(self) -> None:
        """From now on every beat says that the first look is over."""
        if not self._looked_once:
            self._looked_once = True
            self._write()

    def newest(self) -> Beat | None:
        """None when there is none, or it is of an earlier start of the machine."""
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
            age_s = time.monotonic() - read["monotonic_s"]
            return Beat(age_s, read["looked_once"]) if age_s >= 0 else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget(self) -> None:
        """No beat of an earlier builder is taken for one of the next."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        text = json.dumps({"pid": os.getpid(), "monotonic_s": time.monotonic(), "looked_once": self._looked_once})
        beside = self._path.with_name(f"{self._path.name}.{threading.get_ident()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path)
        except OSError:
            # A full disk is no reason to stop building; without a beat the pager says what there is to say.
            with suppress(OSError):
                beside.unlink(missing_ok=True)
