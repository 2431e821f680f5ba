"""Secrets by reference: read when they are needed, never kept, and cut out of what is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.definitions.source import Secret
from holdfast.errors import WorldError

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class References:
    """Looks references up in the environment and in files of the project folder."""

    root: Path
    environ: Mapping[str, str] = field(repr=False)

    def value(self, secret: Secret, *, needed_by: str, remedy: str) -> str:
        """The secret, on one line. WorldError, which names who needs it and the remedy, when it is not there."""
        kind, _, where = secret.reference.partition(":")
        found = self.environ.get(where, "") if kind == "env" else self._file(where, needed_by)
        found = found.strip()
        if not found:
            place = f"the environment variable {where}" if kind == "env" else f"the file {where}"
            raise WorldError(f"{needed_by} needs {place}, which is not set or empty. {remedy}")
        if not found.isprintable():
            raise WorldError(f"{needed_by}: the secret {secret} is more than one line of text. Store it alone in its place.")
        return found

    def _file(self, path: str, needed_by: str) -> str:
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root.resolve()):
            raise WorldError(f"{needed_by}: the secret file {path} leads outside the project folder. Copy it in.")
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise WorldError(f"{needed_by}: the secret file {path} cannot be read ({type(error).__name__}).") from error


def without(text: str, secret: str) -> str:
    """The text with the secret cut out of it: others' error messages repeat what they were given."""
    return text.replace(secret, HIDDEN) if secret else text
