"""The team as incidents ask for it: who answers, who owns, who is told, who is away, from the project and its rota."""

import bisect
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from holdfast.definitions import rota as roles
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents.rules import Directory, Rules
from holdfast.incidents.spells import Spell
from holdfast.oncall.absences import Absence
from holdfast.oncall.ownership import owned_on
from holdfast.oncall.record import Rota
from holdfast.oncall.shifts import Shift, at_instant

FALLBACK = EscalationPolicy(
    "fallback",
    (
        EscalationStep(timedelta(0), roles.UNACKNOWLEDGED, (roles.PRIMARY,)),
        EscalationStep(timedelta(minutes=15), roles.UNACKNOWLEDGED, (roles.BACKUP,)),
        EscalationStep(timedelta(minutes=30), roles.UNACKNOWLEDGED, (roles.MANAGER,)),
    ),
)
"""Of a team that has written down no policy."""


class TeamDirectory:
    """Who is whom in one project, by its rota as it was read; without a rota the manager answers."""

    def __init__(self, project: Project, rota: Rota | None, hand_off_acks: Mapping[datetime, datetime] | None = None) -> None:
        self._project = project
        self._rota = rota
        self._hand_off_acks = hand_off_acks or {}
        """Instant of a hand-off to when the incoming person acknowledged its note."""

    def people_for(self, target: str, pipeline: str, at: datetime) -> tuple[str, ...]:
        """Names for a step's target at that instant; nobody twice, nobody who has left the team."""
        found = self._named(target, pipeline, at)
        day = at.astimezone(self._zone).date()
        here = {person.name for person in self._project.people if person.is_here(day)}
        return tuple(dict.fromkeys(name for name in found if name in here))

    def next_hand_off(self, after: datetime, until: datetime) -> datetime | None:
        """The first instant in (after, until] at which another person begins to answer."""
        instants = self._hand_offs
        found = bisect.bisect_right(instants, after)
        return instants[found] if found < len(instants) and instants[found] <= until else None

    def absent_from(self, person: str, after: datetime, until: datetime) -> datetime | None:
        """The first instant in (after, until] from which the person is away."""
        starts = [each.start for each in self._absences.get(person, ()) if after < each.start <= until]
        return min(starts, default=None)

    def note_acknowledged(self, hand_off: datetime, until: datetime) -> datetime | None:
        """When, up to `until`, the incoming person acknowledged the note of that hand-off."""
        at = self._hand_off_acks.get(hand_off)
        return at if at is not None and at <= until else None

    def _named(self, target: str, pipeline: str, at: datetime) -> tuple[str | None, ...]:
        team = self._project.team
        if target in (roles.PRIMARY, roles.BACKUP):
            duty = at_instant(self._duties, at)
            planned = None if duty is None else duty.primary if target == roles.PRIMARY else duty.backup
            return (planned or self._manager,)
        if target == roles.MANAGER:
            return (self._manager,)
        if target in (roles.PRIMARY_OWNER, roles.SECONDARY_OWNER):
            return self._owner(target, pipeline, at)
        if target == roles.LEAD:
            return (team.leads.get(pipeline),)
        if target == roles.STAKEHOLDERS:
            return team.stakeholders.get(pipeline) or (self._of_role("stakeholder") if pipeline else ())
        if target == roles.ENGINEERS:
            return team.rotation.engineers if team.rotation else self._of_role("engineer")
        return (target,)

    def _owner(self, target: str, pipeline: str, at: datetime) -> tuple[str, ...]:
        owned = owned_on(self._project.team, at.astimezone(self._zone).date())
        return tuple(
            each.primary if target == roles.PRIMARY_OWNER else each.secondary for each in owned if each.subject == pipeline
        )

    def _of_role(self, role: str) -> tuple[str, ...]:
        return tuple(person.name for person in self._project.people if person.role == role)

    @property
    def _zone(self) -> ZoneInfo:
        return hand_off_zone(self._project)

    @cached_property
    def _manager(self) -> str | None:
        return next(iter(self._of_role("manager")), None)

    @cached_property
    def _duties(self) -> list[Shift]:
        return self._rota.duties() if self._rota else []

    @cached_property
    def _absences(self) -> dict[str, list[Absence]]:
        found: dict[str, list[Absence]] = {}
        for each in self._rota.absences() if self._rota else ():
            found.setdefault(each.person, []).append(each)
        return found

    @cached_property
    def _hand_offs(self) -> list[datetime]:
        """Every instant at which somebody else begins to answer, oldest first; in a gap it is the manager."""
        answering: list[tuple[datetime, str | None]] = []
        end: datetime | None = None
        for duty in self._duties:
            if end is not None and end < duty.start:
                answering.append((end, self._manager))
            answering.append((duty.start, duty.primary or self._manager))
            end = duty.end
        if end is not None:
            answering.append((end, self._manager))
        return [at for (_, before), (at, after) in itertools.pairwise(answering) if after != before]


def rules_of(
    project: Project,
    directory: Directory,
    spells: Sequence[Spell] = (),
    *,
    started_at: datetime | None = None,
    fires: bool = True,
) -> Rules:
    """The project's rules: each pipeline's own policy, else its audience's; the team's own is investors'."""
    written = {policy.name: policy for policy in project.team.policies if policy.steps}
    team = written.get("investors") or next(iter(written.values()), FALLBACK)
    policies = {name: _policy(written, pipeline, team) for name, pipeline in project.pipelines.items()}
    return Rules(
        policies={**policies, "": team},
        directory=directory,
        zone=hand_off_zone(project),
        room=project.pager.room,
        spells=tuple(spells),
        started_at=started_at,
        fires=fires,
    )


def hand_off_zone(project: Project) -> ZoneInfo:
    """Where the team's clock hangs: the hand-off's zone, without a rotation the project's."""
    rotation = project.team.rotation
    return rotation.hand_off.zone if rotation else project.zone


def _policy(written: Mapping[str, EscalationPolicy], pipeline: Pipeline, team: EscalationPolicy) -> EscalationPolicy:
    return written.get(pipeline.name) or written.get(pipeline.audience) or team
