"""Secrets of sources: looked up by reference, with the source and its contact named when one is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from holdfast.adapters.references import References, without
from holdfast.definitions.source import Secret, Source

__all__ = ["Secrets", "ask", "without"]


@dataclass(frozen=True, slots=True)
class Secrets:
    """Looks references up in the environment and in files of the project folder."""

    root: Path
    environ: Mapping[str, str]

    def value(self, source: Source, secret: Secret | None) -> str:
        """The secret, on one line; empty when the source has none. WorldError when it is not there."""
        if secret is None:
            return ""
        found = References(self.root, self.environ)
        return found.value(secret, needed_by=f"{source.file}: source '{source.name}'", remedy=ask(source))


def ask(source: Source) -> str:
    """Whom to ask about a source."""
    return f"Ask {source.contact}." if source.contact else f"Ask whoever owns '{source.name}'; its contract names no contact."
