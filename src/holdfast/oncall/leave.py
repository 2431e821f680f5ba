"""Time off from elsewhere: a CSV, or a calendar that is read again and again, with updates and deletions by UID."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component

from holdfast.definitions.people import Person
from holdfast.errors import WorldError
from holdfast.oncall.absences import TimeOff

COLUMNS = ("person", "from", "to", "reason")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calendar or a CSV says, and what in it could not be used."""

    found: tuple[TimeOff, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new reading of the same calendar changes."""

    added: tuple[TimeOff, ...]
    withdrawn: tuple[TimeOff, ...]
    """Gone from the calendar, or there with other days; the new days are among the added."""


def feed_name(place: str) -> str:
    """What the record calls the place: a path as it is, of an address the host and a digest.

    An address of a calendar often holds a secret, which belongs in no ledger.
    """
    if not place.startswith(("http://", "https://")):
        return place
    return f"{urlsplit(place).hostname} {hashlib.sha256(place.encode()).hexdigest()[:12]}"


def from_csv(text: str, file: str, people: Sequence[Person]) -> Reading:
    """Rows `person,from,to,reason`, both days included. Raises WorldError when the first line is another."""
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ())[:3] != COLUMNS[:3]:
        raise WorldError(f"{file}:1: the first line is not `{','.join(COLUMNS)}`; write it so")
    names = {person.name for person in people}
    found, skipped = [], []
    for row in rows:
        try:
            off = TimeOff(row["person"], date.fromisoformat(row["from"]), date.fromisoformat(row["to"]), row.get("reason") or "")
        except (TypeError, ValueError):
            skipped.append(f"{file}:{rows.line_num}: expected days such as 2027-02-08")
            continue
        if off.person not in names:
            skipped.append(f"{file}:{rows.line_num}: '{off.person}' is nobody in team/people.yml")
        elif off.last_on < off.first_on:
            skipped.append(f"{file}:{rows.line_num}: the last day comes before the first")
        else:
            found.append(replace(off, feed=file))
    return Reading(tuple(found), tuple(skipped))


def from_calendar(
    content: bytes, feed: str, people: Sequence[Person], zone_of: Callable[[str], ZoneInfo], person: str | None = None
) -> Reading:
    """Every event of the calendar as time off; whose it is says its organiser, an attendee, or its summary.

    `person` says it for all. Days are local in the person's zone, and an event of some hours takes its whole
    days. Cancelled events are none. Repeating ones are skipped, with a word: which of them count is not said here.
    """
    try:
        calendar = Calendar.from_ical(content)
    except ValueError as error:
        raise WorldError(f"{feed}: this is no calendar that can be read: {error}") from error
    found: dict[str, TimeOff] = {}
    skipped = []
    for event in calendar.walk("VEVENT"):
        uid, summary = str(event.get("UID", "")), str(event.get("SUMMARY", ""))
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        who = person or _whose(event, people)
        if event.get("RRULE") is not None:
            skipped.append(f"{feed}: '{summary}' repeats; enter each time off by itself")
        elif not uid:
            skipped.append(f"{feed}: '{summary}' has no UID, so a change to it could not be followed")
        elif who is None:
            skipped.append(f"{feed}: '{summary}' names nobody in team/people.yml by e-mail or name")
        else:
            span = _days(event, zone_of(who))
            if span is None:
                skipped.append(f"{feed}: '{summary}' has no days")
            else:
                found[uid] = TimeOff(who, *span, reason=summary, uid=uid, feed=feed)
    return Reading(tuple(found.values()), tuple(skipped))


def changes(known: Iterable[TimeOff], read: Reading, feed: str) -> Changes:
    """What to record after reading the feed again; by UID, or by person and days where there is none."""
    before = {_key(off): off for off in known if off.feed == feed}
    now = {_key(off): off for off in read.found}
    added = [off for key, off in now.items() if key not in before or _days_of(before[key]) != _days_of(off)]
    withdrawn = [off for key, off in before.items() if key not in now or _days_of(now[key]) != _days_of(off)]
    return Changes(tuple(added), tuple(withdrawn))


def _key(off: TimeOff) -> tuple[str, ...]:
    return (off.uid,) if off.uid else (off.person, str(off.first_on), str(off.last_on))


def _days_of(off: TimeOff) -> tuple[str, date, date]:
    return (off.person, off.first_on, off.last_on)


def _whose(event: Component, people: Sequence[Person]) -> str | None:
    attendees = event.get("ATTENDEE") or []
    addresses = [event.get("ORGANIZER"), *(attendees if isinstance(attendees, list) else [attendees])]
    mails = {str(each).lower().removeprefix("mailto:") for each in addresses if each is not None}
    by_mail = [person.name for person in people if person.email and person.email.lower() in mails]
    if by_mail:
        return by_mail[0]
    words = str(event.get("SUMMARY", "")).lower().replace(":", " ").replace(",", " ").split()
    by_name = [person.name for person in people if person.name in words or person.full_name.lower() in words]
    return by_name[0] if len(by_name) == 1 else None


def _days(event: Component, zone: ZoneInfo) -> tuple[date, date] | None:
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None:
        return None
    first = start.dt
    last = end.dt if end is not None else first
    if isinstance(first, datetime) and isinstance(last, datetime):
        # A minute before its end: an event until midnight does not take the next day.
        ends = max(first, last - timedelta(minutes=1))
        return _local(first, zone), _local(ends, zone)
    if isinstance(first, datetime) or isinstance(last, datetime):
        return None
    # All-day events end on the day after their last.
    return first, max(first, last - timedelta(days=1)) if end is not None else first


def _local(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date() if at.tzinfo else at.date()
