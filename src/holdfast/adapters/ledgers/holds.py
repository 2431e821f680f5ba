"""What becomes of the holds in the ledger when days are judged anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from holdfast.partitions import Days
from holdfast.releases.release import Hold, HoldState

Key = tuple[str, str, str, date, str]


@dataclass(frozen=True, slots=True)
class HoldChanges:
    """What to write: all three may be empty."""

    opened: tuple[Hold, ...]
    """New ones, still without an id."""
    seen_again: tuple[Hold, ...]
    """Open ones with the id, state and opening they had, and otherwise what the newest run saw."""
    cleared: tuple[int, ...]
    """Ids of open ones whose cause is gone, or whose candidate is another now."""


def changes_of_holds(
    known: Sequence[Hold], found: Iterable[Hold], pipelines: frozenset[str], evaluated: Days
) -> HoldChanges:
    """What a publication that found these holds does to the ones known, open or approved.

    Equal means: same pipeline, kind, cause, day, segment and evidence. An equal open hold stays itself; an
    equal approved one stays approved and is not opened again. An open one with other evidence is cleared and
    a new one opened, for an approval must not carry over to another candidate. Open ones of these pipelines
    on evaluated days that were not found are cleared. Approved ones are never touched.
    """
    found_now = list(_latest_of_each(found))
    open_by_identity = {_identity(hold): hold for hold in known if hold.state is HoldState.OPEN}
    approved = {_identity(hold) for hold in known if hold.state is HoldState.APPROVED}
    keys_found = {_key(hold) for hold in found_now}
    identities_found = {_identity(hold) for hold in found_now}
    judged = set(evaluated)
    cleared = [
        hold.id
        for identity, hold in open_by_identity.items()
        if identity not in identities_found
        and (_key(hold) in keys_found or (hold.pipeline in pipelines and hold.day in judged))
    ]
    known_now = open_by_identity.keys() | approved
    return HoldChanges(
        opened=tuple(
            replace(hold, id=0, state=HoldState.OPEN)
            for hold in found_now
            if _identity(hold) not in known_now
        ),
        seen_again=tuple(
            replace(hold, id=before.id, state=before.state, opened_at=before.opened_at)
            for hold in found_now
            if (before := open_by_identity.get(_identity(hold)))
        ),
        cleared=tuple(sorted(cleared)),
    )


def _latest_of_each(found: Iterable[Hold]) -> Iterable[Hold]:
    """One per identity, the last given, in the order first given."""
    return {_identity(hold): hold for hold in found}.values()


def _key(hold: Hold) -> Key:
    return (hold.pipeline, hold.kind.value, hold.cause, hold.day, hold.segment)


def _identity(hold: Hold) -> tuple[Key, str]:
    return (_key(hold), hold.evidence)
