"""Snapshots: whole outputs kept as files, to be read by a person when they change."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"


@pytest.fixture
def matches_snapshot() -> Callable[[str, bytes], None]:
    """Fails when the bytes differ from the kept file; HOLDFAST_WRITE_SNAPSHOTS=1 keeps them instead."""

    def compare(name: str, content: bytes) -> None:
        kept = SNAPSHOTS / name
        if os.environ.get("HOLDFAST_WRITE_SNAPSHOTS"):
            kept.write_bytes(content)
        assert content == kept.read_bytes()

    return compare
