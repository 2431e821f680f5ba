"""What becomes of an incident by time alone: steps that are due, lapses, hand-offs, endings, and who is told."""

from datetime import datetime

from holdfast.incidents.course import Course
from holdfast.incidents.firing import fire_next
from holdfast.incidents.incident import Decision, Incident, State
from holdfast.incidents.messages import TEAM, Clock, Message, Sort
from holdfast.incidents.rules import Rules
from holdfast.incidents.transitions import happen, next_at

MOST_INSTANTS = 1000
"""Of one call: after a very long sleep the rest follows in the next."""


def advance(incident: Incident, now: datetime, rules: Rules) -> Decision | None:
    """Everything that was due up to `now`, each at its own instant, oldest first; and when to look again.

    Calling it late, early, often or seldom gives the same messages with the same due times. None when nothing
    may become due in this pass, and when only signals can change the incident.
    """
    if not rules.fires or incident.state is State.MERGED:
        return None
    course = Course(incident, rules)
    run_to(course, now)
    later = next_at(course.incident, rules, now)
    if course.incident == incident and later is not None and later <= now:
        return None
    return course.decision(later)


def run_to(course: Course, now: datetime) -> None:
    """Takes the course through every instant up to `now` at which something is due."""
    for _ in range(MOST_INSTANTS):
        at = next_at(course.incident, course.rules, now)
        if at is None or at > now:
            return
        before = course.incident
        happen(course, at)
        if course.incident is before:
            return


def unreachable(incident: Incident, message: Message, why: str, now: datetime, rules: Rules) -> Decision:
    """None of a person's channels took the message: the next step of the first clock comes at once.

    So it does for every ladder the message stands for; unless somebody has acknowledged meanwhile, it is over, or
    the message belongs to an earlier round.
    """
    course = Course(incident, rules)
    course.note(now, "unreachable", f"{message.target} ({message.role}) could not be reached: {why}")
    is_wanted = incident.state is State.OPEN and incident.acknowledged is None and message.round in (0, incident.round)
    came = [fire_next(course, pipeline, now) for pipeline in _wanting(incident, message)] if is_wanted else []
    if came and not any(came):
        course.note(now, "unreachable", "no step is left that could come earlier")
    return course.decision(next_at(course.incident, rules, now))


def _wanting(incident: Incident, message: Message) -> tuple[str, ...]:
    """Pipelines whose steps wanted the page; of one that no step made but an acknowledgement would stop, all."""
    if message.sort is not Sort.PAGE:
        return ()
    if message.step < 0:
        return tuple(ladder.pipeline for ladder in incident.climbed) if message.clock is Clock.FIRST else ()
    names = (name.rpartition("/")[0] for name in message.stands_for)
    return tuple(dict.fromkeys([message.pipeline, *("" if name == TEAM else name for name in names)]))


__all__ = ["advance", "next_at", "run_to", "unreachable"]
