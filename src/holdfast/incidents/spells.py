"""Times that people announced: a source's known outage, and maintenance of a pipeline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

LONGEST_FOR_INVESTORS = timedelta(hours=8)
"""Of maintenance."""


class SpellKind(StrEnum):
    """OUTAGE: its source's signals join silently, deadlines still page. MAINTENANCE: its pipeline's pages wait until it ends."""

    OUTAGE = "outage"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Spell:
    """From `start` to before `end`."""

    kind: SpellKind
    subject: str
    """A source, or a pipeline."""
    start: datetime
    end: datetime
    reason: str
    by: str
    id: int = 0

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in it."""
        return self.start <= at < self.end


class SpellLog(Protocol):
    """Announced times; every call is one transaction."""

    def announce(self, spell: Spell) -> int:
        """Its id."""

    def end_spell(self, spell_id: int, at: datetime, by: str) -> None:
        """It ends then, earlier than announced."""

    def spells(self, since: datetime) -> list[Spell]:
        """Those that end after that instant, by start."""
