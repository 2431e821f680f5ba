"""The ledgers that the suite runs over: one more implementation is one more line."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from holdfast.adapters.ledgers.sqlite import Ledger, open_ledger

OpenLedger = Callable[[], AbstractContextManager[Ledger]]
"""Opens the one ledger of a test once more, as another process would."""

LEDGERS: dict[str, Callable[[Path], AbstractContextManager[Ledger]]] = {
    "sqlite": lambda folder: open_ledger(folder / "ledger.db"),
}
