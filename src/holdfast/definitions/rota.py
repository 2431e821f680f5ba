"""What a team declares about being on call: its rotation, time off, agreed swaps, plan and escalation."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

WEEK, DAY = "week", "day"
ROUND_ROBIN, FAIR = "round_robin", "fair"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PRIMARY, BACKUP, MANAGER = "primary", "backup", "manager"
PRIMARY_OWNER, SECONDARY_OWNER, LEAD, STAKEHOLDERS = "primary_owner", "secondary_owner", "lead", "stakeholders"
ROOM, ENGINEERS = "room", "engineers"
"""The team's channel; and everybody who takes turns, for when nobody else is left."""
UNACKNOWLEDGED, UNRESOLVED, IMPACT = "unacknowledged", "unresolved", "impact"


@dataclass(frozen=True, slots=True)
class HandOff:
    """When a shift passes to the next person, on the wall clock of `zone`."""

    weekday: int
    """0 is Monday; of a daily rota it means nothing."""
    at: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Rotation:
    """`team/rotation.yml`: who takes turns, how long a turn is, and what must lie between two of them."""

    engineers: tuple[str, ...]
    """In the order in which they take turns."""
    hand_off: HandOff
    first_on: date
    """The first hand-off."""
    until_on: date
    """The hand-off that ends the last shift planned."""
    every: str = WEEK
    planner: str = ROUND_ROBIN
    shifts_between: int = 2
    """Shifts that must lie between two primary shifts of one person."""
    meeting: timedelta = timedelta(minutes=30)
    """The hand-off meeting, which ends as the shift does; zero for none."""

    @property
    def shift_days(self) -> int:
        """Local days of a shift: 7 or 1."""
        return 7 if self.every == WEEK else 1


@dataclass(frozen=True, slots=True)
class Leave:
    """Whole local days that somebody is away, both named days included."""

    person: str
    first_on: date
    last_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgreedSwap:
    """Two primary shifts, by the day they begin, that two people agreed to exchange before the plan was made."""

    person: str
    on: date
    other: str
    other_on: date


@dataclass(frozen=True, slots=True)
class PlannedShift:
    """A row of `team/plan.csv`. Nobody in a role means: the manager."""

    on: date
    """The local day of the hand-off that begins it."""
    primary: str | None
    backup: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Owned:
    """A pipeline, or the shared models, and the two people it belongs to."""

    subject: str
    primary: str
    secondary: str
    audience: str = ""
    """Empty for what is only agreed in `team/ownership.yml` and for shared models."""
    folder: str = ""
    """Below the project; empty for a pipeline that does not exist yet."""


@dataclass(frozen=True, slots=True)
class OwnerTurns:
    """An option of `team/ownership.yml`: these pipelines change owners each quarter, everybody by turns."""

    pipelines: tuple[str, ...]
    from_on: date
    """The first day of the quarter in which the owners are those written down."""
    engineers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Whom to page, so long after the first page, while something still is so."""

    after: timedelta
    while_: str
    """unacknowledged, unresolved or impact."""
    page: tuple[str, ...]
    tell: tuple[str, ...] = ()
    between: tuple[time, time] | None = None
    """Local hours in which the step fires."""
    repeat_every: timedelta | None = None
    is_target: bool = False
    """The resolution target: unresolved by then is recorded as missed."""
    working_days: bool = False
    """Whole days of `after` are working days, and the step fires on a working day alone."""


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """The steps of an audience, or of one pipeline, in order of time."""

    name: str
    steps: tuple[EscalationStep, ...]

    @property
    def digest(self) -> str:
        """Eight signs that differ when the steps do, whatever the policy is called."""
        return hashlib.sha256(repr(self.steps).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Team:
    """What `team/` says beside the people."""

    rotation: Rotation | None = None
    owned: tuple[Owned, ...] = ()
    turns: OwnerTurns | None = None
    time_off: tuple[Leave, ...] = ()
    swaps: tuple[AgreedSwap, ...] = ()
    plan: tuple[PlannedShift, ...] = ()
    policies: tuple[EscalationPolicy, ...] = ()
    leads: dict[str, str] = field(default_factory=dict)
    """Pipeline to the lead who is told of it."""
    stakeholders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Pipeline to the stakeholders who are told of it; of others everybody with that role."""
