"""A backup in one file: whole or not there, and never unpacked outside its folder."""

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from holdfast.adapters.archives import LIST_NAME, restore_archive, write_archive
from holdfast.errors import StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small `.holdfast` folder."""
    for name, content in {
        "store/investors/CURRENT": b"manifest-7",
        "store/investors/parts/fact_orders/2026-09.parquet": b"PAR1" + bytes(3_000_000) + b"PAR1",
        "landing/000001.parquet": b"landed",
        "landing/empty.parquet": b"",
        "ledger.db": b"the live ledger",
    }.items():
        path = tmp_path / ".holdfast" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / ".holdfast"


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def _names(folder: Path) -> list[Path]:
    return [Path(name) for name in _files(folder)]


def test_a_restored_folder_equals_the_one_that_was_archived(folder: Path, tmp_path: Path) -> None:
    """Every file comes back byte for byte, large and empty ones too, and nothing else is left beside."""
    write_archive(tmp_path / "backup.tar", folder, _names(folder))

    restore_archive(tmp_path / "backup.tar", tmp_path / "new" / ".holdfast")

    assert _files(tmp_path / "new" / ".holdfast") == _files(folder)
    assert sorted(each.name for each in (tmp_path / "new").iterdir()) == [".holdfast"]


def test_a_snapshot_stands_in_for_the_live_file(folder: Path, tmp_path: Path) -> None:
    """The ledger is taken from its snapshot; files may be named absolutely; only named ones are taken."""
    snapshot = tmp_path / "snapshot.db"
    snapshot.write_bytes(b"the ledger at one moment")

    write_archive(
        tmp_path / "backup.tar",
        folder,
        [folder / "landing/000001.parquet"],
        snapshots={"ledger.db": snapshot},
    )
    restore_archive(tmp_path / "backup.tar", tmp_path / "restored")

    assert _files(tmp_path / "restored") == {
        "landing/000001.parquet": b"landed",
        "ledger.db": b"the ledger at one moment",
    }


def test_same_content_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Neither the order of the names nor the files' times matter."""
    write_archive(tmp_path / "one.tar", folder, _names(folder))
    (folder / "ledger.db").touch()
    write_archive(tmp_path / "two.tar", folder, list(reversed(_names(folder))))

    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_plain_tar_and_sha256sum_can_check_it(folder: Path, tmp_path: Path) -> None:
    """Whoever has no Holdfast at hand unpacks and checks an archive with the system's own tools."""
    write_archive(tmp_path / "backup.tar", folder, _names(folder))
    subprocess.run(["tar", "-xf", tmp_path / "backup.tar", "-C", tmp_path], check=True)

    checked = subprocess.run(["sha256sum", "-c", LIST_NAME], cwd=tmp_path, capture_output=True, check=True)

    assert checked.stdout.count(b": OK") == len(_names(folder))


def test_a_failed_backup_leaves_the_earlier_one(folder: Path, tmp_path: Path) -> None:
    """A missing file is named; the target stays what it was and nothing half-written is left."""
    target = tmp_path / "backup.tar"
    target.write_bytes(b"the backup of yesterday")

    with pytest.raises(StoreError, match="part-9"):
        write_archive(target, folder, [*_names(folder), Path("store/part-9")])

    assert target.read_bytes() == b"the backup of yesterday"
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_a_link_or_a_file_outside_is_not_taken(folder: Path, tmp_path: Path) -> None:
    """A backup holds plain files of its folder only."""
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")

    for odd in (Path("link"), tmp_path / "secret", Path("../secret"), Path("landing"), Path(LIST_NAME)):
        with pytest.raises(StoreError):
            write_archive(tmp_path / "backup.tar", folder, [odd])

    assert not (tmp_path / "backup.tar").exists()


def test_only_an_empty_folder_is_restored_into(folder: Path, tmp_path: Path) -> None:
    """A folder with anything in it is refused and left alone; an empty one is taken."""
    write_archive(tmp_path / "backup.tar", folder, _names(folder))
    before = _files(folder)

    with pytest.raises(StoreError, match="not empty"):
        restore_archive(tmp_path / "backup.tar", folder)
    (tmp_path / "empty").mkdir()
    restore_archive(tmp_path / "backup.tar", tmp_path / "empty")

    assert _files(folder) == before
    assert _files(tmp_path / "empty") == before


def test_what_a_killed_restore_left_is_cleared_away(folder: Path, tmp_path: Path) -> None:
    """A half-unpacked folder of an earlier attempt is in nobody's way."""
    write_archive(tmp_path / "backup.tar", folder, _names(folder))
    left = tmp_path / "restored.restoring"
    left.mkdir()
    (left / "half").write_bytes(b"half")

    restore_archive(tmp_path / "backup.tar", tmp_path / "restored")

    assert _files(tmp_path / "restored") == _files(folder)
    assert not left.exists()


def _refused(archive: Path, tmp_path: Path, match: str) -> None:
    with pytest.raises(StoreError, match=match):
        restore_archive(archive, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    assert not (tmp_path / "restored.restoring").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9999])
def test_an_archive_cut_off_anywhere_is_refused(share: float, folder: Path, tmp_path: Path) -> None:
    """The list of files comes last, so a shorter archive cannot pass for a whole one."""
    archive = tmp_path / "backup.tar"
    write_archive(archive, folder, _names(folder))
    with tarfile.open(archive) as tar:
        end = tar.getmember(LIST_NAME).offset
    content = archive.read_bytes()
    archive.write_bytes(content[: int(end * share)])

    _refused(archive, tmp_path, "Nothing was restored|cannot be restored")


def test_a_changed_byte_is_refused(folder: Path, tmp_path: Path) -> None:
    """One flipped byte in a part is found before anything is renamed."""
    archive = tmp_path / "backup.tar"
    write_archive(archive, folder, _names(folder))
    content = bytearray(archive.read_bytes())
    content[content.index(b"landed")] ^= 1
    archive.write_bytes(content)

    _refused(archive, tmp_path, "landing/000001.parquet is missing, changed or not listed")


def _tar_of(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """An archive by somebody else, with a list that agrees with its content."""
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {member.name}\n" for member, content in members)
    listed = tarfile.TarInfo(LIST_NAME)
    with tarfile.open(path, "w") as tar:
        for member, content in [*members, (listed, lines.encode())]:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize(
    "name", ["../outside", "/tmp/outside", "a/../../outside", "a\\..\\outside", "./a", "a//b"]
)
def test_a_name_that_points_outside_is_refused(name: str, tmp_path: Path) -> None:
    """An archive made by hand cannot write outside the folder, even with a list that agrees with it."""
    _tar_of(tmp_path / "evil.tar", [(tarfile.TarInfo(name), b"x")])

    _refused(tmp_path / "evil.tar", tmp_path, "cannot be the name")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_anything_but_a_plain_file_is_refused(kind: bytes, tmp_path: Path) -> None:
    """No links, devices or folders: a link could lead a later name outside."""
    odd = tarfile.TarInfo("odd")
    odd.type = kind
    odd.linkname = "/etc"
    _tar_of(tmp_path / "evil.tar", [(odd, b"")])

    _refused(tmp_path / "evil.tar", tmp_path, "no plain file|cannot be restored")


def test_a_file_given_twice_is_refused(tmp_path: Path) -> None:
    """The second of two files of one name cannot take the first one's place."""
    _tar_of(tmp_path / "evil.tar", [(tarfile.TarInfo("a"), b"x"), (tarfile.TarInfo("a"), b"y")])

    _refused(tmp_path / "evil.tar", tmp_path, "twice")


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    """A wrong path gets a message, and no folder is made."""
    _refused(tmp_path / "nowhere.tar", tmp_path, "nowhere.tar: cannot be restored")
