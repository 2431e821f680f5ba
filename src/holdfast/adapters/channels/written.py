"""A letter as the JSON that files and receivers get, and the one name by which a repeat of it is known."""

import hashlib
from datetime import datetime
from typing import Any

from holdfast.definitions.people import Person
from holdfast.incidents.ports import Letter


def target_of(letter: Letter) -> str:
    """The person's name, or the room."""
    return letter.to.name if isinstance(letter.to, Person) else letter.to


def record_of(letter: Letter, channel: str) -> dict[str, Any]:
    """The letter as plain data, with instants in ISO 8601; a bundle has the further messages under `more`."""
    found: dict[str, Any] = {
        "incident": letter.incident,
        "step": letter.step,
        "target": target_of(letter),
        "role": letter.role,
        "channel": channel,
        "due_at": _instant(letter.due_at),
        "sent_at": _instant(letter.at),
        "maybe_repeat": letter.maybe_repeat,
        "late": letter.is_late,
        "wakes": letter.wakes,
    }
    if letter.stands_for:
        found["stands_for"] = list(letter.stands_for)
    if letter.more:
        found["more"] = [{"incident": i, "step": step, "due_at": _instant(due_at)} for i, step, due_at in letter.more]
    return found | {"subject": letter.subject, "text": "\n".join(letter.lines)}


def identity_of(letter: Letter, project: str) -> str:
    """The same for each attempt at this letter, and no other letter's: 32 hexadecimal digits.

    The key alone would not do. Two projects may share a receiver, and a ledger that was begun anew counts its
    incidents from 1 again: their pages would be taken for repeats of old ones, and be lost.
    """
    due_at = _instant(letter.due_at) or ""
    return hashlib.sha256(f"{project}\0{letter.key}\0{due_at}".encode()).hexdigest()[:32]


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
