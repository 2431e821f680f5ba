"""What time alone does to an incident: each kind of change with its next instant and what happens then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from holdfast.definitions.rota import PRIMARY
from holdfast.incidents.course import HOLDFAST, Course
from holdfast.incidents.firing import fire
from holdfast.incidents.incident import QUIET_BEFORE_RESOLVED, Ending, Incident, State
from holdfast.incidents.ladders import impact_from, is_for_investors, joined, joining, next_steps
from holdfast.incidents.lapses import lapse, next_hand_off
from holdfast.incidents.messages import Clock, Sort
from holdfast.incidents.occasions import RESOLVED, handed_over, nth
from holdfast.incidents.rules import Rules
from holdfast.incidents.telling import tell, telling_at


@dataclass(frozen=True, slots=True)
class Transition:
    """`due` says when it happens next, as far as is known; `happen` is that instant's change."""

    due: Callable[[Incident, Rules], datetime | None]
    happen: Callable[[Course, datetime], None]


def next_at(incident: Incident, rules: Rules, now: datetime) -> datetime | None:
    """When time alone will change the incident next, which may be before `now`; None: never."""
    if incident.state is State.MERGED:
        return None
    instants = [transition.due(incident, rules) for transition in _of(incident)]
    if incident.ending:
        instants.append(incident.ending.recheck_at)
    return min((at for at in instants if at is not None), default=None)


def happen(course: Course, at: datetime) -> None:
    """Everything that is due by that instant, in the order in which one thing leads to the next."""
    for transition in _of(course.incident):
        due = transition.due(course.incident, course.rules)
        if due is not None and due <= at:
            transition.happen(course, at)
    course.post()


def new_round(course: Course, at: datetime, kind: str, why: str) -> None:
    """The acknowledgement is gone, and steps of the first clock count from then."""
    course.note(at, kind, why)
    course.change(acknowledged=None)
    if course.incident.climbed:
        course.change(round=course.incident.round + 1, round_at=at)


def resolve(course: Course, ending: Ending) -> None:
    """It is over; everybody who was told of it hears so. Whoever was not yet told that it opened need not be."""
    incident = course.incident
    kept = (nth(RESOLVED, len(incident.opened_times)),) if incident.told else ()
    course.change(state=State.RESOLVED, ending=ending, untold=kept, quiet_since=None)
    course.note(ending.at, "resolved", ending.reason, ending.by)


def _of(incident: Incident) -> Iterator[Transition]:
    return iter(_WHILE_OPEN if incident.state is State.OPEN else _ONCE_OVER)


def _quiet_ends(incident: Incident, rules: Rules) -> datetime | None:
    return incident.quiet_since + QUIET_BEFORE_RESOLVED if incident.quiet_since else None


def _end_quietly(course: Course, at: datetime) -> None:
    since = course.incident.quiet_since
    if since is not None:
        resolve(course, Ending(since + QUIET_BEFORE_RESOLVED, HOLDFAST, "cleared, and quiet for two hours since"))


def _lapses(incident: Incident, rules: Rules) -> datetime | None:
    found = lapse(incident, rules)
    return found.at if found else None


def _lapse(course: Course, at: datetime) -> None:
    found = lapse(course.incident, course.rules)
    if found:
        held = course.incident.acknowledged
        if held and course.incident.assignee == held.by:
            course.change(assignee="")
        new_round(course, found.at, "lapsed", found.why)


def _impact_begins(incident: Incident, rules: Rules) -> datetime | None:
    return impact_from(incident) if incident.impact_at is None else None


def _begin_impact(course: Course, at: datetime) -> None:
    begun = impact_from(course.incident)
    if begun is not None:
        course.note(begun, "impact", "an investor figure is past its deadline, wrong or withdrawn")
        course.change(impact_at=begun)


def _joins(incident: Incident, rules: Rules) -> datetime | None:
    return min(joining(incident).values(), default=None)


def _join(course: Course, at: datetime) -> None:
    """Ladders begin; one of investors' voids the acknowledgement, which was given without it."""
    for pipeline, since in sorted(joining(course.incident).items(), key=lambda each: (each[1], each[0])):
        if since > at:
            continue
        incident, policies = course.incident, course.rules.policies
        ladder = joined(incident, pipeline, since, policies.get(pipeline, policies[""]))
        course.change(ladders=(*incident.ladders, ladder))
        course.note(since, "ladder", f"{pipeline or 'the team'} joins with {ladder.policy}: its steps count from now")
        if incident.round_at is None:
            course.change(round_at=since)
        held = incident.acknowledged
        if held and is_for_investors(incident, pipeline):
            new_round(course, max(since, held.at), "voided", f"{pipeline}, an investors' pipeline, joined what {held.by} had acknowledged")


def _hand_off_comes(incident: Incident, rules: Rules) -> datetime | None:
    return next_hand_off(incident, rules)


def _hand_over(course: Course, at: datetime) -> None:
    """The new primary hears of it: by a page when nobody has it, else by a word."""
    incident = course.incident
    hand_off = next_hand_off(incident, course.rules)
    if hand_off is None:
        return
    course.change(hand_offs_seen=(*incident.hand_offs_seen, hand_off))
    people = course.rules.directory.people_for(PRIMARY, "", course.asked_at(hand_off))
    course.note(hand_off, "handed_off", f"now with {', '.join(people) or 'nobody'}")
    held = incident.acknowledged
    for name in people:
        if held is None:
            course.want(Sort.PAGE, name, PRIMARY, hand_off, handed_over(hand_off), Clock.FIRST)
        elif held.by != name:
            course.want(Sort.TELL, name, PRIMARY, hand_off, handed_over(hand_off), Clock.SECOND)


def _steps_due(incident: Incident, rules: Rules) -> datetime | None:
    return min((due.at for due in next_steps(incident, rules)), default=None)


def _fire(course: Course, at: datetime) -> None:
    while dues := [due for due in next_steps(course.incident, course.rules) if due.at <= at]:
        investors = {due.ladder.pipeline: is_for_investors(course.incident, due.ladder.pipeline) for due in dues}
        fire(course, min(dues, key=lambda due: (due.at, not investors[due.ladder.pipeline], due.ladder.joined_at, due.name)))


_TELL = Transition(telling_at, tell)
_WHILE_OPEN = (
    Transition(_quiet_ends, _end_quietly),
    Transition(_lapses, _lapse),
    Transition(_impact_begins, _begin_impact),
    Transition(_joins, _join),
    Transition(_hand_off_comes, _hand_over),
    Transition(_steps_due, _fire),
    _TELL,
)
_ONCE_OVER = (_TELL,)

