"""Until when an acknowledgement holds, and which hand-off comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.definitions.rota import PRIMARY
from holdfast.incidents.incident import LAPSES_AFTER, Acknowledgement, Incident
from holdfast.incidents.rules import Rules

_FAR = timedelta(days=400)
"""Further ahead than any plan that is still looked at."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """When an acknowledgement ends by itself, and why."""

    at: datetime
    why: str


def lapse(incident: Incident, rules: Rules) -> Lapse | None:
    """The first reason to come, as far as plan and notes say now; None while nothing ends it.

    A snooze ends at its instant. Any acknowledgement ends half an hour after a hand-off to somebody else, unless
    they acknowledged the note, and half an hour after its person went absent.
    """
    held = incident.acknowledged
    if held is None:
        return None
    found = [each for each in (_snoozed(held), _handed_over(held, rules), _absent(held, rules)) if each]
    return min(found, key=lambda each: each.at, default=None)


def next_hand_off(incident: Incident, rules: Rules) -> datetime | None:
    """The first hand-off since the first page that the new primary has not been told of."""
    begun = incident.paged_from
    if begun is None or not incident.signals:
        return None
    after = max([begun, *incident.hand_offs_seen])
    return rules.directory.next_hand_off(after, after + _FAR)


def _snoozed(held: Acknowledgement) -> Lapse | None:
    return Lapse(held.until, f"{held.by}'s snooze is over") if held.until else None


def _handed_over(held: Acknowledgement, rules: Rules) -> Lapse | None:
    directory, after = rules.directory, held.at
    while (hand_off := directory.next_hand_off(after, held.at + _FAR)) is not None:
        ends = hand_off + LAPSES_AFTER
        is_theirs = held.by in directory.people_for(PRIMARY, "", hand_off)
        if not is_theirs and directory.note_acknowledged(hand_off, ends) is None:
            return Lapse(ends, f"{held.by} handed over at {hand_off:%Y-%m-%d %H:%M} UTC, and the new primary has not acknowledged")
        after = hand_off
    return None


def _absent(held: Acknowledgement, rules: Rules) -> Lapse | None:
    gone = rules.directory.absent_from(held.by, held.at, held.at + _FAR)
    return Lapse(gone + LAPSES_AFTER, f"{held.by} is away since {gone:%Y-%m-%d %H:%M} UTC") if gone else None
