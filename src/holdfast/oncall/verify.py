"""Whether a plan keeps every hard rule: asked of the rows and instants alone, never of the planner that made them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.definitions.people import Person
from holdfast.definitions.rota import Rotation
from holdfast.oncall.absences import Absence
from holdfast.oncall.shifts import Shift

GAP, CLASH, VACANCY, UNREACHABLE, HORIZON, OWNER = "gap", "clash", "vacancy", "unreachable", "horizon", "owner"
RUNNING_OUT = timedelta(days=28)
AGREED = ("swap", "time off", "cover", "override")
"""Reasons of rows that people agreed on; such a shift may come nearer to another than the planner lets it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, or worth a look, from an instant on."""

    kind: str
    is_error: bool
    at: datetime
    text: str


def verify(
    duties: Sequence[Shift],
    rotation: Rotation,
    people: Sequence[Person],
    absences: Sequence[Absence],
    start: datetime,
    until: datetime,
) -> list[Finding]:
    """What is wrong between two instants, oldest first; without an error every hard rule is kept.

    `duties` are what answers in the end: later rows laid over earlier ones, absent people stood in for.
    """
    inside = [duty for duty in duties if duty.start < until and start < duty.end]
    found = [
        *_gaps(inside, start, until),
        *(each for duty in inside for each in _clashes(duty, rotation, people, absences)),
        *_too_near(duties, rotation, start, until),
        *_unreachable(inside, people, start),
    ]
    return sorted(found, key=lambda each: (each.at, each.kind, each.text))


def running_out(ends_at: datetime | None, now: datetime) -> list[Finding]:
    """The plan's end, when it is near or past."""
    if ends_at is None:
        return [Finding(HORIZON, True, now, "no shift is planned; run `holdfast oncall plan`")]
    if ends_at <= now:
        return [Finding(HORIZON, True, ends_at, f"the plan ended on {ends_at:%Y-%m-%d}; run `holdfast oncall plan`")]
    if ends_at - now < RUNNING_OUT:
        left = (ends_at - now).days
        return [Finding(HORIZON, False, ends_at, f"the plan ends in {left} days; run `holdfast oncall plan --from {ends_at:%Y-%m-%d}`")]
    return []


def _gaps(duties: Sequence[Shift], start: datetime, until: datetime) -> Iterable[Finding]:
    """Time that no row covers, and time that two do."""
    covered = start
    for duty in sorted(duties, key=lambda each: each.start):
        if duty.start > covered:
            yield Finding(GAP, True, covered, f"nobody is planned from {covered:%Y-%m-%d %H:%M} to {duty.start:%Y-%m-%d %H:%M} UTC")
        elif duty.start < covered and duty.start > start:
            yield Finding(CLASH, True, duty.start, f"two rows cover {duty.start:%Y-%m-%d %H:%M} UTC")
        covered = max(covered, duty.end)
    if covered < until:
        yield Finding(GAP, True, covered, f"nobody is planned from {covered:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC")


def _clashes(
    duty: Shift, rotation: Rotation, people: Sequence[Person], absences: Sequence[Absence]
) -> Iterable[Finding]:
    here = {person.name: person for person in people}
    if duty.primary is not None and duty.primary == duty.backup:
        yield Finding(CLASH, True, duty.start, f"{duty.on}: {duty.primary} is primary and backup")
    for name in duty.people:
        if name not in here:
            yield Finding(CLASH, True, duty.start, f"{duty.on}: {name} is nobody in team/people.yml")
        elif not here[name].is_here(duty.on):
            yield Finding(CLASH, True, duty.start, f"{duty.on}: {name} does not belong to the team then; plan again from that day")
        yield from (
            Finding(CLASH, True, max(duty.start, off.start), f"{duty.on}: {name} has a role and is away")
            for off in absences
            if off.person == name and off.meets(duty.start, duty.end)
        )
    if duty.primary is None:
        said = duty.reason or "no reason is recorded"
        yield Finding(VACANCY, not duty.reason, duty.start, f"{duty.on}: the manager answers; {said}")
    elif duty.backup is None and not (duty.primary in here and here[duty.primary].role == "manager"):
        yield Finding(VACANCY, False, duty.start, f"{duty.on}: the manager backs up {duty.primary}; {duty.reason}")


def _too_near(duties: Sequence[Shift], rotation: Rotation, start: datetime, until: datetime) -> Iterable[Finding]:
    """Two primary shifts of one person with too few between; a step-in for some hours is no shift."""
    last: dict[str, Shift] = {}
    step = timedelta(days=rotation.shift_days)
    for duty in duties:
        if duty.primary is None or duty.reason.startswith((f"{duty.primary} stands in", "cover", "override")):
            continue
        before = last.get(duty.primary)
        last[duty.primary] = duty
        if before is None or before.on == duty.on or not (start < duty.end and before.start < until):
            continue
        between = (duty.on - before.on) // step - 1
        if between < rotation.shifts_between:
            agreed = between >= 1 and any(row.reason.startswith(AGREED) for row in (before, duty))
            said = f"{duty.primary} is primary on {before.on} and on {duty.on}, with {between} between"
            yield Finding(CLASH, not agreed, duty.start, f"{said}; {rotation.shifts_between} are the rule")


def _unreachable(duties: Sequence[Shift], people: Sequence[Person], start: datetime) -> Iterable[Finding]:
    """Whoever has a role and no e-mail or chat; and a team without a manager to answer in the end."""
    planned = {name for duty in duties for name in duty.people}
    for person in people:
        if (person.name in planned or person.role == "manager") and not (person.email or person.chat):
            yield Finding(UNREACHABLE, True, start, f"{person.name} has neither e-mail nor chat in team/people.yml")
    if not any(person.role == "manager" for person in people):
        yield Finding(UNREACHABLE, True, start, "nobody is the manager, who answers when nobody else does")
