"""A run stopped anywhere and started again ends like one that was never stopped; readers see old or new."""

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import crash_company
import pytest
from crash_company import NOW, PIPELINE, Outcome, close, copied, new_company, outcome, run
from power_cuts import Effects, PowerCut, tear

from holdfast.app import App
from holdfast.clock import FixedClock
from holdfast.releases.closing import CloseKind
from holdfast.signing import close_and_sign

SEED = 20260911
SAMPLE = 2
KILLS = 10


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company with everything published but its last day, whose files have arrived."""
    folder = tmp_path_factory.mktemp("crash") / "eve"
    new_company(folder)
    run(folder, NOW - timedelta(days=1))
    return folder


@pytest.fixture(scope="module")
def before(eve: Path) -> Outcome:
    """What readers have before the run."""
    return outcome(eve)


@pytest.fixture(scope="module")
def undisturbed(eve: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, list[str]]:
    """What readers have after a run that was not stopped, and the effects it had."""
    folder = copied(eve, tmp_path_factory.mktemp("undisturbed") / "project")
    effects = Effects()
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        run(folder)
    return outcome(folder), effects.names


def _stopped(eve: Path, tmp_path: Path, cut_at: int, when: str) -> Path:
    folder = copied(eve, tmp_path / f"{cut_at}-{when}")
    effects = Effects(cut_at, when)
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        with pytest.raises(PowerCut):
            run(folder)
    tear(folder / ".holdfast")
    return folder


def _assert_heals(folder: Path, before: Outcome, after: Outcome, where: str) -> None:
    between = outcome(folder)
    assert between.figures in (before.figures, after.figures), where
    assert between.tables in (before.tables, after.tables), where
    assert (between.figures == before.figures) == (between.tables == before.tables), where
    run(folder)
    healed = outcome(folder)
    assert healed.figures == after.figures, where
    assert healed.tables == after.tables, where
    assert healed.outputs == after.outputs, where


def test_the_run_publishes_the_day(before: Outcome, undisturbed: tuple[Outcome, list[str]]):
    """The run that is stopped below has an effect worth stopping: of every kind there is."""
    after, effects = undisturbed

    assert before.figures != after.figures
    assert before.outputs != after.outputs
    kinds = {name.split(" ")[0] for name in effects}
    assert {"ledger", "engine", "write", "rename", "deliver", "copy"} <= kinds
    assert "rename CURRENT" in effects


def _sampled(effects: list[str]) -> list[tuple[int, str]]:
    """Around the publication itself, and some of the rest."""
    current = effects.index("rename CURRENT") + 1
    index_due = effects.index("deliver outputs/feed/schema.json") + 1  # all of its files are there, its index is not
    every = [(at, when) for at in range(1, len(effects) + 1) for when in ("before", "after")]
    chosen = [(current, "before"), (current, "after"), (index_due, "after")]
    return chosen + random.Random(SEED).sample([each for each in every if each not in chosen], SAMPLE)


def test_stopped_at_some_effects(eve: Path, before: Outcome, undisturbed: tuple[Outcome, list[str]], tmp_path: Path):
    """Around the rename of CURRENT and at a sample of all other effects."""
    after, effects = undisturbed
    for cut_at, when in _sampled(effects):
        folder = _stopped(eve, tmp_path, cut_at, when)
        _assert_heals(folder, before, after, f"{when} effect {cut_at}, {effects[cut_at - 1]}")


@pytest.mark.slow
def test_stopped_at_every_effect(eve: Path, before: Outcome, undisturbed: tuple[Outcome, list[str]], tmp_path: Path):
    """Before and after each of them, one by one."""
    after, effects = undisturbed
    for cut_at in range(1, len(effects) + 1):
        for when in ("before", "after"):
            folder = _stopped(eve, tmp_path, cut_at, when)
            _assert_heals(folder, before, after, f"{when} effect {cut_at}, {effects[cut_at - 1]}")


@pytest.mark.slow
def test_history_stopped_and_started_again(tmp_path: Path):
    """A first run cut off between two months of history ends, started again, like one that was not."""
    new_company(tmp_path / "empty")
    whole = copied(tmp_path / "empty", tmp_path / "whole")
    effects = Effects()
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        run(whole)
    after = outcome(whole)
    first = effects.names.index("rename CURRENT") + 1
    for cut_at in (first - 3, first, first + 1, first + 4):
        folder = _stopped(tmp_path / "empty", tmp_path, cut_at, "after")
        run(folder)
        healed = outcome(folder)
        assert (healed.figures, healed.tables) == (after.figures, after.tables), effects.names[cut_at - 1]


def _killed(eve: Path, folder: Path, after_s: float) -> bool:
    """A process of its own, killed -9 so long after its start; False when it ended before."""
    copied(eve, folder)
    child = subprocess.Popen([sys.executable, crash_company.__file__, str(folder), "0"], env={"PYTHONPATH": _path()})
    try:
        child.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
    return child.returncode == -signal.SIGKILL


def _path() -> str:
    return ":".join(path for path in sys.path if path)


@pytest.mark.parametrize("rounds", [1, pytest.param(KILLS, marks=pytest.mark.slow)])
def test_killed_at_random_times(
    eve: Path, before: Outcome, undisturbed: tuple[Outcome, list[str]], tmp_path: Path, rounds: int
):
    """A real process, killed -9 at any time of its life, leaves nothing that a new one does not put right."""
    after, _ = undisturbed
    started = time.monotonic()
    assert not _killed(eve, tmp_path / "alive", 120)
    life_s = time.monotonic() - started
    assert outcome(tmp_path / "alive") == after
    times = random.Random(SEED)
    for number in range(rounds):
        at_s = life_s * times.uniform(0.3, 1.0)
        _killed(eve, tmp_path / f"killed-{number}", at_s)
        _assert_heals(tmp_path / f"killed-{number}", before, after, f"killed after {at_s:.2f} of {life_s:.2f} s")


def _sign(folder: Path) -> None:
    """Both people sign August; nothing is published of it yet."""
    app = App(folder, environ={}, say=lambda _: None)
    try:
        world, pipeline = app.world(FixedClock(NOW - timedelta(hours=12))), app.project.pipelines[PIPELINE]
        assert close_and_sign(world, pipeline, [app.project.calendar.named("2026-08")], "{} (demo)")
    finally:
        close(app)


def _states(seen: Outcome, period: str) -> set[str]:
    return {str(figure[7]) for figure in seen.figures if figure[1] == period}


@pytest.fixture(scope="module")
def signed(eve: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The eve, with August signed and not final."""
    folder = copied(eve, tmp_path_factory.mktemp("signed") / "project")
    _sign(folder)
    return folder


@pytest.mark.parametrize("chosen", [pytest.param(False, id="some"), pytest.param(True, id="every", marks=pytest.mark.slow)])
def test_signatures_become_final_wherever_a_run_is_stopped(signed: Path, tmp_path: Path, chosen: bool):
    """Stopped around the publication of the final figures, readers see August preliminary or final, never between."""
    whole = copied(signed, tmp_path / "whole")
    effects = Effects()
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        run(whole)
    after = outcome(whole)
    assert _states(after, "2026-08") == {"final"} and _states(after, "2026-09") == {"preliminary"}
    swaps = [at for at, name in enumerate(effects.names, 1) if name == "rename CURRENT"]
    assert len(swaps) == 2, "the day, then the month"
    cuts = range(swaps[0] + 1, len(effects.names) + 1) if chosen else (swaps[1], swaps[1] + 1)
    for cut_at in cuts:
        for when in ("before", "after"):
            folder = _stopped(signed, tmp_path, cut_at, when)
            assert _states(outcome(folder), "2026-08") in ({"preliminary"}, {"final"}), (cut_at, when)
            run(folder)
            healed = outcome(folder)
            assert (healed.figures, healed.tables, healed.outputs) == (after.figures, after.tables, after.outputs), (cut_at, when)
            with_ledger = App(folder, environ={}, say=lambda _: None)
            finals = [e for e in with_ledger.ledger.close_events(PIPELINE) if e.kind is CloseKind.FINAL]
            close(with_ledger)
            assert len(finals) == 1, (cut_at, when)
