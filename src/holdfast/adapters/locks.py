"""Places that one process holds: the builder's and the pager's, each a lock that the kernel frees when its process ends."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from holdfast.errors import BuilderBusy, PagerBusy, WorldError
from holdfast.runs.ports import Holder

_TRIES = 25
_PAUSE_S = 0.02
"""A look at the lock takes it for an instant, and a new holder needs one to write its name: half a second in all."""


class FileLock:
    """Implements `runs.ports.BuilderLock` on one file, which stays when the lock is free.

    Works between processes of one machine. A child made by fork keeps the lock as long as it lives.
    """

    def __init__(self, path: Path, busy: Callable[[Holder | None], WorldError] | None = None) -> None:
        self._path = path
        self._busy = busy or builder_busy

    @contextmanager
    def acquire(self, verb: str, at: datetime, *, serves_requests: bool = False) -> Iterator[None]:
        """Holds the place for the length of the `with` block; BuilderBusy, or PagerBusy, names who has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._take(descriptor)
            _write(descriptor, Holder(os.getpid(), verb, at, serves_requests))
            try:
                yield
            finally:
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def holder(self) -> Holder | None:
        """Who has it now; None when it is free."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            for _ in range(_TRIES):
                if _lock(descriptor, fcntl.LOCK_SH):
                    return None
                if (holder := _read(descriptor)) and _is_alive(holder.pid):
                    return holder
                time.sleep(_PAUSE_S)
            return _read(descriptor)
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        holder = None
        for _ in range(_TRIES):
            if _lock(descriptor, fcntl.LOCK_EX):
                return
            holder = _read(descriptor)
            if holder and _is_alive(holder.pid):
                break
            # Locked, but by nobody who wrote a name: somebody looks, or has just come, or just died.
            time.sleep(_PAUSE_S)
        raise self._busy(holder)


class Books:
    """A turn at the books: builders of pipelines that share nothing work side by side, and record one at a time.

    Ids are taken and used, and a manifest is read and followed, within one turn.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until nobody else has the books."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(descriptor: int, holder: Holder) -> None:
    text = json.dumps(
        {
            "pid": holder.pid,
            "verb": holder.verb,
            "since": holder.since.isoformat(),
            "serves_requests": holder.serves_requests,
        }
    )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _read(descriptor: int) -> Holder | None:
    """What the file says; None while it says nothing whole."""
    try:
        read = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(
            read["pid"], read["verb"], datetime.fromisoformat(read["since"]), read["serves_requests"]
        )
    except (ValueError, KeyError, TypeError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def builder_busy(holder: Holder | None) -> BuilderBusy:
    """Who builds."""
    if holder is None:
        return BuilderBusy("another process is building. Wait for it, or see holdfast status.")
    return BuilderBusy(
        f"holdfast {holder.verb} is building since {holder.since:%Y-%m-%d %H:%M:%S} UTC (process {holder.pid}). "
        "Wait for it, or see holdfast status."
    )


def pager_busy(holder: Holder | None) -> PagerBusy:
    """Who pages."""
    if holder is None:
        return PagerBusy("another pager is up. One is enough: it does everything that is due.")
    return PagerBusy(
        f"holdfast {holder.verb} is the pager since {holder.since:%Y-%m-%d %H:%M:%S} UTC (process {holder.pid}). "
        "One is enough: it does everything that is due."
    )
