"""Whether anybody wrote to the ledger, without reading it."""

import sqlite3
from pathlib import Path


class LedgerChanges:
    """Asks SQLite's own counter, on a connection that is kept: it grows with every commit of any other connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """A number that differs once somebody has written; None where it cannot be told."""
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True, timeout=1)
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self.close()
            return None

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
