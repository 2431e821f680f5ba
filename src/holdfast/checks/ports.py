"""What checks need of the outside."""

from typing import Any, Protocol

from holdfast.errors import WorldError


class ProbeError(WorldError):
    """The query could not be answered; the message is the engine's own."""


class Probe(Protocol):
    """Answers a SELECT over the session: due_days, candidate.*, bare tables, src.*, day_values, calendar."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Every row of the answer. ProbeError when the engine refuses or fails."""
