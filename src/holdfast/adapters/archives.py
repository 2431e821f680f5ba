"""A backup as one file: an uncompressed tar that names the sha256 of everything inside."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from holdfast.errors import StoreError

LIST_NAME = "MANIFEST"
"""The last file in the archive, in the format of `sha256sum -c`. An archive without it was cut off."""

_CHUNK_BYTES = 1 << 20


def write_archive(
    target: Path, holdfast_dir: Path, files: Sequence[Path], snapshots: Mapping[str, Path] | None = None
) -> None:
    """One tar with these files of the folder, and with each snapshot under the name it stands in for.

    `files` are relative to the folder, or absolute and inside it. A snapshot is a file from elsewhere, such as
    a copy of the ledger as `ledger.db`. Same content, same bytes: names are sorted, times and owners left out.
    Written beside the target, synced, then renamed: the target is whole or what it was before.
    Raises StoreError when a file is missing, is not a plain file, lies outside, or shrinks while it is read.
    """
    path_by_name = _paths_by_name(holdfast_dir, files)
    for name, path in (snapshots or {}).items():
        _refuse_name(name, str(path))
        path_by_name[name] = path
    beside = target.with_name(target.name + ".part")
    try:
        with beside.open("wb") as out:
            _write_tar(out, path_by_name)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise StoreError(
            f"{target}: the backup could not be written: {error}. No backup was made."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def restore_archive(archive: Path, holdfast_dir: Path) -> None:
    """The folder as it was when the archive was written, swapped in whole.

    Unpacked beside the folder and checked before anything is renamed. Raises StoreError when the folder is
    not empty, when a file is missing, changed or not listed, or when a name points outside the folder.
    """
    if holdfast_dir.exists() and (not holdfast_dir.is_dir() or any(holdfast_dir.iterdir())):
        raise StoreError(
            f"{holdfast_dir} is not empty; a backup is restored into a new or empty folder only."
        )
    beside = holdfast_dir.with_name(holdfast_dir.name + ".restoring")
    if beside.exists():
        shutil.rmtree(beside)
    try:
        beside.mkdir(parents=True)
        _unpack(archive, beside)
        _sync_folders(beside)
        beside.rename(holdfast_dir)
        _sync(holdfast_dir.parent)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise StoreError(f"{archive}: cannot be restored: {error}. {holdfast_dir} is as it was.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _paths_by_name(holdfast_dir: Path, files: Sequence[Path]) -> dict[str, Path]:
    found = {}
    for file in files:
        path = holdfast_dir / file
        if not path.is_relative_to(holdfast_dir):
            raise StoreError(f"{file} lies outside {holdfast_dir}; a backup takes files of that folder only.")
        name = path.relative_to(holdfast_dir).as_posix()
        _refuse_name(name, str(file))
        found[name] = path
    return found


def _refuse_name(name: str, where: str) -> None:
    parts = PurePosixPath(name).parts
    odd = not parts or name.startswith("/") or ".." in parts or name != "/".join(parts)
    if odd or name == LIST_NAME or any(sign in name for sign in "\n\r\\\0"):
        raise StoreError(f"{where}: {name!r} cannot be the name of a file in a backup.")


def _write_tar(out: IO[bytes], path_by_name: Mapping[str, Path]) -> None:
    lines = []
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in sorted(path_by_name.items()):
            if path.is_symlink() or not path.is_file():
                raise StoreError(f"{path} is missing or no plain file. No backup was made.")
            with path.open("rb") as content:
                member = tarfile.TarInfo(name)
                member.size = os.fstat(content.fileno()).st_size
                counted = _Hashing(content)
                tar.addfile(member, counted)
            lines.append(f"{counted.sha256}  {name}\n")
        _add_list(tar, "".join(lines).encode())


def _add_list(tar: tarfile.TarFile, text: bytes) -> None:
    member = tarfile.TarInfo(LIST_NAME)
    member.size = len(text)
    tar.addfile(member, BytesIO(text))


class _Hashing:
    """Reads through to a file and remembers the sha256 of what it gave."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self._content.read(size)
        self._hash.update(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        """Of everything read so far."""
        return self._hash.hexdigest()


def _unpack(archive: Path, folder: Path) -> None:
    """Every file of the archive, each one as the list says."""
    found: dict[str, str] = {}
    listed: dict[str, str] | None = None
    with tarfile.open(archive, mode="r:") as tar:
        for member, content in _members(tar, archive):
            if member.name == LIST_NAME:
                listed = _read_list(content.read())
                continue
            _refuse_name(member.name, str(archive))
            if member.name in found:
                raise StoreError(f"{archive}: {member.name} is in it twice. Nothing was restored.")
            found[member.name] = _write_file(folder / member.name, content)
    if listed is None:
        raise StoreError(f"{archive}: ends before its list of files; it was cut off. Nothing was restored.")
    wrong = sorted(name for name in found.keys() | listed.keys() if found.get(name) != listed.get(name))
    if wrong:
        raise StoreError(
            f"{archive}: {wrong[0]} is missing, changed or not listed ({len(wrong)} such files). "
            "Nothing was restored; take another backup."
        )


def _members(tar: tarfile.TarFile, archive: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise StoreError(f"{archive}: {member.name} is no plain file. Nothing was restored.")
        yield member, content


def _read_list(text: bytes) -> dict[str, str]:
    lines = (line.split("  ", 1) for line in text.decode(errors="replace").splitlines())
    return {parts[-1]: parts[0] for parts in lines}


def _write_file(path: Path, content: IO[bytes]) -> str:
    """Its sha256, once it is on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    counted = _Hashing(content)
    with path.open("xb") as out:
        while chunk := counted.read(_CHUNK_BYTES):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return counted.sha256


def _sync_folders(folder: Path) -> None:
    for each, _, _ in os.walk(folder):
        _sync(Path(each))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
