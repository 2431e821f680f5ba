"""Children of a supervisor: started again, stopped with it, and gone when it is gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from holdfast.adapters.children import Child, Supervisor

WRITES_ITS_ID = """
import os, sys, signal, threading
from holdfast.adapters.children import when_supervisor_ends
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
when_supervisor_ends(os.environ, ended.set)
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
ended.wait(60)
with open(sys.argv[1], "a") as file:
    file.write("ended by itself\\n")
"""
SUPERVISES = """
import os, sys, threading
from holdfast.adapters.children import Child, Supervisor
assert not {"duckdb", "sqlalchemy"} & set(sys.modules)
Supervisor([Child("one", (sys.executable, "-c", sys.argv[1], sys.argv[2]))], os.environ, threading.Event(), print).run()
"""


def lines(path: Path, count: int) -> list[str]:
    """The file's lines, once there are so many."""
    for _ in range(400):
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= count:
            return found
        time.sleep(0.025)
    raise AssertionError(f"{found} after ten seconds")


def is_alive(pid: int) -> bool:
    """Also a zombie, so whoever asks has waited for it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def environ(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "src")
    return dict(os.environ)


def test_a_child_that_dies_is_started_again(tmp_path: Path, environ):
    """Killed hard, it is back under another id, and the supervisor says what ended it."""
    file, said, stop = tmp_path / "ids", [], threading.Event()
    child = Child("pager", (sys.executable, "-c", WRITES_ITS_ID, str(file)))
    supervisor = threading.Thread(target=Supervisor([child], environ, stop, said.append).run)
    supervisor.start()
    os.kill(int(lines(file, 1)[0]), signal.SIGKILL)
    first, second = lines(file, 2)
    stop.set()
    supervisor.join(20)

    assert first != second
    assert said == ["the pager was ended by SIGKILL; it is started again in 0.5 s"]
    assert lines(file, 3)[2] == "ended by itself"
    assert not is_alive(int(second))


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path, environ):
    """No signal reaches them then; the end of the pipe does."""
    file = tmp_path / "ids"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISES, WRITES_ITS_ID, str(file)], env=environ)
    lines(file, 1)
    supervisor.kill()
    supervisor.wait()

    assert lines(file, 2)[1] == "ended by itself"


def test_a_child_that_keeps_dying_is_started_less_and_less_often(environ):
    """Half a second, one, two: a broken child does not eat the machine."""
    said, stop = [], threading.Event()
    child = Child("builder", (sys.executable, "-c", "raise SystemExit(1)"))

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            stop.set()

    Supervisor([child], environ, stop, say).run()

    assert [text.rpartition(" in ")[2] for text in said] == ["0.5 s", "1 s", "2 s"]
    assert said[0].startswith("the builder ended with exit code 1")
