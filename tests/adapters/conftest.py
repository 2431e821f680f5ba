"""An empty ledger of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers_under_test import LEDGERS, OpenLedger

from holdfast.adapters.ledgers.sqlite import Ledger


@pytest.fixture(params=sorted(LEDGERS))
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> OpenLedger:
    """Opens the test's ledger; every call gives a handle of its own on the same records."""
    opened = LEDGERS[request.param]
    return lambda: opened(tmp_path)


@pytest.fixture
def ledger(open_again: OpenLedger) -> Iterator[Ledger]:
    """An empty ledger."""
    with open_again() as opened:
        yield opened
