"""Hand-offs: who takes over from whom and when, whose note is due to be told, and who has not said that they read it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from holdfast.incidents.messages import Message, Sort
from holdfast.oncall.record import Rota

WRITTEN_BEFORE = timedelta(hours=2)
"""The note is told so long before the hand-off, and can be acknowledged from then on."""
ACKNOWLEDGED_WITHIN = timedelta(minutes=30)
"""Of the hand-off; afterwards somebody is paged. So long the note is still that of the hand-off just past."""
ASKED_FOR = timedelta(days=1)
"""A hand-off older than this is not asked about any more: whoever answers has long had it."""
Acknowledged: TypeAlias = Mapping[datetime, Collection[str]]
"""By hand-off: who said that they have read its note. A word of somebody else's, before a swap, is not the incoming one's."""
OCCASION = "hand-off"
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Passing:
    """An instant at which another person begins to answer, planned or because somebody stands in."""

    at: datetime
    outgoing: str
    """Empty before the plan begins."""
    incoming: str
    """The manager where nobody is planned."""
    backup: str
    until: datetime
    """When the next person begins to answer, or the plan ends."""


def passings(rota: Rota, start: datetime, end: datetime) -> list[Passing]:
    """Every hand-off in (start, end], oldest first; two shifts of one person have none between them."""
    answering = _answering(rota)
    found = []
    for at, each in enumerate(answering):
        if start < each.at <= end:
            outgoing = answering[at - 1].incoming if at else ""
            found.append(Passing(each.at, outgoing, each.incoming, each.backup, each.until))
    return found


def note_of(rota: Rota, now: datetime) -> Passing | None:
    """The hand-off that a note written now is for: the one just past for half an hour, else the next."""
    past = passings(rota, now - ACKNOWLEDGED_WITHIN, now)
    ahead = [each for each in _answering(rota) if each.at > now]
    return past[-1] if past else passings(rota, now, ahead[0].at)[0] if ahead else None


def to_acknowledge(rota: Rota, now: datetime, person: str) -> Passing | None:
    """The hand-off that this person can say they took: one within two hours, else the last; None: neither is theirs."""
    ahead = [each for each in passings(rota, now, now + WRITTEN_BEFORE) if each.incoming == person]
    if ahead:
        return ahead[0]
    last = [each for each in _answering(rota) if each.at <= now][-1:]
    mine = [each for each in last if each.incoming == person]
    return passings(rota, mine[0].at - timedelta(seconds=1), mine[0].at)[-1] if mine else None


def notes_due(rota: Rota, now: datetime, acknowledged: Acknowledged) -> list[Message]:
    """A message to each incoming person of the next two hours and the half hour past who has not said a word.

    Repeating it is harmless: the same hand-off gives the same key.
    """
    found = passings(rota, now - ACKNOWLEDGED_WITHIN, now + WRITTEN_BEFORE)
    return [_told(rota, each) for each in found if not is_acknowledged(each, acknowledged)]


def unacknowledged(rota: Rota, acknowledged: Acknowledged, now: datetime) -> list[Passing]:
    """The hand-off that the person who answers now has not acknowledged, once half an hour has passed; at most one.

    One that is more than a day old is not asked about: a project that has just begun to use the pager would
    otherwise begin with a page about it.
    """
    last = passings(rota, now - ASKED_FOR, now)[-1:]
    return [each for each in last if each.at + ACKNOWLEDGED_WITHIN <= now and not is_acknowledged(each, acknowledged)]


def is_acknowledged(passing: Passing, acknowledged: Acknowledged) -> bool:
    """Whether the incoming person has said so."""
    return passing.incoming in acknowledged.get(passing.at, ())


def occasion(rota: Rota, at: datetime) -> str:
    """What messages about that hand-off are called: `hand-off 2026-10-05 09:00`, on the rota's clock."""
    return f"{OCCASION} {at.astimezone(rota.rotation.hand_off.zone):%Y-%m-%d %H:%M}"


def _told(rota: Rota, passing: Passing) -> Message:
    zone = rota.rotation.hand_off.zone
    begins, ends = passing.at.astimezone(zone), passing.until.astimezone(zone)
    return Message(
        Sort.TELL,
        passing.incoming,
        INCOMING,
        passing.at - WRITTEN_BEFORE,
        occasion=occasion(rota, passing.at),
        subject=f"You are on call from {begins:%A %Y-%m-%d %H:%M} ({zone})",
        body=(
            f"Until {ends:%A %Y-%m-%d %H:%M}; backup: {passing.backup}; before you: {passing.outgoing or 'nobody'}.",
            "What you take over: holdfast handoff",
            "Say that you have read it: holdfast handoff ack",
            f"Nobody's word by {begins + ACKNOWLEDGED_WITHIN:%H:%M} pages you, then your backup, then the manager.",
        ),
    )


def _answering(rota: Rota) -> list[Passing]:
    """Who answers from when to when, through the whole plan; `outgoing` is left empty."""
    found: list[Passing] = []
    for start, end, primary, backup in _filled(rota):
        if found and found[-1].incoming == primary:
            last = found.pop()
            found.append(Passing(last.at, "", primary, last.backup, end))
        else:
            found.append(Passing(start, "", primary, backup, end))
    return found


def _filled(rota: Rota) -> list[tuple[datetime, datetime, str, str]]:
    """(start, end, answering, backup) without gaps: where nobody is planned the manager answers."""
    manager = rota.manager.name if rota.manager else "nobody"
    found: list[tuple[datetime, datetime, str, str]] = []
    for duty in rota.duties():
        if found and found[-1][1] < duty.start:
            found.append((found[-1][1], duty.start, manager, manager))
        found.append((duty.start, duty.end, duty.primary or manager, duty.backup or manager))
    return found
