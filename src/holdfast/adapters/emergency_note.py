"""The ledger's outage, kept in a file beside it."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from holdfast.paging.emergency import Outage


class EmergencyNote:
    """Implements `paging.emergency.Note`. What cannot be written is not: a second page is better than none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Outage | None:
        """None when there is no outage, or nobody can read of it."""
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
            return Outage(datetime.fromisoformat(read["since"]), tuple(read["told"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, outage: Outage) -> None:
        """As it is now."""
        with suppress(OSError):
            self._path.write_text(json.dumps({"since": outage.since.isoformat(), "told": outage.told}), encoding="utf-8")

    def remove(self) -> None:
        """It is over."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
