"""What incidents need of the outside: a log that is never half written, an outbox, and channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.definitions.people import Person
from holdfast.incidents.incident import Affected, Decision, Event, Incident, State
from holdfast.incidents.messages import Message, Posted


class IncidentLog(Protocol):
    """Incidents and their timelines; every call is one transaction."""

    def record_decisions(self, decisions: Sequence[Decision], fence: int | None = None) -> list[Decision]:
        """State, timeline, messages and the next due time of each, all or nothing.

        Gives back those recorded, with ids. A decision whose incident was changed by somebody since it was read
        (another version) is left out: the next pass decides anew. A message whose key is known is not written
        twice. With `fence` given nothing is written, and StoreError raised, once another engine has taken over.
        """

    def record_failure(self, posted: Posted, decision: Decision, fence: int) -> bool:
        """A message that FAILED and what follows from it, in one transaction.

        False, and nothing is written, when somebody changed the incident since it was read.
        """

    def incident(self, incident_id: int) -> Incident | None: ...

    def open_incidents(self) -> list[Incident]:
        """Oldest first."""

    def due_incidents(self, now: datetime) -> list[Incident]:
        """Open ones, and resolved ones that wait for a recheck, whose `next_at` has come; oldest first."""

    def resolved_since(self, at: datetime) -> list[Incident]:
        """Resolved at that instant or later, or waiting for a recheck; newest first."""

    def incidents(self, states: Sequence[State] | None = None, limit: int = 100) -> list[Incident]:
        """Newest first."""

    def timeline(self, incident_id: int) -> list[Event]:
        """In the order recorded."""

    def affects(self, pipeline: str | None, start: datetime, end: datetime) -> list[Affected]:
        """What was missing, wrong or at risk at some time in [start, end); of every pipeline when None; by beginning."""

    def affected_by(self, incident_id: int) -> list[Affected]:
        """What one incident took from readers or put at risk so far; by beginning."""


class Outbox(Protocol):
    """Messages on their way; every call is one transaction, and all but `posted` check the fencing number."""

    def claim(self, now: datetime, fence: int, lease_until: datetime, limit: int = 1000) -> list[Posted]:
        """Takes what may be sent now: pending, due, and not before its next try; oldest due first.

        What was left in SENDING beyond its lease, or by an earlier fence, becomes PENDING and maybe sent first.
        What is not wanted any more (acknowledged, resolved) becomes DROPPED with the reason, in this transaction.
        """

    def sent(self, ids: Sequence[int], channel: str, provider_id: str, at: datetime, fence: int, bundle: int = 0) -> None: ...

    def put_back(self, posted: Sequence[Posted], fence: int) -> None:
        """PENDING or FAILED again, as each says: channel, attempts, next try, maybe sent, reason."""

    def posted(self, incident_id: int) -> list[Posted]:
        """Of one incident, in the order due."""

    def sent_to(self, target: str, incidents: Sequence[int]) -> list[Posted]:
        """What the target was sent of these incidents, in the order due."""

    def posted_between(self, start: datetime, end: datetime) -> list[Posted]:
        """Due in [start, end), in the order due."""

    def letters_since(self, at: datetime) -> dict[str, list[datetime]]:
        """When each target was sent something after that instant, oldest first; a bundle counts once."""

    def add_messages(self, messages: Sequence[Message]) -> None:
        """Those of no incident, such as tests of channels; one whose key is known is not written twice."""


class PagerLog(Protocol):
    """What the engine itself remembers."""

    def take_over(self, now: datetime) -> int:
        """A fencing number larger than any before; whoever has an older one can record nothing any more."""

    def last_seen(self) -> datetime | None:
        """The latest instant that a pass or a recorded act has seen."""

    def see(self, now: datetime) -> None:
        """Moves it ahead, never back."""

    def overdue(self, before: datetime) -> int:
        """The auditor's one query: messages pending, and incidents not advanced, due before that instant."""

    def acknowledge_hand_off(self, hand_off_at: datetime, person: str, at: datetime, by: str) -> None:
        """The person has read the note of that hand-off; the first word stays."""

    def hand_off_acknowledgements(self) -> dict[datetime, dict[str, datetime]]:
        """By hand-off: who acknowledged its note, and when."""

    def record_channel_test(self, test: "ChannelTest") -> None:
        """Sent, or the same one acknowledged."""

    def channel_tests(self) -> list["ChannelTest"]:
        """Oldest first."""


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """A message that proves whether a channel reaches a person."""

    person: str
    channel: str
    sent_at: datetime
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What a channel hands over: addressed, worded, with a key that is the same at each attempt."""

    to: Person | str
    """A person, or a room such as `#data-eng-alerts`."""
    subject: str
    lines: tuple[str, ...]
    """Plain text; the channel escapes it for its medium."""
    key: str
    """Idempotency key."""
    at: datetime
    incident: int = 0
    step: str = ""
    """PIPELINE/POSITION, or the occasion."""
    role: str = ""
    due_at: datetime | None = None
    maybe_repeat: bool = False
    wakes: bool = False
    """Whether it is a page."""
    is_late: bool = False
    """Due while no pager ran."""
    stands_for: tuple[str, ...] = ()
    """Other steps that wanted the same person at the same time, as PIPELINE/POSITION."""
    closes: tuple[str, ...] = ()
    """Keys of letters sent before whose matter has ended: a provider that keeps pages open ends them."""
    more: tuple[tuple[int, str, datetime], ...] = ()
    """Of a bundle: (incident, step, due at) of every further message in it."""


class Unsent(Exception):
    """It certainly did not arrive, and another try may; `after_s` is how long the provider asks to wait."""

    def __init__(self, what: str, *, after_s: float | None = None) -> None:
        super().__init__(what)
        self.after_s = after_s


class Unsure(Unsent):
    """It may have arrived: no answer came. Another try may be a repeat."""


class Refused(Exception):
    """It will never arrive this way: a wrong address, key or certificate."""


class Channel(Protocol):
    """One way to reach people. `send` is called by several threads at once, each with another letter."""

    @property
    def name(self) -> str: ...

    @property
    def wakes(self) -> bool:
        """Whether it wakes somebody at night."""

    @property
    def is_idempotent(self) -> bool:
        """Whether the provider keeps letters of one key apart from repeats by itself."""

    def reaches(self, to: Person | str) -> bool:
        """Whether it has an address for the person, or is the room's."""

    def send(self, letter: Letter) -> str:
        """The provider's id for it. Raises Unsent, Unsure or Refused; their texts hold no secret."""
