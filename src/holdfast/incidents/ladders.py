"""The ladders of an incident: which pipelines join when, which step is due next, and until when a step is wanted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.definitions.rota import IMPACT, UNACKNOWLEDGED, EscalationPolicy, EscalationStep
from holdfast.incidents.escalation import open_from, repeat_due, step_due
from holdfast.incidents.incident import Fired, Incident, Ladder
from holdfast.incidents.messages import Clock, step_called
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Harm


@dataclass(frozen=True, slots=True)
class Due:
    """A step and the instant at which it fires."""

    ladder: Ladder
    position: int
    """In the ladder, from 0."""
    round: int
    repeat: int
    at: datetime

    @property
    def step(self) -> EscalationStep:
        return self.ladder.steps[self.position]

    @property
    def name(self) -> str:
        """As people say it: PIPELINE/POSITION, counted from 1."""
        return step_called(self.ladder.pipeline, self.position)

    @property
    def fired(self) -> Fired:
        return Fired(self.ladder.pipeline, self.position, self.round, self.repeat, self.at)


def clock_of(step: EscalationStep) -> Clock:
    """FIRST for what an acknowledgement stops, else SECOND."""
    return Clock.FIRST if step.while_ == UNACKNOWLEDGED else Clock.SECOND


def first_clock(ladder: Ladder) -> list[int]:
    """Positions of the steps that an acknowledgement stops."""
    return [at for at, step in enumerate(ladder.steps) if clock_of(step) is Clock.FIRST]


def never_empty(ladder: Ladder, position: int) -> bool:
    """Whether somebody is paged by it whatever happens: the last step of each clock's ladder."""
    return position == len(ladder.steps) - 1 or first_clock(ladder)[-1:] == [position]


def is_for_investors(incident: Incident, pipeline: str) -> bool:
    """Whether the pipeline's figures in the incident are investors'."""
    return any(each.is_for_investors for each in incident.affects if each.pipeline == pipeline)


def joining(incident: Incident) -> dict[str, datetime]:
    """Pipelines that are to join, each with the instant at which it does; those with a ladder are left out."""
    climbed = {ladder.pipeline for ladder in incident.climbed}
    opened = incident.opened_times[-1] if len(incident.opened_times) > 1 else None
    found: dict[str, datetime] = {}
    for signal in incident.signals:
        if signal.page_at is None or signal.pipeline in climbed:
            continue
        left = [ladder.left_at for ladder in incident.ladders if ladder.pipeline == signal.pipeline and ladder.left_at]
        at = max([signal.page_at, *([opened] if opened else []), *left])
        found[signal.pipeline] = min(at, found.get(signal.pipeline, at))
    return found


def joined(incident: Incident, pipeline: str, at: datetime, policy: EscalationPolicy) -> Ladder:
    """The pipeline's ladder as it is frozen when it joins."""
    before = sum(ladder.pipeline == pipeline for ladder in incident.ladders)
    again = f".{before + 1}" if before else ""
    return Ladder(pipeline, f"{policy.name}-{policy.digest}{again}", policy.steps, at)


def impact_from(incident: Incident) -> datetime | None:
    """Since when, or from when on, an investor figure is past its deadline, wrong or withdrawn; None: never so far."""
    return min(
        (
            max(signal.since, affect.due_at) if affect.harm is Harm.MISSING else signal.since
            for signal in incident.signals
            for affect in signal.affects
            if affect.is_for_investors
        ),
        default=None,
    )


def next_steps(incident: Incident, rules: Rules) -> Iterator[Due]:
    """Of every step that is still to come, the next time it does, as far as that is known now."""
    last = _last_fired(incident)
    impact = impact_from(incident)
    touched = {signal.pipeline: signal.since for signal in sorted(incident.signals, key=lambda each: each.since, reverse=True)}
    for ladder in incident.climbed:
        if ladder.pipeline not in touched:
            continue
        for position in range(len(ladder.steps)):
            due = _next(incident, ladder, position, last, impact, rules)
            if due is not None:
                # What came back while it flapped takes its ladder up again, not before it came back.
                since = touched[ladder.pipeline]
                yield due if due.at >= since else replace(due, at=since)


def _next(
    incident: Incident, ladder: Ladder, position: int, last: dict[tuple[str, int], Fired], impact: datetime | None, rules: Rules
) -> Due | None:
    step = ladder.steps[position]
    is_first = clock_of(step) is Clock.FIRST
    if (is_first and incident.acknowledged) or (step.while_ == IMPACT and impact is None):
        return None
    before = last.get((ladder.pipeline, position))
    if before is None:
        begun = max(ladder.joined_at, incident.round_at or ladder.joined_at) if is_first else ladder.joined_at
        repeat, at = 0, step_due(begun, step, rules.zone)
    elif step.repeat_every:
        repeat, at = before.repeat + 1, repeat_due(before.at, step, rules.zone)
    else:
        return None
    if step.while_ == IMPACT and impact and impact > at:
        at = open_from(impact, step, rules.zone)
    return Due(ladder, position, incident.round if is_first else 0, repeat, at)


def _last_fired(incident: Incident) -> dict[tuple[str, int], Fired]:
    """By pipeline and position: the latest firing of this round, of steps of the second clock of any."""
    found: dict[tuple[str, int], Fired] = {}
    for fired in incident.fired:
        if fired.round in (0, incident.round):
            key = (fired.pipeline, fired.step)
            if key not in found or fired.repeat > found[key].repeat:
                found[key] = fired
    return found


def later_first_step(incident: Incident, ladder: Ladder, after: int = -1) -> int | None:
    """Position of the next step of the first clock that has not fired in this round; None when all have."""
    done = {fired.step for fired in incident.fired if fired.pipeline == ladder.pipeline and fired.round == incident.round}
    return next((at for at in first_clock(ladder) if at > after and at not in done), None)
