"""What a provider says, fit for an error or a record: one line, short, and with no secret in it."""

from collections.abc import Iterable

from holdfast.adapters.references import HIDDEN

MOST_SHOWN = 120


def told(said: str, secrets: Iterable[str]) -> str:
    """The text on one printable line, with every secret cut out before it is shortened."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        said = said.replace(secret, HIDDEN)
    line = "".join(each if each.isprintable() else " " for each in said)
    line = " ".join(line.split())
    return line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN]}..."
