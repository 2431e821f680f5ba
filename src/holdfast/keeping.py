"""Backup and restore of everything that is not in git, and a look whether all of it is there."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from holdfast.errors import StoreError
from holdfast.releases.manifest import Manifest
from holdfast.runs.run import LandedFile

LEDGER = "ledger.db"
THROWAWAY = ("cache", "spill", "trace.txt", "builder.lock", "builder.beat", "pager.lock", "pager.emergency")
"""What is made anew whenever it is needed, so a folder with nothing else in it counts as empty."""
TRIES = 20


class Shelf(Protocol):
    """One audience's store, as far as keeping it goes."""

    @property
    def root(self) -> Path: ...

    @property
    def parts(self) -> Path: ...

    def current_id(self) -> str | None: ...

    def reading(self) -> AbstractContextManager[Manifest]: ...


class LandedLog(Protocol):
    """Which files are landed."""

    def landed_files(self, source: str) -> list[LandedFile]: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """How a ledger is copied and checked, and how an archive is written and read."""

    copy_ledger: Callable[[Path, Path], None]
    check_ledger: Callable[[Path], None]
    write_archive: Callable[[Path, Path, Sequence[Path], Mapping[str, Path]], None]
    read_archive: Callable[[Path, Path], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup took, or a check found."""

    parts: int
    landed: int
    outputs: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keeping:
    """The `.holdfast` folder of a project as a whole."""

    state: Path
    tools: Tools

    def backup(
        self,
        target: Path,
        shelves: Iterable[Shelf],
        open_copy: Callable[[Path], AbstractContextManager[LandedLog]],
        sources: Iterable[str],
        outputs: Iterable[str],
    ) -> Kept:
        """Ledger, published and held parts, landed files and outputs of one moment, as one file.

        A builder may go on meanwhile: the ledger is copied between two looks at what is published, until
        both looks agree. Raises StoreError when something the ledger names is missing, or the disk is full.
        """
        if not (self.state / LEDGER).is_file():
            raise StoreError(f"{self.state} has no ledger, so there is nothing to back up. Run `holdfast run` first.")
        known = list(shelves)
        with tempfile.TemporaryDirectory(prefix="holdfast-backup-", dir=self.state) as beside:
            copy = Path(beside) / LEDGER
            with self._one_moment(known, copy) as manifests:
                with open_copy(copy) as log:
                    landed = [f"landing/{f.landed_as}" for name in sources for f in log.landed_files(name)]
                stored = [path for shelf, manifest in manifests for path in _files_of(shelf, manifest, self.state)]
                rendered = [path for folder in outputs for path in _below(self.state / folder, self.state)]
                every = [Path(each) for each in dict.fromkeys([*landed, *stored, *rendered])]
                # Opening the copy may have left WAL files beside it; the copy itself is complete without them.
                self.tools.write_archive(target, self.state, every, {LEDGER: copy})
        return Kept(len(stored), len(landed), len(rendered))

    @contextmanager
    def _one_moment(self, shelves: Sequence[Shelf], copy: Path) -> Iterator[list[tuple[Shelf, Manifest]]]:
        for _ in range(TRIES):
            with ExitStack() as stack:
                manifests = [(shelf, stack.enter_context(shelf.reading())) for shelf in shelves]
                self.tools.copy_ledger(self.state / LEDGER, copy)
                if all((shelf.current_id() or "000000") == manifest.id for shelf, manifest in manifests):
                    yield manifests
                    return
        raise StoreError("releases follow each other too fast for a backup between them. Try again in a minute.")

    def restore(self, archive: Path) -> None:
        """The folder as it was when the archive was written; every file is held against its sha256 first.

        Raises StoreError when the project has a state already, or the archive is not whole.
        """
        if not archive.is_file():
            raise StoreError(f"{archive} is not there; give the file that `holdfast backup` wrote.")
        there = sorted(each.name for each in self.state.iterdir()) if self.state.is_dir() else []
        strange = [name for name in there if name not in THROWAWAY]
        if strange:
            raise StoreError(
                f"{self.state} holds {', '.join(strange[:3])}: a backup is restored into a project without a state. "
                f"Move {self.state} away first; nothing was restored."
            )
        if there:
            shutil.rmtree(self.state)
        self.tools.read_archive(archive, self.state)
        self.tools.check_ledger(self.state / LEDGER)

    def check(self, shelves: Iterable[Shelf], log: LandedLog, sources: Iterable[str]) -> Kept:
        """Whether the ledger is whole and every file that it or a manifest names is there.

        Raises StoreError for a damaged ledger; missing files are named in the answer.
        """
        self.tools.check_ledger(self.state / LEDGER)
        parts = landed = 0
        missing = []
        for shelf in shelves:
            with shelf.reading() as manifest:
                parts += len(manifest.files)
                missing += [str(shelf.parts / name) for name in manifest.files if not (shelf.parts / name).is_file()]
        for name in sources:
            for file in log.landed_files(name):
                landed += 1
                if not (self.state / "landing" / file.landed_as).is_file():
                    missing.append(str(self.state / "landing" / file.landed_as))
        return Kept(parts, landed, 0, tuple(missing))


def _files_of(shelf: Shelf, manifest: Manifest, state: Path) -> list[str]:
    """CURRENT, the manifest it names, and that manifest's parts, relative to the state folder."""
    if shelf.current_id() is None:
        return []
    root = shelf.root.relative_to(state).as_posix()
    parts = shelf.parts.relative_to(state).as_posix()
    return [f"{root}/CURRENT", f"{root}/manifests/{manifest.id}.json", *(f"{parts}/{name}" for name in manifest.files)]


def _below(folder: Path, state: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [
        path.relative_to(state).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]
