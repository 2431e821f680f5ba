"""What an incident's decisions take from the team: policies, who is whom and on call when, announced times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from holdfast.definitions.rota import EscalationPolicy
from holdfast.incidents.spells import Spell


class Directory(Protocol):
    """Who is whom. Asked when a step fires, so a swap or an absence counts at once."""

    def people_for(self, target: str, pipeline: str, at: datetime) -> tuple[str, ...]:
        """Names for a step's target: primary, backup, manager, primary_owner, secondary_owner, lead, stakeholders, or a name.

        Primary is whoever answers, so the manager where nobody is planned. Empty when there is nobody.
        """

    def next_hand_off(self, after: datetime, until: datetime) -> datetime | None:
        """The first instant in (after, until] at which another person begins to answer."""

    def absent_from(self, person: str, after: datetime, until: datetime) -> datetime | None:
        """The first instant in (after, until] from which the person is away."""

    def note_acknowledged(self, hand_off: datetime, until: datetime) -> datetime | None:
        """When, up to `until`, the incoming person acknowledged the note of that hand-off."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision needs beside the incident and the time."""

    policies: Mapping[str, EscalationPolicy]
    """By pipeline; "" is the team's own, for what touches no pipeline."""
    directory: Directory
    zone: ZoneInfo
    """Of the hand-off: `between` and working days are read on its clock."""
    room: str = "#data-eng-alerts"
    spells: tuple[Spell, ...] = ()
    started_at: datetime | None = None
    """When this engine started, by a clock that is not given: what was then overdue by more than five minutes is late."""
    fires: bool = True
    """False: nothing becomes due in this pass, such as after a jump of the clock."""
