"""Calendars of shifts for people's own programs: stable ids, sequence numbers that count changes, hand-off meetings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from icalendar import Calendar, Event, vCalAddress, vText

from holdfast.definitions.people import Person
from holdfast.definitions.rota import BACKUP, PRIMARY, Rotation
from holdfast.oncall.exchanges import Exchange, State
from holdfast.oncall.shifts import Shift

CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"
MEETING = "hand-off"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as one reader's calendar shows it."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The newest state of an event, and how often it changed."""

    entry: Entry
    sequence: int
    status: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Edition:
    """What the plan said from an instant on."""

    at: datetime
    duties: tuple[Shift, ...]


def entries(duties: Sequence[Shift], rotation: Rotation, person: str | None, project: str) -> list[Entry]:
    """One event per duty and role, and one per hand-off meeting; of one person, or of the whole team.

    The id names the shift's day, role and person, so a client keeps the event when its hours or its reason change.
    """
    found: dict[str, Entry] = {}
    for duty in duties:
        for role, name in ((PRIMARY, duty.primary), (BACKUP, duty.backup)):
            if name is not None and person in (None, name):
                entry = _duty(duty, role, name, project, again=0)
                again = 1
                while entry.uid in found:  # a shift that was cut in two by somebody else's hours
                    entry = _duty(duty, role, name, project, again=again)
                    again += 1
                found[entry.uid] = entry
    meetings = _meetings(duties, rotation, person, project) if rotation.meeting else []
    return [*found.values(), *meetings]


def _duty(duty: Shift, role: str, name: str, project: str, *, again: int) -> Entry:
    part = f"-{again + 1}" if again else ""
    other = duty.backup if role == PRIMARY else duty.primary
    return Entry(
        uid=f"{duty.on:%Y%m%d}-{role}-{name}{part}@{project}",
        start=duty.start,
        end=duty.end,
        summary=f"On call: {name} ({role})",
        description=f"{'Backup' if role == PRIMARY else 'Primary'}: {other or 'the manager'}. {duty.reason}.",
        people=(name,),
    )


def _meetings(duties: Sequence[Shift], rotation: Rotation, person: str | None, project: str) -> list[Entry]:
    """At each hand-off, before the shift ends, for whoever leaves and whoever comes."""
    found = []
    for before, after in pairwise(duties):
        outgoing, incoming = before.primary, after.primary
        if before.end != after.start or before.on == after.on or outgoing == incoming:
            continue
        people = tuple(name for name in (outgoing, incoming) if name is not None)
        if person is not None and person not in people:
            continue
        found.append(
            Entry(
                uid=f"{after.on:%Y%m%d}-{MEETING}@{project}",
                start=before.end - rotation.meeting,
                end=before.end,
                summary=f"On-call hand-off: {outgoing or 'the manager'} to {incoming or 'the manager'}",
                description="Active incidents, known outages and delays, the state of every pipeline, pending actions.",
                people=people,
            )
        )
    return found


def known(
    editions: Sequence[Edition], rotation: Rotation, person: str | None, project: str, proposals: Sequence[Exchange] = ()
) -> list[Known]:
    """Every event that any edition had, as the last one leaves it; editions come oldest first.

    A sequence number rises by one whenever an edition changes the event. What is gone is cancelled, not left
    out: a client that read it once would keep it. What an open proposal would move is tentative.
    """
    found: dict[str, Known] = {}
    for edition in editions:
        seen = {entry.uid: entry for entry in entries(edition.duties, rotation, person, project)}
        for uid, entry in seen.items():
            before = found.get(uid)
            if before is None:
                found[uid] = Known(entry, 0, CONFIRMED, edition.at)
            elif before.entry != entry or before.status == CANCELLED:
                found[uid] = Known(entry, before.sequence + 1, CONFIRMED, edition.at)
        for uid, before in found.items():
            if uid not in seen and before.status != CANCELLED:
                found[uid] = Known(before.entry, before.sequence + 1, CANCELLED, edition.at)
    open_ = [move for each in proposals if each.state is State.PROPOSED for move in each.moves]
    moving = {(f"{move.on:%Y%m%d}", move.role, move.giver) for move in open_}
    return [
        Known(each.entry, each.sequence, TENTATIVE, each.changed_at)
        if each.status == CONFIRMED and any(each.entry.uid.startswith(f"{on}-{role}-{who}") for on, role, who in moving)
        else each
        for each in sorted(found.values(), key=lambda one: (one.entry.start, one.entry.uid))
    ]


def written(events: Sequence[Known], people: Sequence[Person], name: str) -> bytes:
    """The calendar as a file; the same events give the same bytes."""
    email = {person.name: person.email for person in people if person.email}
    calendar = Calendar()
    calendar.add("prodid", "-//Holdfast//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for each in events:
        calendar.add_component(_event(each, email))
    return bytes(calendar.to_ical())


def _event(each: Known, email: dict[str, str]) -> Event:
    event = Event()
    event.add("uid", each.entry.uid)
    event.add("dtstamp", each.changed_at.astimezone(UTC))
    event.add("last-modified", each.changed_at.astimezone(UTC))
    event.add("sequence", each.sequence)
    event.add("status", each.status)
    event.add("dtstart", each.entry.start.astimezone(UTC))
    event.add("dtend", each.entry.end.astimezone(UTC))
    event.add("summary", each.entry.summary)
    event.add("description", each.entry.description)
    event.add("transp", "OPAQUE" if "-hand-off@" in each.entry.uid else "TRANSPARENT")
    for who in each.entry.people:
        if who in email:
            attendee = vCalAddress(f"MAILTO:{email[who]}")
            attendee.params["CN"] = vText(who)
            event.add("attendee", attendee, encode=False)
    return event
