"""A local folder as destination: written beside, synced, renamed, never outside its root."""

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path

from holdfast.adapters.outputs.paths import confined
from holdfast.definitions.destination import LocalFolder
from holdfast.errors import StoreError, WorldError

ENVIRONMENT = "env:"


def open_folder(declared: LocalFolder, state: Path, environ: Mapping[str, str]) -> "Folder":
    """The declared folder: below `state`, or the absolute one that the environment names.

    WorldError when that one is not there: made anew, it would lie under the mount it was meant for.
    """
    if not declared.path.startswith(ENVIRONMENT):
        return Folder(state / declared.path)
    name, _, below = declared.path.removeprefix(ENVIRONMENT).partition("/")
    told = f"{declared.file}: destination '{declared.name}'"
    given = environ.get(name, "")
    if not given:
        raise WorldError(f"{told} needs the environment variable {name}, which is not set or empty. Set it to a folder.")
    root = Path(given)
    if not root.is_absolute():
        raise WorldError(f"{told}: {name} is '{given}', which is no absolute path. Write it from the root on.")
    if not root.is_dir():
        raise WorldError(f"{told}: {root}, which {name} names, is no folder. Mount or make it, then run again.")
    return Folder(root / below if below else root)


class Folder:
    """Keeps outputs below `root`, which is made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, content: bytes, version: str = "") -> None:
        """The file, whole or not at all; other readers see the old bytes or the new ones.

        Bytes that are there already are not written again. Raises StoreError when the disk is full or broken,
        WorldError when writing is refused or the path leads outside the root.
        """
        target = self._inside(path)
        if self.read(path) == content:
            return
        beside = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._write_synced(beside, content)
            beside.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise _told(error, target, "written") from error

    def read(self, path: str) -> bytes | None:
        """The file's bytes; none when there is no such file."""
        target = self._inside(path)
        try:
            return target.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _told(error, target, "read") from error

    def _write_synced(self, path: Path, content: bytes) -> None:
        # A link planted under the name would lead the write elsewhere: O_EXCL on a fresh name follows none.
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _inside(self, path: str) -> Path:
        target = self._root / confined(path, str(self._root))
        if not target.parent.resolve().is_relative_to(self._root.resolve()):
            raise WorldError(
                f"output path {path!r} leads outside {self._root} through a link; remove the link"
            )
        return target


def _told(error: OSError, target: Path, done: str) -> WorldError:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WorldError(
            f"{target} could not be {done}: permission denied. Give this user access, then run again."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(f"{target} could not be {done}: the disk is full. Free some space, then run again.")
    return StoreError(
        f"{target} could not be {done}: {error.strerror or error}. The last delivered file stays."
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
