"""The builder's place: one holder, named, freed by the kernel."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.adapters.locks import FileLock
from holdfast.errors import BuilderBusy
from holdfast.runs.ports import BuilderLock, Holder

AT = datetime(2026, 10, 2, 3, 0, 12, tzinfo=UTC)

HOLD_UNTIL_KILLED = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from holdfast.adapters.locks import FileLock
with FileLock(Path(sys.argv[1])).acquire("up", datetime(2026, 10, 2, 3, 0, 12, tzinfo=UTC), serves_requests=True):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def _another_holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_UNTIL_KILLED, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_free_place_has_no_holder(tmp_path: Path) -> None:
    """Before, and after the block, nobody holds it; looking creates no file."""
    lock: BuilderLock = FileLock(tmp_path / ".holdfast" / "builder.lock")
    assert lock.holder() is None
    assert list(tmp_path.iterdir()) == []

    with lock.acquire("run", AT):
        assert lock.holder() == Holder(os.getpid(), "run", AT, serves_requests=False)

    assert lock.holder() is None


def test_a_second_builder_is_told_who_builds_since_when(tmp_path: Path) -> None:
    """Also within one process; the first holder keeps the place."""
    lock = FileLock(tmp_path / "builder.lock")
    with lock.acquire("run", AT):
        with pytest.raises(BuilderBusy) as refused, lock.acquire("backfill", AT):
            pass
        assert lock.holder() == Holder(os.getpid(), "run", AT, serves_requests=False)

    assert str(refused.value) == (
        f"holdfast run is building since 2026-10-02 03:00:12 UTC (process {os.getpid()}). "
        "Wait for it, or see holdfast status."
    )


def test_an_error_inside_frees_the_place(tmp_path: Path) -> None:
    """The place is free again when the block raises, and the error goes on."""
    lock = FileLock(tmp_path / "builder.lock")

    with pytest.raises(ZeroDivisionError), lock.acquire("run", AT):
        raise ZeroDivisionError

    with lock.acquire("run", AT):
        pass


def test_the_kernel_frees_the_place_of_a_killed_process(tmp_path: Path) -> None:
    """After kill -9 the place is free at once, though the dead holder's name is still in the file."""
    path = tmp_path / "builder.lock"
    lock = FileLock(path)
    with _another_holder(path) as process:
        assert lock.holder() == Holder(process.pid, "up", AT, serves_requests=True)
        with (
            pytest.raises(BuilderBusy, match=f"holdfast up .* \\(process {process.pid}\\)"),
            lock.acquire("run", AT),
        ):
            pass

        process.send_signal(signal.SIGKILL)
        process.wait()

        assert path.read_text()
        assert lock.holder() is None
        with lock.acquire("run", AT):
            assert lock.holder() == Holder(os.getpid(), "run", AT, serves_requests=False)


def test_looking_never_keeps_a_builder_out(tmp_path: Path) -> None:
    """While four threads look all the time, every acquisition succeeds."""
    lock = FileLock(tmp_path / "builder.lock")
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            lock.holder()

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(20):
            with lock.acquire("run", AT):
                pass
    finally:
        stop.set()
        for looker in lookers:
            looker.join()
