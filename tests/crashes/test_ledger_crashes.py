"""A process killed at any statement leaves either nothing or everything, and readers never see half."""

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from ledger_story import AT, FIRST, landing, numbers_landed, numbers_published, publication

from holdfast.adapters.ledgers.sqlite import Ledger, check_integrity, open_ledger
from holdfast.releases.release import Approval, HoldState

STORY = Path(__file__).with_name("ledger_story.py")


def _killed_at(statement: int, act: Callable[[], None]) -> bool:
    """Runs `act` in a process of its own and kills -9 it before that statement (commits count).

    False when it ended by itself first.
    """
    with warnings.catch_warnings():
        # From 3.12 on Python warns of threads; the test runner's own hold no lock that the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            _kill_before(statement)
            act()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _kill_before(statement: int) -> None:
    left = [statement]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    sa.event.listen(sa.Engine, "commit", count)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes every ledger that a test has opened."""
    with ExitStack() as stack:
        yield stack


def _every_kill(
    opened: ExitStack, tmp_path: Path, before: Callable[[Ledger], None], act: Callable[[Ledger], object]
) -> list[Ledger]:
    """One ledger per statement of `act`, left as the killed process left it; the last one ended undisturbed."""
    ledgers = []
    for statement in range(200):
        path = tmp_path / f"killed-{statement}.db"
        with open_ledger(path) as ledger:
            before(ledger)

        def in_child(path: Path = path) -> None:
            act(open_ledger(path))

        killed = _killed_at(statement, in_child)
        check_integrity(path)
        ledgers.append(opened.enter_context(open_ledger(path)))
        if not killed:
            return ledgers
    raise AssertionError("more statements than expected")


def _nothing(_: Ledger) -> None:
    pass


def test_a_killed_landing_is_not_there(opened: ExitStack, tmp_path: Path) -> None:
    """Killed before any statement of a landing, nothing of it is seen, and it can be recorded again."""
    *killed, undisturbed = _every_kill(
        opened, tmp_path, _nothing, lambda ledger: ledger.record_landing(landing(1))
    )

    assert len(killed) >= 6  # version, begin, landing, files, shares, days, commit
    assert numbers_landed(undisturbed) == ({1}, True)
    for ledger in killed:
        assert numbers_landed(ledger) == (set(), True)
        assert ledger.landed_files("orders") == ledger.file_days("orders") == []
        assert ledger.next_seq() == 1
        ledger.record_landing(landing(1))
        assert numbers_landed(ledger) == ({1}, True)


def test_a_landing_larger_than_the_cache_is_not_there_either(tmp_path: Path) -> None:
    """Killed before its commit, a landing that spilled to disk already leaves nothing."""
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    large = landing(1, [FIRST + timedelta(days=number) for number in range(20_000)])

    def land_and_die() -> None:
        ledger = open_ledger(path)
        sa.event.listen(sa.Engine, "commit", lambda _: _die_when_spilled(path))
        ledger.record_landing(large)

    assert _killed_at(10_000, land_and_die)
    assert path.with_name("ledger.db-wal").stat().st_size > 1_000_000
    check_integrity(path)
    with open_ledger(path) as ledger:
        assert ledger.file_days("orders") == []
        assert ledger.next_seq() == 1


def _die_when_spilled(path: Path) -> None:
    if path.with_name("ledger.db-wal").stat().st_size > 1_000_000:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_preparation_is_not_there(opened: ExitStack, tmp_path: Path) -> None:
    """Killed while it prepares, the ledger knows no manifest and shows the publication before."""

    def first_is_out(ledger: Ledger) -> None:
        ledger.prepare(publication(1))
        ledger.publish("manifest-000001")

    *killed, undisturbed = _every_kill(
        opened, tmp_path, first_is_out, lambda ledger: ledger.prepare(publication(2))
    )

    assert undisturbed.prepared_manifests() == ["manifest-000002"]
    for ledger in [*killed, undisturbed]:
        assert numbers_published(ledger) == [[1], [1], [1], [1]]
    for ledger in killed:
        assert ledger.prepared_manifests() == []


def test_a_killed_publication_is_still_prepared_and_can_be_repeated(
    opened: ExitStack, tmp_path: Path
) -> None:
    """Killed between preparation and publication or inside it, all is prepared and nothing published."""

    def second_is_prepared(ledger: Ledger) -> None:
        ledger.prepare(publication(1))
        ledger.publish("manifest-000001")
        ledger.prepare(publication(2))

    *killed, undisturbed = _every_kill(
        opened, tmp_path, second_is_prepared, lambda ledger: ledger.publish("manifest-000002")
    )

    assert len(killed) >= 10
    assert numbers_published(undisturbed) == [[2], [2], [2], [2]]
    for ledger in killed:
        assert numbers_published(ledger) == [[1], [1], [1], [1]]
        assert ledger.prepared_manifests() == ["manifest-000002"]
        ledger.publish("manifest-000002")
        assert numbers_published(ledger) == [[2], [2], [2], [2]]
        assert ledger.results("aggregate_profit") == undisturbed.results("aggregate_profit")
        assert ledger.open_holds("aggregate_profit") == undisturbed.open_holds("aggregate_profit")


def test_a_killed_approval_is_recorded_with_its_hold_or_not_at_all(opened: ExitStack, tmp_path: Path) -> None:
    """There is never an approved hold without its word, nor a word on an open hold."""

    def held(ledger: Ledger) -> None:
        ledger.prepare(publication(1))
        ledger.publish("manifest-000001")

    word = Approval(1, "davis", "davis", "seen", AT)
    *killed, undisturbed = _every_kill(opened, tmp_path, held, lambda ledger: ledger.approve(word))

    assert [hold.state for hold, _ in undisturbed.approvals("aggregate_profit")] == [HoldState.APPROVED]
    for ledger in killed:
        assert ledger.approvals("aggregate_profit") == []
        assert len(ledger.open_holds("aggregate_profit")) == 30


@pytest.mark.slow
def test_a_killed_first_opening_is_simply_done_again(tmp_path: Path) -> None:
    """Killed at any statement of the migration, the next opening finds a new ledger or a whole one."""
    for statement in range(200):
        path = tmp_path / f"new-{statement}.db"

        def in_child(path: Path = path) -> None:
            open_ledger(path)

        killed = _killed_at(statement, in_child)
        with open_ledger(path) as ledger:
            ledger.record_landing(landing(1))
            assert numbers_landed(ledger) == ({1}, True)
        if not killed:
            break
    assert statement > 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty ledger's path."""
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    return path


def _start_recording(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, STORY, path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )


def test_what_was_said_to_be_recorded_is_there_after_a_kill_at_any_moment(path: Path) -> None:
    """A process killed from outside at odd moments loses nothing it had reported, and leaves no half."""
    landed = published = 0
    for lines_before_the_kill in (1, 6, 11, 40):
        process = _start_recording(path)
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines_before_the_kill)]
        time.sleep(0.0007 * lines_before_the_kill)
        process.kill()
        said += process.stdout.readlines()
        process.communicate()
        for line in said:
            verb, _, number = line.partition(" ")
            if verb == "landed" and number.endswith("\n"):
                landed = int(number)
            elif number.endswith("\n"):
                published = int(number)

        check_integrity(path)
        with open_ledger(path) as ledger:
            (seen,), whole = numbers_landed(ledger)
            assert whole
            assert seen in (landed, landed + 1)
            numbers = numbers_published(ledger)
            if published:
                assert numbers[0][0] in (published, published + 1)
            assert all(each == numbers[0] for each in numbers)


def test_readers_never_see_half_of_a_landing_or_publication(path: Path) -> None:
    """Beside a process that lands and publishes all the time, every single read is of one whole state."""
    process = _start_recording(path)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.readline()
    reads, seen = 0, set()
    try:
        with open_ledger(path) as ledger:
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                seqs, whole = numbers_landed(ledger)
                assert whole
                numbers = numbers_published(ledger)
                assert [len(each) for each in numbers] == [1, 1, 1, 1]
                seen |= seqs
                reads += 1
    finally:
        process.kill()
        process.communicate()

    assert reads > 10
    assert len(seen) > 3
