"""Who hears that an incident opened, opened again, flaps, or is over."""

from datetime import datetime

from holdfast.definitions.rota import PRIMARY, ROOM
from holdfast.incidents.course import Course, is_room
from holdfast.incidents.incident import Incident
from holdfast.incidents.messages import Clock, Sort
from holdfast.incidents.occasions import FLAPPING, OPENED, REOPENED, RESOLVED, kind_of
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Kind
from holdfast.incidents.spells import SpellKind

CONTACT, TOLD = "contact", "told"
SILENCED = (Kind.LATE, Kind.CONTRACT)
"""Kinds of signal that a source's announced outage explains."""


def silent_until(incident: Incident, at: datetime, rules: Rules) -> datetime | None:
    """The end of the source's announced outage that holds then; None when there is none."""
    if incident.key.kind not in SILENCED:
        return None
    outages = [each for each in rules.spells if each.kind is SpellKind.OUTAGE and each.subject == incident.key.subject]
    end = None
    for spell in sorted(outages, key=lambda each: each.start):
        if spell.holds(end or at):
            end = spell.end
    return end


def telling_at(incident: Incident, rules: Rules) -> datetime | None:
    """When the next of what is untold is to be told; None when all is."""
    return min((_due(incident, occasion, rules) for occasion in incident.untold), default=None)


def tell(course: Course, at: datetime) -> None:
    """Everything untold whose time has come."""
    for occasion in course.incident.untold:
        due = _due(course.incident, occasion, course.rules)
        if due <= at:
            course.change(untold=tuple(each for each in course.incident.untold if each != occasion))
            _TELLERS[kind_of(occasion)](course, due, occasion)


def _due(incident: Incident, occasion: str, rules: Rules) -> datetime:
    if kind_of(occasion) == RESOLVED and incident.ending:
        return incident.ending.at
    opened = incident.opened_times[-1] if incident.opened_times else incident.opened_at
    is_quiet = kind_of(occasion) in (OPENED, REOPENED)
    return (silent_until(incident, opened, rules) if is_quiet else None) or opened


def _opened(course: Course, at: datetime, occasion: str) -> None:
    for signal in course.incident.signals:
        for name in signal.tell:
            course.want(Sort.TELL, name, CONTACT, at, occasion)
    course.want(Sort.TELL, course.rules.room, ROOM, at, occasion)


def _reopened(course: Course, at: datetime, occasion: str) -> None:
    _told_so_far(course, at, occasion)
    _opened(course, at, occasion)


def _resolved(course: Course, at: datetime, occasion: str) -> None:
    _told_so_far(course, at, occasion)


def _told_so_far(course: Course, at: datetime, occasion: str) -> None:
    for name in course.incident.told:
        course.want(Sort.TELL, name, ROOM if is_room(name) else TOLD, at, occasion)


def _flapping(course: Course, at: datetime, occasion: str) -> None:
    pipeline = course.incident.signals[0].pipeline if course.incident.signals else ""
    for name in course.rules.directory.people_for(PRIMARY, pipeline, course.asked_at(at)):
        course.want(Sort.PAGE, name, PRIMARY, at, occasion, Clock.FIRST)


_TELLERS = {OPENED: _opened, REOPENED: _reopened, RESOLVED: _resolved, FLAPPING: _flapping}
