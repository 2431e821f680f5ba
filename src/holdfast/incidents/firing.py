"""A step fires: who is paged and told by it, and when it passes on because it would page nobody new."""

from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.definitions.rota import ENGINEERS, MANAGER, ROOM
from holdfast.incidents.course import Course
from holdfast.incidents.escalation import open_from
from holdfast.incidents.ladders import Due, clock_of, first_clock, later_first_step, never_empty
from holdfast.incidents.messages import Clock, Sort

_HOUR = timedelta(hours=1)


def fire(course: Course, due: Due, clock: Clock | None = None) -> None:
    """Page and tell whom the step names, at its instant; `clock` overrides until when the pages are wanted.

    A first-clock step that would page only people paged before in its ladder and round, or nobody, passes on
    to the next one at once. The last of them never does: it reminds.
    """
    people = pages(course, due)
    course.change(fired=(*course.incident.fired, due.fired))
    _tell(course, due, {name for name, _ in people})
    if due.step.is_target:
        course.note(due.at, "target_missed", f"{due.name}: not resolved {due.step.after / _HOUR:g} h after its first page, the resolution target")
    if _passes_on(course, due, people):
        whom = ", ".join(name for name, _ in people)
        course.note(due.at, "empty_step", f"{due.name}: {f'{whom} was paged before' if whom else 'nobody to page'}, so the next step comes at once")
        _fire_early(course, due, clock)
        return
    for name, role in people:
        course.want_step(due, Sort.PAGE, name, role, clock)
    if people:
        course.note(due.at, "due", f"{due.name}: page " + ", ".join(f"{name} ({role})" for name, role in people))
    elif due.step.page:
        course.note(due.at, "empty_step", f"{due.name}: nobody to page")


def fire_next(course: Course, pipeline: str, at: datetime, clock: Clock | None = None) -> bool:
    """The ladder's next step of the first clock, now instead of at its time; False when there is none left."""
    ladder = next((each for each in course.incident.climbed if each.pipeline == pipeline), None)
    position = later_first_step(course.incident, ladder) if ladder else None
    if ladder is None or position is None:
        return False
    fire(course, Due(ladder, position, course.incident.round, 0, at), clock)
    return True


def pages(course: Course, due: Due) -> list[tuple[str, str]]:
    """(person, role) of everybody the step pages, each once; the manager, else every engineer, where it must not be empty."""
    if not due.step.page:
        return []
    found = _found(course, due, due.step.page)
    if not found and never_empty(due.ladder, due.position):
        return _found(course, due, (MANAGER,)) or _found(course, due, (ENGINEERS,))
    return found


def _found(course: Course, due: Due, targets: tuple[str, ...]) -> list[tuple[str, str]]:
    at = course.asked_at(due.at)
    found: dict[str, str] = {}
    for target in targets:
        for name in course.rules.directory.people_for(target, due.ladder.pipeline, at):
            found.setdefault(name, target)
    return list(found.items())


def _tell(course: Course, due: Due, paged: set[str]) -> None:
    for target in due.step.tell:
        if target == ROOM:
            course.want_step(due, Sort.TELL, course.rules.room, ROOM)
            continue
        for name, role in _found(course, due, (target,)):
            if name not in paged:
                course.want_step(due, Sort.TELL, name, role)


def _passes_on(course: Course, due: Due, people: list[tuple[str, str]]) -> bool:
    if not due.step.page or due.repeat or clock_of(due.step) is not Clock.FIRST:
        return False
    is_last = first_clock(due.ladder)[-1] == due.position
    return not is_last and not _anybody_new(course, due, people)


def _anybody_new(course: Course, due: Due, people: list[tuple[str, str]]) -> bool:
    paged, round_ = course.incident.paged, course.incident.round
    return any((name, due.ladder.pipeline, round_) not in paged for name, _ in people)


def _fire_early(course: Course, due: Due, clock: Clock | None) -> None:
    """The next step of the first clock, unless it only reminds, or its hours have not come: then at its own time."""
    position = later_first_step(course.incident, due.ladder, due.position)
    if position is None:
        return
    early = replace(due, position=position)
    reminds = first_clock(due.ladder)[-1] == position and not _anybody_new(course, early, pages(course, early))
    if not reminds and open_from(due.at, early.step, course.rules.zone) == due.at:
        fire(course, early, clock)
