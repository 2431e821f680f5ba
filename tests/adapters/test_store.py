"""A store shows one release or the next, never neither, whatever happens to the process that writes it."""

import errno
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_values import TABLES, a_part, a_store, following, is_consistent

from holdfast.adapters.stores.parts import GRACE_S, PartStore
from holdfast.errors import StoreError
from holdfast.releases.manifest import Manifest

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
STEPS = ("fsync", "replace", "open")


class Stop(BaseException):
    """The process ends here; nothing may catch it."""


def seen(store: PartStore) -> str:
    """Id of the release a reader sees, after looking at every file of it."""
    with store.reading() as manifest:
        assert is_consistent(store, manifest)
        return manifest.id


def count_steps(monkeypatch: pytest.MonkeyPatch, stop_at: int | None, error: BaseException) -> list[str]:
    """Lists each sync and rename that happens; the one numbered `stop_at` raises instead."""
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def before(name: str) -> None:
        steps.append(name)
        if stop_at == len(steps) - 1:
            raise error

    def fsync(handle: int) -> None:
        before("fsync")
        real_fsync(handle)

    def replace(self: Path, target: Path) -> Path:
        before(f"replace {Path(target).name}")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    return steps


def test_before_the_first_publication_a_reader_sees_an_empty_release(tmp_path):
    """No CURRENT is no failure: there is nothing to read yet."""
    store = a_store(tmp_path)

    assert seen(store) == "000000"
    assert store.current() == Manifest("000000", "investors")
    assert store.current_id() is None


def test_what_is_published_is_what_is_read(tmp_path):
    """A reader gets the manifest back as it was published, and the writer too."""
    store = a_store(tmp_path)
    manifest = following(store)

    store.publish(manifest)

    with store.reading() as read:
        assert read == manifest == store.current()
    assert seen(store) == "000001"


def test_a_publication_stopped_at_any_step_shows_the_old_release_or_the_new(tmp_path, monkeypatch):
    """Every sync and rename in turn is the last thing that happens; a second attempt then ends it."""
    with monkeypatch.context() as patched:
        store = a_store(tmp_path / "counted")
        manifest = following(store)
        steps = count_steps(patched, None, Stop())
        store.publish(manifest)
    swap = steps.index("replace CURRENT")
    assert len(steps) >= 2 * len(TABLES) + 5
    for number in range(len(steps)):
        store = a_store(tmp_path / str(number))
        store.publish(following(store))
        with monkeypatch.context() as patched:
            manifest = following(store)
            count_steps(patched, number, Stop())
            with pytest.raises(Stop):
                store.publish(manifest)
        assert seen(store) == ("000001" if number <= swap else "000002"), steps[number]

        again = following(store)
        store.publish(again)
        store.sweep(time.time() + 2 * GRACE_S)
        assert seen(store) == again.id


def test_a_full_disk_at_any_step_leaves_current_as_it_was(tmp_path, monkeypatch):
    """ENOSPC from any sync or rename up to the swap becomes one clear error, and readers see the old release."""
    store = a_store(tmp_path)
    store.publish(following(store))
    number = 0
    while True:
        with monkeypatch.context() as patched:
            manifest = following(store)
            steps = count_steps(patched, number, OSError(errno.ENOSPC, "No space left on device"))
            try:
                store.publish(manifest)
            except StoreError as error:
                assert "disk is full" in str(error)
        if "replace CURRENT" in steps[:number]:
            break
        assert seen(store) == "000001", steps
        number += 1
    assert number > len(TABLES)


def test_a_disk_too_small_for_the_manifest_leaves_current_as_it_was(tmp_path):
    """On a real file system that is full, publishing is refused and readers see the old release."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root; the simulated one is tested beside")
    try:
        store = a_store(folder)
        store.publish(following(store))
        manifest = following(store)
        filler = folder / "filler"
        with pytest.raises(OSError, match="No space"), filler.open("wb") as handle:
            while True:
                handle.write(b"x" * 4096)
                handle.flush()
        with pytest.raises(StoreError, match="disk is full"):
            store.publish(manifest)
        assert seen(store) == "000001"

        filler.unlink()
        store.publish(manifest)
        assert seen(store) == "000002"
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_missing_part_is_refused_before_readers_see_it(tmp_path):
    """A manifest that names a file that was never written is not published, and the error names the file."""
    store = a_store(tmp_path)
    store.publish(following(store))
    manifest = following(store)
    (store.parts / manifest.tables["sums"].parts[0].file).unlink()

    with pytest.raises(StoreError, match=r"sums/2026-09-14-000002\.parquet: a part is missing"):
        store.publish(manifest)
    assert seen(store) == "000001"


def test_a_killed_publisher_leaves_a_whole_release(tmp_path):
    """SIGKILL at any moment of many publications: afterwards a reader sees one whole release, and so does the next writer."""
    program = (
        f"import sys; sys.path[:0] = [{str(SOURCE)!r}, {str(HERE)!r}]\n"
        "from pathlib import Path; from store_values import a_store, following\n"
        f"store = a_store(Path({str(tmp_path)!r})); print('ready', flush=True)\n"
        "while True: store.publish(following(store)); store.sweep(2e9 * 2)"
    )
    last = 0
    for wait_s in (0.0, 0.013, 0.031, 0.057, 0.11):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as writer:
            assert writer.stdout and writer.stdout.readline() == b"ready\n"
            time.sleep(wait_s)
            writer.kill()
        store = a_store(tmp_path)
        now = int(seen(store))
        assert now >= last
        store.publish(following(store))
        last = now + 1
        assert int(seen(store)) == last


READER = """
import sys
sys.path[:0] = [{source!r}, {here!r}]
from pathlib import Path
from store_values import a_store, is_consistent
store, stop = a_store(Path({folder!r})), Path({folder!r}) / "stop"
reads, newest = 0, ""
print("ready", flush=True)
while not stop.exists() or not reads:
    with store.reading() as manifest:
        assert is_consistent(store, manifest), manifest.id
        assert manifest.id >= newest, "went back in time"
        newest = manifest.id
    reads += 1
print(reads, flush=True)
"""


def test_readers_beside_many_publications_see_whole_releases(tmp_path):
    """Four processes read while one publishes and sweeps after each release without any grace left."""
    store = a_store(tmp_path)
    store.publish(following(store))
    program = READER.format(source=str(SOURCE), here=str(HERE), folder=str(tmp_path))
    readers = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for reader in readers:
        assert reader.stdout and reader.stdout.readline() == "ready\n"
    swept = 0
    for _ in range(160):
        store.publish(following(store))
        swept += store.sweep()
    (tmp_path / "stop").touch()
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert reader.returncode == 0, err
        assert int(out) > 0
    assert swept == 0, "every superseded release is still within its grace"
    assert seen(store) == "000161"


def files_of(store: PartStore) -> set[str]:
    """Every part there is."""
    return {path.relative_to(store.parts).as_posix() for path in store.parts.rglob("*.parquet")}


def published(store: PartStore, count: int) -> list[Manifest]:
    """That many releases, one after the other."""
    manifests = []
    for _ in range(count):
        manifests.append(following(store))
        store.publish(manifests[-1])
    return manifests


def test_the_sweep_keeps_what_was_superseded_within_the_grace(tmp_path):
    """Nothing goes until a grace after it was superseded, locked or not; then all but the current goes."""
    store = a_store(tmp_path)
    manifests = published(store, 3)
    everything = files_of(store)

    assert store.sweep() == 0
    assert store.sweep(time.time() + GRACE_S / 2) == 0
    assert files_of(store) == everything

    assert store.sweep(time.time() + GRACE_S + 1) > 0
    assert files_of(store) == set(manifests[-1].files)
    assert seen(store) == "000003"


def test_the_grace_counts_from_when_a_release_was_superseded(tmp_path):
    """A release that was current for days is kept for a whole grace after the next one came."""
    store = a_store(tmp_path)
    first = published(store, 1)[0]
    day_ago = time.time() - 86_400
    for path in [*store.root.rglob("*.json"), *store.parts.rglob("*.parquet")]:
        os.utime(path, (day_ago, day_ago))
    second = published(store, 1)[0]

    store.sweep(time.time() + GRACE_S / 2)
    assert files_of(store) == set(first.files) | set(second.files)


def test_the_sweep_keeps_what_somebody_reads(tmp_path):
    """A locked release keeps its parts however old it is; they go with the first sweep after its reader left."""
    store = a_store(tmp_path)
    first = published(store, 1)[0]
    later = time.time() + 10 * GRACE_S
    with store.reading() as manifest:
        assert manifest == first
        last = published(store, 2)[-1]
        store.sweep(later)
        assert is_consistent(store, manifest)
        assert files_of(store) == set(first.files) | set(last.files)
        second_reader = (store.root / "manifests" / "000001.json").open()
        fcntl.flock(second_reader, fcntl.LOCK_SH)
    store.sweep(later)
    assert set(first.files) <= files_of(store), "another reader still has it"
    second_reader.close()

    store.sweep(later)
    assert files_of(store) == set(last.files)


def test_the_sweep_removes_candidates_that_no_manifest_names(tmp_path):
    """A part of a run that never published goes; a held candidate that the current manifest names stays."""
    store = a_store(tmp_path)
    manifest = following(store)
    held = a_part(store, "facts", 77)
    manifest.tables["facts"] = type(manifest.tables["facts"])("facts", "day", manifest.tables["facts"].parts, (held,))
    store.publish(manifest)
    store.publish(store.current().following("again"))
    a_part(store, "facts", 99)

    store.sweep(time.time() + GRACE_S + 1)

    assert files_of(store) == set(manifest.files)
    assert held.file in files_of(store)


def test_a_manifest_that_vanished_is_said_not_guessed(tmp_path):
    """When CURRENT names a manifest that is gone, a reader gets an error that says what to do."""
    store = a_store(tmp_path)
    store.publish(following(store))
    (store.root / "manifests" / "000001.json").unlink()

    with pytest.raises(StoreError, match="Restore the store from a backup"), store.reading():
        pass
