"""Immutable parts and manifests in a folder: one writer, any number of readers, one rename to publish."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.errors import StoreError
from holdfast.releases.manifest import Manifest, dumps, loads

GRACE_S = 60.0
"""A superseded manifest keeps its parts this long, locked or not.

A reader that has read CURRENT and not yet taken its lock is covered by nothing else (DESIGN 6.2).
"""
MANY = 2000
KEPT = 2
"""Parsed manifests that are kept: the current one and the one before."""


@dataclass(frozen=True, slots=True)
class PartStore:
    """One audience's folder: `parts/`, `manifests/` and `CURRENT`, which names the manifest readers see."""

    root: Path
    audience: str
    _parsed: dict[str, Manifest] = field(default_factory=dict, compare=False, repr=False)
    """The newest manifests by id; a manifest's file never changes."""
    _named: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    """Manifest -> the files it names, for the sweep: a replay writes a hundred within one grace."""

    @property
    def parts(self) -> Path:
        return self.root / "parts"

    @property
    def _manifests(self) -> Path:
        return self.root / "manifests"

    @property
    def _current(self) -> Path:
        return self.root / "CURRENT"

    def prepare_folders(self) -> None:
        """Makes the folders when they are missing."""
        self.parts.mkdir(parents=True, exist_ok=True)
        self._manifests.mkdir(exist_ok=True)

    def current_id(self) -> str | None:
        """Id of the manifest readers see; None before the first publication."""
        try:
            return self._current.read_text().strip() or None
        except FileNotFoundError:
            return None

    def current(self) -> Manifest:
        """What readers see now; an empty manifest before the first publication. For the writer only."""
        manifest_id = self.current_id()
        if manifest_id is None:
            return Manifest("000000", self.audience)
        path = self._manifest_path(manifest_id)
        return self._read(manifest_id, path)

    def _read(self, manifest_id: str, path: Path) -> Manifest:
        if manifest_id not in self._parsed:
            while len(self._parsed) >= KEPT:
                self._parsed.pop(next(iter(self._parsed)))
            self._parsed[manifest_id] = loads(path.read_text(), str(path))
        return self._parsed[manifest_id]

    @contextmanager
    def reading(self) -> Iterator[Manifest]:
        """What readers see now, kept from the sweep until the block ends; an empty manifest before there is one."""
        for _ in range(100):
            manifest_id = self.current_id()
            if manifest_id is None:
                yield Manifest("000000", self.audience)
                return
            path = self._manifest_path(manifest_id)
            try:
                handle = path.open()
            except FileNotFoundError:
                continue  # swept between two lines: more than a grace ago it was superseded
            with handle:
                fcntl.flock(handle, fcntl.LOCK_SH)
                yield self._read(manifest_id, path)
                return
        raise StoreError(f"{self._current} names a manifest that is not there. Restore the store from a backup.")

    def publish(self, manifest: Manifest) -> None:
        """Makes the manifest what readers see: parts synced, manifest beside, synced, `CURRENT` replaced.

        Raises StoreError when a part is missing or the disk refuses; readers then see what they saw before.
        """
        before = set(self.current().files)
        try:
            for name in manifest.files:
                if name not in before:
                    _sync(self.parts / name)
            for folder in {(self.parts / name).parent for name in manifest.files if name not in before}:
                _sync(folder)
            _write_synced(self._manifest_path(manifest.id), dumps(manifest))
            _sync(self._manifests)
            _write_synced(self._current, manifest.id + "\n")
            _sync(self.root)
        except OSError as error:
            raise store_error(error, self.root) from error

    def sweep(self, now_s: float | None = None) -> int:
        """Deletes parts and manifests nobody needs; how many files went. For the one writer, after publishing.

        Kept: what the current manifest names, what a locked one names, and what one superseded less than
        GRACE_S ago names. `now_s` is the file system's clock (default: now), not the project's.
        """
        now_s = time.time() if now_s is None else now_s
        current_id = self.current_id()
        keep: set[str] = set()
        dead: list[Path] = []
        paths = sorted(self._manifests.glob("*.json"))
        superseded_s = {path: paths[i + 1].stat().st_mtime for i, path in enumerate(paths[:-1])}
        if not any(now_s - at >= GRACE_S for at in superseded_s.values()) and len(paths) < MANY:
            return 0  # nothing can have died yet, so the parts need not be looked at
        for path in paths:
            fresh = now_s - superseded_s.get(path, now_s) < GRACE_S
            if path.stem == current_id or fresh or _is_locked(path):
                keep.update(self._files_named(path))
            else:
                dead.append(path)
                self._named.pop(path.stem, None)
        gone = [p for p in self.parts.rglob("*.parquet") if p.relative_to(self.parts).as_posix() not in keep]
        for path in (*gone, *dead):
            path.unlink(missing_ok=True)
        return len(gone) + len(dead)

    def _files_named(self, path: Path) -> tuple[str, ...]:
        if path.stem not in self._named:
            self._named[path.stem] = tuple(loads(path.read_text(), str(path)).files)
        return self._named[path.stem]

    def _manifest_path(self, manifest_id: str) -> Path:
        return self._manifests / f"{manifest_id}.json"


def _is_locked(path: Path) -> bool:
    with path.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_synced(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)


def store_error(error: OSError, where: Path) -> StoreError:
    """The system's refusal in words a person can act on."""
    if error.errno == errno.ENOSPC:
        return StoreError(f"{where}: the disk is full. Free space and run again; readers see what they saw before.")
    if error.errno == errno.ENOENT:
        return StoreError(f"{error.filename}: a part is missing. Run again: it is rebuilt from landed input.")
    return StoreError(f"{where}: {error.strerror or error}. Readers see what they saw before.")
