"""The small company as its mornings leave it, built once for all stories and workers."""

import fcntl
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from story_company import EVE, NEWEST, Story, copied, new_company


@pytest.fixture(scope="session")
def mornings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders `before`, `eve` and `newest`: the company after the runs that bring those days."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared = root / "mornings"
    with (root / "mornings.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "whole").exists():
            _write(shared)
    return shared


def _write(shared: Path) -> None:
    shutil.rmtree(shared, ignore_errors=True)
    new_company(shared / "empty")
    good = shared / "empty" / "data"
    before = copied(shared / "empty", shared / "before", good)
    before.run(EVE - timedelta(days=1))
    eve = copied(shared / "before", shared / "eve", good)
    eve.run(EVE)
    newest = copied(shared / "eve", shared / "newest", good)
    newest.run(NEWEST)
    (shared / "whole").touch()


@pytest.fixture
def start(mornings: Path, tmp_path: Path) -> Callable[[str], Story]:
    """A copy of the company as one of those mornings left it, to do with as the story likes."""
    return lambda name: copied(mornings / name, tmp_path / name, mornings / "empty" / "data")


@pytest.fixture
def eve(start: Callable[[str], Story]) -> Story:
    """The last day's files have arrived, its run is due; everything before is published."""
    return start("eve")
