"""An incident's story: what was recorded of it and what became of its messages, in the one order in which it happened."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from holdfast.incidents.incident import Event, Incident
from holdfast.incidents.messages import Message, Post, Posted, Sort, step_name

HOLDFAST = "holdfast"
DUE = "due"
_INSTANT = re.compile(r" (?:at )?\d{4}-\d\d-\d\dT\S+")
"""As occasions carry it, to be told apart from others of the kind."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What time alone will do next."""

    at: datetime
    what: str
    """`aggregate_profit/2`, or in words what ends or begins then."""
    who: tuple[str, ...] = ()
    """Whom it pages, as things stand."""
    why: str = ""
    """While what is so: unacknowledged, unresolved, impact."""


@dataclass(frozen=True, slots=True)
class Story:
    """One incident with all that is recorded of it. A list needs no more than the incident and what comes."""

    incident: Incident
    events: tuple[Event, ...] = ()
    """In the order recorded."""
    posted: tuple[Posted, ...] = ()
    coming: tuple[Coming, ...] = ()
    """Earliest first."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened."""

    at: datetime
    kind: str
    by: str
    text: str


def happened(story: Story) -> list[Line]:
    """Events and messages, oldest first; of one instant events come before the messages they made.

    A message is told twice, when it was due and when it went out or was given up. Events that only say that a
    message is due are left out: the message itself says to whom.
    """
    # One order for both: what is recorded of an instant first, then what was due, then what became of it.
    ranked = [(each.at, 0, at, _of_event(each)) for at, each in enumerate(story.events) if not _says_due(each, story)]
    for at, posted in enumerate(story.posted):
        ranked.append((posted.message.due_at, 1, at, _due(posted)))
        became = _became(posted)
        if became:
            ranked.append((became.at, 2, at, became))
    return [line for *_, line in sorted(ranked, key=lambda each: each[:3])]


def what_of(message: Message) -> str:
    """The step as people count, `aggregate_profit/1` is the first; else its occasion, whose instant stands beside it."""
    named = step_name(message) if message.step >= 0 else _INSTANT.sub("", message.occasion)
    return f"{named}, repeat {message.repeat}" if message.repeat else named


def in_words(length: timedelta) -> str:
    """`45 s`, `5 min`, `5 h 16 min` or `2 days 3 h`: two parts at most, what is smaller left out."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if hours == 0:
        return f"{minutes} min"
    if days == 0:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    many = f"{days} day{'s' if days > 1 else ''}"
    return f"{many} {hours % 24} h" if hours % 24 else many


def stamp(at: datetime) -> str:
    """`2026-10-02 08:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _says_due(event: Event, story: Story) -> bool:
    return event.kind == DUE and any(each.message.due_at == event.at for each in story.posted)


def _of_event(event: Event) -> Line:
    return Line(event.at, event.kind, event.by, event.text)


def _due(posted: Posted) -> Line:
    message = posted.message
    kind = "page due" if message.sort is Sort.PAGE else "tell due"
    notes = [what_of(message), *(f"for {each} too" for each in message.stands_for)]
    if message.is_late:
        notes.append("late: due while no pager ran")
    if message.not_before:
        notes.append(f"not before {stamp(message.not_before)}")
    return Line(message.due_at, kind, HOLDFAST, f"{message.role} {message.target}: {', '.join(notes)}")


def _became(posted: Posted) -> Line | None:
    """How the message ended; None while it waits."""
    message, to = posted.message, f"{posted.message.role} {posted.message.target}"
    if posted.post is Post.SENT and posted.sent_at:
        kind = "paged" if message.sort is Sort.PAGE else "told"
        return Line(posted.sent_at, kind, HOLDFAST, f"{to}: {', '.join(_sending(posted))}")
    if posted.post in (Post.FAILED, Post.DROPPED):
        kind = "not sent" if posted.post is Post.DROPPED else "unreachable"
        ended = posted.claimed_at or posted.next_try_at or message.due_at
        return Line(max(ended, message.due_at), kind, HOLDFAST, f"{to}: {posted.reason or 'no reason recorded'}")
    return None


def _sending(posted: Posted) -> Iterable[str]:
    yield f"by {posted.channel}" + (f" as {posted.provider_id}" if posted.provider_id else "")
    if posted.attempts > 1:
        yield f"attempt {posted.attempts}"
    if posted.maybe_sent:
        yield "may be a repeat"
    if posted.bundle:
        yield f"in a bundle with message {posted.bundle}"
