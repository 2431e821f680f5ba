"""The pager as real processes: killed hard while a page is on its way, and started again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from holdfast.adapters.locks import FileLock
from holdfast.loading.init import write_reference

ROOT = Path(__file__).parents[2]
NOW = "2026-10-02T10:00+00:00"
"""A Friday; john is primary."""
DELAY_S = 2


@pytest.fixture(scope="module")
def quiet(tmp_path_factory) -> Path:
    """The reference team with one pipeline that begins later, so nothing is due and nothing is late; handing over takes a while."""
    folder = tmp_path_factory.mktemp("quiet") / "team"
    write_reference(folder, name="team", demo=True)
    for other in (folder / "pipelines").iterdir():
        if other.name != "aggregate_profit":
            shutil.rmtree(other)
    settings = folder / "pipelines/aggregate_profit/pipeline.yml"
    settings.write_text(re.sub(r"starts_on: \S+", "starts_on: 2026-10-05", settings.read_text()))
    project = folder / "holdfast.yml"
    project.write_text(project.read_text().replace("path: pages.jsonl", f"path: pages.jsonl, delay_s: {DELAY_S}"))
    return folder


@pytest.fixture
def folder(quiet, tmp_path) -> Path:
    return Path(shutil.copytree(quiet, tmp_path / "team"))


@pytest.fixture
def holdfast(folder):
    """Starts holdfast on the folder as a process of its own; what is left of it is ended with the test."""
    started = []

    def start(*words: str) -> subprocess.Popen[str]:
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "HOLDFAST_NOW": NOW}
        call = [sys.executable, "-m", "holdfast", *words, "-C", str(folder)]
        started.append(subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def done(process: subprocess.Popen[str], code: int = 0) -> str:
    """What it printed."""
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == code, printed
    return printed


def until(holds, seconds: float = 30):
    """What it says, once it says something."""
    for _ in range(round(seconds / 0.05)):
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def pages(folder: Path) -> list[dict]:
    """What was handed over to somebody who is woken by it."""
    file = folder / ".holdfast/pages.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [each for each in map(json.loads, lines) if each["wakes"]]


def holder(folder: Path, place: str) -> int | None:
    """The process that has that place."""
    found = FileLock(folder / ".holdfast" / f"{place}.lock").holder()
    return found.pid if found else None


def is_being_sent(folder: Path) -> bool:
    """Whether a page is claimed; asked of the file, since every pager would claim it."""
    import sqlite3

    with sqlite3.connect(f"file:{folder / '.holdfast/ledger.db'}?mode=ro", uri=True, timeout=5) as ledger:
        return bool(ledger.execute("SELECT count(*) FROM outbox WHERE post = 'sending'").fetchone()[0])


def test_a_page_survives_the_pager_and_then_the_supervisor(folder, holdfast):
    """Killed hard while a page is handed over, first the pager under `up`, then `up` itself and with it every child: each
    time the page arrives after all, says that it may be a repeat, and nobody is left running.
    """
    up = holdfast("up")
    until(lambda: holder(folder, "pager") and holder(folder, "builder"))
    done(holdfast("incident", "open", "aggregate_profit", "--text", "half of it is missing", "--as", "john"))
    until(lambda: is_being_sent(folder))
    os.kill(holder(folder, "pager"), signal.SIGKILL)
    [page] = until(lambda: pages(folder))
    assert (page["target"], page["step"], page["maybe_repeat"]) == ("john", "aggregate_profit/1", True)
    assert "may be a repeat" in page["text"]

    until(lambda: not is_being_sent(folder))
    done(holdfast("page", "james", "--incident", "1", "--text", "look at it, please", "--as", "john"))
    until(lambda: is_being_sent(folder))
    children = [holder(folder, "pager"), holder(folder, "builder")]
    up.kill()
    until(lambda: holder(folder, "pager") is None and holder(folder, "builder") is None)
    assert len(pages(folder)) == 1
    for child in children:
        with pytest.raises(ProcessLookupError):
            until(lambda pid=child: os.kill(pid, 0) or False, 5)

    again = holdfast("up")
    page = until(lambda: pages(folder)[1:])[0]
    assert (page["target"], page["maybe_repeat"]) == ("james", True)

    again.send_signal(signal.SIGTERM)
    printed = done(again)
    assert "Stopped." in printed and "started again" not in printed
    assert holder(folder, "pager") is None and holder(folder, "builder") is None


def test_one_pager_is_enough(folder, holdfast):
    """Beside a pager that is up, a pass says so and exits 0; another that would stay is refused, and so is a second `up`."""
    watch = holdfast("watch")
    pid = until(lambda: holder(folder, "pager"))

    assert "holdfast watch is the pager since" in (said := done(holdfast("watch", "--once"))) and str(pid) in said
    assert "is the pager since" in done(holdfast("watch"), 1)
    assert "is the pager since" in done(holdfast("up"), 1)
    watch.send_signal(signal.SIGTERM)
    assert "Stopping" in done(watch)


def test_the_pager_never_imports_the_engine(folder):
    """A whole pass with an incident, its words and its pages: the engine, which may take all the memory there is, is not in it."""
    script = """
import sys
from holdfast.cli import main
assert main(["incident", "open", "aggregate_profit", "--text", "x", "--as", "john", "-C", sys.argv[1]]) == 0
assert main(["watch", "--once", "-C", sys.argv[1]]) == 0
print(sorted({"duckdb", "numpy"} & set(sys.modules)))
"""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOLDFAST_NOW": NOW}
    ran = subprocess.run([sys.executable, "-c", script, str(folder)], env=environ, capture_output=True, text=True, timeout=60)

    assert pages(folder) and ran.stdout.endswith("[]\n"), ran.stdout + ran.stderr


def test_a_ledger_that_is_none_is_told_to_primary_and_manager(folder, holdfast):
    """From the team's files alone, once for every outage, and the pass exits 1; afterwards they hear that it works again."""
    state = folder / ".holdfast"
    state.mkdir()
    (state / "ledger.db").write_text("not a ledger" * 1000)
    for _ in range(2):
        assert "cannot be used" in done(holdfast("watch", "--once"), 1)
    assert [(page["target"], page["subject"]) for page in pages(folder)] == [
        ("john", "The pager's ledger cannot be used"),
        ("manager", "The pager's ledger cannot be used"),
    ]

    (state / "ledger.db").unlink()
    done(holdfast("watch", "--once"))
    assert [page["subject"] for page in pages(folder)[2:]] == ["The pager's ledger works again"] * 2
