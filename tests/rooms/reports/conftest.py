"""Editions and snapshots for the reports' tests."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from report_values import eventful

from holdfast.reports.edition import Edition

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"


@pytest.fixture(scope="session")
def september() -> Edition:
    """A month in which everything happened."""
    return eventful()


@pytest.fixture
def matches_snapshot() -> Callable[[str, bytes], None]:
    """Fails when the bytes differ from the kept file; HOLDFAST_WRITE_SNAPSHOTS=1 keeps them instead."""

    def compare(name: str, content: bytes) -> None:
        kept = SNAPSHOTS / name
        if os.environ.get("HOLDFAST_WRITE_SNAPSHOTS"):
            kept.write_bytes(content)
        assert content == kept.read_bytes()

    return compare
