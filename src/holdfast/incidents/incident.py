"""An incident as a value: what is wrong, who has it, and how far its ladders have been climbed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from holdfast.definitions.rota import EscalationStep
from holdfast.incidents.messages import Message
from holdfast.incidents.signals import Affect, Key, Signal


class State(StrEnum):
    """OPEN until resolved; MERGED when another incident, the older, turned out to be the same."""

    OPEN = "open"
    RESOLVED = "resolved"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The policy of one affected pipeline, frozen when it joined; its steps are counted from then."""

    pipeline: str
    """Empty: the team's own policy, of what touches no pipeline."""
    policy: str
    """Name and digest of the steps, with a number when the pipeline joins the same incident again."""
    steps: tuple[EscalationStep, ...]
    joined_at: datetime
    left_at: datetime | None = None
    """When the pipeline had nothing wrong any more; a ladder that was left is not climbed."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that is done with: its messages are in the outbox, or the reason why there are none is in the timeline."""

    pipeline: str
    """The ladder's."""
    step: int
    """Position in the ladder, from 0."""
    round: int
    """Of the first clock; 0 for steps of the second."""
    repeat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody works on it: steps of the first clock rest, those of the second do not."""

    by: str
    at: datetime
    until: datetime | None = None
    """Of a snooze: it lapses then."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an incident was resolved."""

    at: datetime
    by: str
    """A person, or `holdfast` when its condition cleared."""
    reason: str
    recheck_at: datetime | None = None
    """After a person's word: if the condition still holds then, it opens again."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause, from its first signal to its end. Every change makes a new value with events that tell it."""

    key: Key
    title: str
    opened_at: datetime
    opened_by: str
    """`holdfast`, or a person."""
    signals: tuple[Signal, ...]
    """As they were last gathered; those that have cleared are left out."""
    affects: tuple[Affect, ...]
    """Of all its signals; what was restored is left out and told in the timeline."""
    id: int = 0
    """0 until it is recorded."""
    version: int = 0
    """Grows by one with each record: two who change it at once are noticed."""
    state: State = State.OPEN
    ladders: tuple[Ladder, ...] = ()
    round: int = 1
    """Of the first clock: a lapsed or voided acknowledgement begins another."""
    round_at: datetime | None = None
    """When the round began; None until the first page is due."""
    fired: tuple[Fired, ...] = ()
    paged: tuple[tuple[str, str, int], ...] = ()
    """(person, ladder's pipeline, round) of every page due so far."""
    told: tuple[str, ...] = ()
    """Everybody paged or told, in order, rooms included: they hear how it ends."""
    acknowledged: Acknowledgement | None = None
    assignee: str = ""
    hand_offs_seen: tuple[datetime, ...] = ()
    """Hand-offs whose new primary has been told."""
    ending: Ending | None = None
    opened_times: tuple[datetime, ...] = ()
    """Each time it opened, the first included."""
    is_flapping: bool = False
    quiet_since: datetime | None = None
    """When its condition cleared, while that is not yet believed."""
    merged_into: int = 0
    untold: tuple[str, ...] = ()
    """Occasions people have still to be told of: opened, reopened, flapping, resolved."""
    impact_at: datetime | None = None
    """Since when there is investor impact; None while there is none."""

    @property
    def climbed(self) -> tuple[Ladder, ...]:
        """The ladders that count now."""
        return tuple(ladder for ladder in self.ladders if ladder.left_at is None)

    @property
    def paged_from(self) -> datetime | None:
        """When both clocks began: the first of its ladders' starts; None while nobody is to be paged."""
        return min((ladder.joined_at for ladder in self.climbed), default=None)

    def has_impact(self, at: datetime) -> bool:
        """Whether an investor figure is past its deadline, wrong or withdrawn."""
        return any(each.is_impact(at) for each in self.affects)


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline; never changed."""

    at: datetime
    kind: str
    """opened, joined, cleared, impact, due, acknowledged, lapsed, voided, snoozed, taken, assigned, escalated, paged,
    note, handed_off, target_missed, empty_step, resolved, reopened, flapping, merged, silenced ..."""
    by: str
    """`holdfast` or a person."""
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one incident becomes, recorded in one transaction: state, timeline and messages."""

    incident: Incident
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    """With `incident` 0 where it has no id yet; the ledger fills it in."""
    next_at: datetime | None = None
    """When time alone will change it next; None: never. A timer is this row, never memory."""


REOPENS_WITHIN = timedelta(minutes=60)
RECHECKED_AFTER = timedelta(hours=1)
FLAPS_WITHIN = timedelta(hours=24)
FLAPPING_AT = 3
"""Openings within `FLAPS_WITHIN`."""
QUIET_BEFORE_RESOLVED = timedelta(hours=2)
"""Of a flapping incident."""
LAPSES_AFTER = timedelta(minutes=30)
"""An acknowledgement, after the hand-off or after its person went absent."""


@dataclass(frozen=True, slots=True)
class Affected:
    """From when until when an incident took a figure from readers, or put it at risk."""

    incident: int
    affect: Affect
    since: datetime
    until: datetime | None
    """None: still."""
