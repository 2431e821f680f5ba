"""What comes next of an incident if nobody does anything and nothing changes: it is gone through ahead of time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from holdfast.incidents.course import Course
from holdfast.incidents.incident import Event, Incident
from holdfast.incidents.messages import Message
from holdfast.incidents.rules import Rules
from holdfast.incidents.transitions import happen, next_at
from holdfast.logbook.story import Coming, what_of

TOLD = {
    "ladder": "",
    "impact": "impact: ",
    "lapsed": "the acknowledgement lapses: ",
    "voided": "the acknowledgement is void: ",
    "handed_off": "hand-off: ",
    "target_missed": "the resolution target is missed: ",
    "empty_step": "",
    "resolved": "resolved: ",
}
"""Kinds of events worth knowing ahead, and what stands before their text; that a message is due is said by the message."""


def coming(incident: Incident, now: datetime, rules: Rules, most: int = 8) -> tuple[Coming, ...]:
    """The next that time alone will do, earliest first; what is overdue has an instant before `now`.

    People are those whom rota and plan name for that instant today. A step whose condition may come to hold,
    such as impact, is told as far as the signals of today say so.
    """
    course, found = Course(incident, rules), list[Coming]()
    while len(found) < most:
        at = next_at(course.incident, rules, now)
        if at is None:
            break
        before, events, messages = course.incident, len(course.events), len(course.messages)
        happen(course, at)
        if course.incident is before:
            found += _looked_at_again(incident, at)
            break
        found += _of_instant(course, course.events[events:], course.messages[messages:])
    return tuple(found[:most])


def _looked_at_again(incident: Incident, at: datetime) -> list[Coming]:
    """The one instant at which nothing happens by itself: a person's word is checked against the signals of then."""
    waits = incident.ending and incident.ending.recheck_at == at
    return [Coming(at, "looked at again: it reopens if its condition still holds")] if waits else []


def _of_instant(course: Course, events: Iterable[Event], messages: Iterable[Message]) -> Iterator[Coming]:
    for each in events:
        if each.kind in TOLD:
            yield Coming(each.at, f"{TOLD[each.kind]}{each.text}")
    grouped: dict[tuple[datetime, str, str], list[Message]] = {}
    for message in messages:
        grouped.setdefault((message.not_before or message.due_at, message.sort.value, what_of(message)), []).append(message)
    whiles = {(ladder.pipeline, at): step.while_ for ladder in course.incident.ladders for at, step in enumerate(ladder.steps)}
    for (due_at, sort, what), some in grouped.items():
        yield Coming(due_at, f"{sort} {what}", tuple(each.target for each in some), _while(some[0], whiles))


def _while(message: Message, whiles: Mapping[tuple[str, int], str]) -> str:
    return whiles.get((message.pipeline, message.step), "") if message.step >= 0 else ""
