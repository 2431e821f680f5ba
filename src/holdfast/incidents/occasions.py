"""What a message is about where no step of a ladder says it; unique within an incident, so its key is, too."""

from datetime import datetime

OPENED, REOPENED, RESOLVED, FLAPPING = "opened", "reopened", "resolved", "flapping"
HANDED_OVER, ASSIGNED, ASKED = "handed over", "assigned", "asked"


def nth(occasion: str, opening: int) -> str:
    """Of the incident's so manieth opening, from 1: opened, reopened 2, resolved, resolved 2."""
    return occasion if opening <= 1 else f"{occasion} {opening}"


def handed_over(at: datetime) -> str:
    """The hand-off of that instant."""
    return f"{HANDED_OVER} {at.isoformat()}"


def asked(by: str, at: datetime) -> str:
    """A person asked for it at that instant."""
    return f"{ASKED} by {by} at {at.isoformat()}"


def assigned(by: str, at: datetime) -> str:
    """A person gave it to another at that instant."""
    return f"{ASSIGNED} by {by} at {at.isoformat()}"


def kind_of(occasion: str) -> str:
    """The occasion without its number, person and instant: one of the names above."""
    known = (OPENED, REOPENED, RESOLVED, FLAPPING, HANDED_OVER, ASSIGNED, ASKED)
    return next((each for each in known if occasion == each or occasion.startswith(f"{each} ")), occasion)
