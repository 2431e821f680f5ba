"""What people do to an incident; each act a decision, or a sentence why it makes no sense."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from holdfast.errors import DefinitionError
from holdfast.incidents.advance import run_to
from holdfast.incidents.changing import affects_of, opened
from holdfast.incidents.course import Course
from holdfast.incidents.firing import fire_next
from holdfast.incidents.incident import (
    RECHECKED_AFTER,
    Acknowledgement,
    Decision,
    Ending,
    Event,
    Incident,
    State,
)
from holdfast.incidents.ladders import joining
from holdfast.incidents.messages import Clock, Sort
from holdfast.incidents.occasions import asked, assigned
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Key, Kind, Signal
from holdfast.incidents.telling import tell
from holdfast.incidents.transitions import next_at
from holdfast.incidents.transitions import resolve as end


def opened_by_person(
    pipeline: str, affects: Sequence[Affect], text: str, by: str, number: int, now: datetime, rules: Rules
) -> Decision:
    """A new incident because somebody says that something looks wrong; `number` keeps it apart from others.

    It stays open until a person resolves it, and pages at once.
    """
    key = Key(Kind.PERSON, str(number), now.astimezone(rules.zone).date())
    signal = Signal(key, pipeline, now, now, text, (), tuple(affects), clears_when="a person resolves it")
    course = opened((signal,), now, rules, by)
    return course.decision(now)


def acknowledge(incident: Incident, by: str, now: datetime, rules: Rules) -> Decision:
    """Somebody works on it: the first clock rests. Another's acknowledgement is taken over."""
    course = _open_course(incident, now, rules)
    course.change(acknowledged=Acknowledgement(by, now))
    course.note(now, "acknowledged", "works on it", by)
    return _decided(course, now)


def take(incident: Incident, by: str, now: datetime, rules: Rules) -> Decision:
    """Acknowledges it, and it is theirs."""
    course = _open_course(incident, now, rules)
    course.change(acknowledged=Acknowledgement(by, now), assignee=by)
    course.note(now, "taken", "takes it", by)
    return _decided(course, now)


def assign(incident: Incident, to: str, by: str, now: datetime, rules: Rules) -> Decision:
    """It is theirs from now, and they are told. Who acknowledged it stays: only `to` can say that they work on it."""
    course = _open_course(incident, now, rules)
    if incident.assignee == to:
        raise DefinitionError(f"incident {incident.id} is {to}'s already.")
    course.change(assignee=to)
    course.note(now, "assigned", f"to {to}", by)
    if to != by:
        course.want(Sort.TELL, to, "assignee", now, assigned(by, now))
    return _decided(course, now)


def snooze(incident: Incident, until: datetime, by: str, now: datetime, rules: Rules) -> Decision:
    """An acknowledgement that ends by itself at `until`."""
    if until <= now:
        raise DefinitionError(f"a snooze ends later than it begins, and {until:%Y-%m-%d %H:%M} UTC is past; name a later instant.")
    course = _open_course(incident, now, rules)
    course.change(acknowledged=Acknowledgement(by, now, until))
    course.note(now, "snoozed", f"until {until:%Y-%m-%d %H:%M} UTC", by)
    return _decided(course, now)


def resolve(incident: Incident, reason: str, by: str, now: datetime, rules: Rules) -> Decision:
    """It is over by somebody's word. What is known from records is asked again after an hour."""
    if not reason.strip():
        raise DefinitionError("say why it is resolved: whoever reads the timeline next has only your words.")
    course = _open_course(incident, now, rules)
    is_known = any(signal.key.kind != Kind.PERSON for signal in course.incident.signals)
    end(course, Ending(now, by, reason, now + RECHECKED_AFTER if is_known else None))
    tell(course, now)
    return _decided(course, now)


def escalate(incident: Incident, by: str, now: datetime, rules: Rules) -> Decision:
    """The next step of the first clock of each of its ladders comes now, acknowledged or not.

    Where nobody is to be paged yet, its pipelines join now.
    """
    course = _open_course(incident, now, rules)
    course.note(now, "escalated", "wants the next step now", by)
    if not course.incident.climbed:
        _join_now(course, now)
        run_to(course, now)
        return _decided(course, now)
    clock = Clock.SECOND if course.incident.acknowledged else None
    found = [fire_next(course, ladder.pipeline, now, clock) for ladder in course.incident.climbed]
    if not any(found):
        raise DefinitionError(f"every step of incident {incident.id} has come already; page somebody by name.")
    return _decided(course, now)


def page(incident: Incident, person: str, text: str, by: str, now: datetime, rules: Rules) -> Decision:
    """A page to one person in somebody's own words; goes out whoever has acknowledged."""
    course = _open_course(incident, now, rules)
    course.say(Sort.PAGE, person, "asked", now, asked(by, now), (text,) if text else ())
    course.note(now, "paged", f"{person}: {text}" if text else person, by)
    return _decided(course, now)


def note(incident: Incident, text: str, by: str, now: datetime) -> Decision:
    """A line in its timeline, also of one that is over; an open one is looked at in the next pass."""
    recheck_at = incident.ending.recheck_at if incident.ending else None
    later = now if incident.state is State.OPEN or incident.untold else recheck_at
    return Decision(incident, (Event(now, "note", by, text),), (), later)


def _join_now(course: Course, now: datetime) -> None:
    waiting = joining(course.incident)
    signals = tuple(replace(each, page_at=now) if each.pipeline in waiting or each.page_at is None else each for each in course.incident.signals)
    course.change(signals=signals, affects=affects_of(signals))


def _open_course(incident: Incident, now: datetime, rules: Rules) -> Course:
    """What time alone has done so far comes before what a person does."""
    course = Course(incident, rules)
    _expect_open(incident)
    if rules.fires:
        run_to(course, now)
    _expect_open(course.incident)
    return course


def _expect_open(incident: Incident) -> None:
    if incident.state is State.MERGED:
        raise DefinitionError(f"incident {incident.id} turned out to be incident {incident.merged_into}, which goes on; name that one.")
    if incident.state is not State.OPEN:
        ending = incident.ending
        when = f" at {ending.at:%Y-%m-%d %H:%M} UTC by {ending.by}" if ending else ""
        raise DefinitionError(f"incident {incident.id} is resolved already{when}.")


def _decided(course: Course, now: datetime) -> Decision:
    return course.decision(next_at(course.incident, course.rules, now))
