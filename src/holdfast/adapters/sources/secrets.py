"""Secrets by reference: read when they are needed, never kept, and cut out of what is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from holdfast.definitions.source import Secret, Source
from holdfast.errors import WorldError

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Looks references up in the environment and in files of the project folder."""

    root: Path
    environ: Mapping[str, str]

    def value(self, source: Source, secret: Secret | None) -> str:
        """The secret, on one line; empty when the source has none. WorldError when it is not there."""
        if secret is None:
            return ""
        kind, _, where = secret.reference.partition(":")
        found = self.environ.get(where, "") if kind == "env" else self._file(source, where)
        found = found.strip()
        if not found:
            place = f"the environment variable {where}" if kind == "env" else f"the file {where}"
            raise WorldError(f"{source.file}: source '{source.name}' needs {place}, which is not set or empty. {ask(source)}")
        if not found.isprintable():
            raise WorldError(f"{source.file}: the secret {secret} is more than one line of text. Store it alone in its place.")
        return found

    def _file(self, source: Source, path: str) -> str:
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root.resolve()):
            raise WorldError(f"{source.file}: the secret file {path} leads outside the project folder. Copy it in.")
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise WorldError(f"{source.file}: the secret file {path} cannot be read ({type(error).__name__}).") from error


def ask(source: Source) -> str:
    """Whom to ask about a source."""
    return f"Ask {source.contact}." if source.contact else f"Ask whoever owns '{source.name}'; its contract names no contact."


def without(text: str, secret: str) -> str:
    """The text with the secret cut out of it: others' error messages repeat what they were given."""
    return text.replace(secret, HIDDEN) if secret else text
