"""Destinations on a disk."""

import errno
import os
from pathlib import Path

import pytest

from holdfast.adapters.outputs.folder import Folder
from holdfast.errors import StoreError, WorldError


def test_what_is_put_can_be_read_and_nothing_else_lies_there(tmp_path: Path):
    """Folders are made as needed; no temporary file stays."""
    folder = Folder(tmp_path / "root")

    folder.put("outputs/monthly/a.csv", b"one")
    folder.put("outputs/monthly/a.csv", b"two")

    assert folder.read("outputs/monthly/a.csv") == b"two"
    assert folder.read("outputs/none.csv") is None
    assert os.listdir(tmp_path / "root/outputs/monthly") == ["a.csv"]


def test_the_same_bytes_are_not_written_again(tmp_path: Path):
    """Repeating a delivery leaves the file untouched."""
    folder = Folder(tmp_path)
    folder.put("a.csv", b"one")
    os.utime(tmp_path / "a.csv", ns=(1, 1))

    folder.put("a.csv", b"one")

    assert (tmp_path / "a.csv").stat().st_mtime_ns == 1


@pytest.mark.parametrize("path", ["../a", "/etc/a", "x/../../a", "", "a\0b"])
def test_a_path_that_leads_outside_is_refused(tmp_path: Path, path: str):
    """An output stays below its root."""
    with pytest.raises(WorldError, match="outside"):
        Folder(tmp_path / "root").put(path, b"x")
    assert not (tmp_path / "a").exists()


def test_a_link_to_the_outside_is_refused(tmp_path: Path):
    """A linked folder below the root is not followed out of it."""
    (tmp_path / "root").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root/out").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(WorldError, match="through a link"):
        Folder(tmp_path / "root").put("out/a.csv", b"x")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_in_place_of_a_file_is_replaced_not_followed(tmp_path: Path):
    """The outside file that the link names keeps its bytes."""
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"keep")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a.csv").symlink_to(outside)

    Folder(tmp_path / "root").put("a.csv", b"new")

    assert outside.read_bytes() == b"keep"
    assert (tmp_path / "root/a.csv").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "family", "told"),
    [
        (errno.ENOSPC, StoreError, "disk is full"),
        (errno.EACCES, WorldError, "permission denied"),
        (errno.EIO, StoreError, "last delivered file stays"),
    ],
)
def test_a_refusing_disk_leaves_the_last_file(
    tmp_path: Path, monkeypatch, number: int, family: type, told: str
):
    """The error says what to do; readers keep what they had, and no half file stays beside."""
    folder = Folder(tmp_path)
    folder.put("a.csv", b"one")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(family, match=told):
        folder.put("a.csv", b"two")

    assert os.listdir(tmp_path) == ["a.csv"]
    assert folder.read("a.csv") == b"one"
