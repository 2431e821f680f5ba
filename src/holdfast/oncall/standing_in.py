"""Who answers while somebody with a role is away: the backup steps up, and the next free person backs up."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from holdfast.definitions.rota import Rotation
from holdfast.oncall.absences import Absence, away
from holdfast.oncall.shifts import Shift


def stood_in_for(duties: Sequence[Shift], rotation: Rotation, absences: Sequence[Absence]) -> list[Shift]:
    """The duties, cut where somebody's absence begins or ends, with nobody in a role while they are away.

    Without anybody free a role is vacant, and the manager answers.
    """
    found: list[Shift] = []
    for duty in duties:
        offs = [off for off in absences if off.person in duty.people and off.meets(duty.start, duty.end)]
        if not offs:
            found.append(duty)
            continue
        # Whoever might step in may be away for a part of it, too.
        others = [off for off in absences if off.meets(duty.start, duty.end)]
        cuts = {duty.start, duty.end, *(at for off in others for at in (off.start, off.end) if duty.start < at < duty.end)}
        pieces = [_stood_in(replace(duty, start=a, end=b), rotation, absences) for a, b in pairwise(sorted(cuts))]
        found += _joined(pieces)
    return found


def next_free(
    rotation: Rotation, after: str | None, taken: Sequence[str | None], absences: Sequence[Absence], duty: Shift
) -> str | None:
    """The next engineer in the rotation's order who has no role in the duty and is there for all of it."""
    order = list(rotation.engineers)
    at = order.index(after) + 1 if after in order else 0
    free = (who for who in order[at:] + order[:at] if who not in taken and not away(absences, who, duty.start, duty.end))
    return next(free, None)


def _stood_in(duty: Shift, rotation: Rotation, absences: Sequence[Absence]) -> Shift:
    gone = [name for name in duty.people if away(absences, name, duty.start, duty.end)]
    if not gone:
        return duty
    primary = None if duty.primary in gone else duty.primary
    backup = None if duty.backup in gone else duty.backup
    if duty.primary in gone:
        primary, backup = backup, None
        if primary is None:
            primary = next_free(rotation, duty.primary, gone, absences, duty)
    if backup is None:
        backup = next_free(rotation, primary or duty.primary, (primary, *gone), absences, duty)
    return replace(duty, primary=primary, backup=backup, reason=_reason(duty, primary, backup))


def _reason(duty: Shift, primary: str | None, backup: str | None) -> str:
    if duty.primary == primary:
        return f"{duty.reason}; {backup or 'the manager'} stands in for {duty.backup} as backup"
    if primary is None:
        return f"vacant: {duty.primary} is away and nobody is free"
    return f"{primary} stands in for {duty.primary}, who is away"


def _joined(pieces: list[Shift]) -> list[Shift]:
    """Neighbours that say the same, as one."""
    found: list[Shift] = []
    for piece in pieces:
        if found and replace(found[-1], end=piece.end) == replace(piece, start=found[-1].start):
            found[-1] = replace(found[-1], end=piece.end)
        else:
            found.append(piece)
    return found
