"""A message that is due: a row of the outbox, from the decision that made it to the provider that took it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TEAM = "team"
ROOM = "#"
"""A target that begins so is a room everybody reads, not a person."""


class Sort(StrEnum):
    """What a message is for."""

    PAGE = "page"
    """Wakes somebody: a step of a ladder, or a person's wish."""
    TELL = "tell"
    """Informs: contacts, stakeholders, the room, and everybody paged when it ends."""
    TEST = "test"
    """Proves that a channel reaches somebody."""


class Clock(StrEnum):
    """Until when a message is wanted."""

    FIRST = "first"
    """Dropped, with the reason, once the incident is acknowledged or resolved."""
    SECOND = "second"
    """Dropped once it is resolved."""
    NONE = "none"
    """Always wanted."""


class Post(StrEnum):
    """Where a message is on its way."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed by one engine, with a lease and its fencing number."""
    SENT = "sent"
    """A provider took it; `provider_id` says what it called it."""
    DROPPED = "dropped"
    """Not wanted any more; `reason` says why."""
    FAILED = "failed"
    """No channel of the person's would take it; `reason` says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is to get. Its `key` makes deriving it again harmless."""

    sort: Sort
    target: str
    """A name of people.yml, or a room such as `#data-eng-alerts`."""
    role: str
    """As what they get it: primary, backup, manager, contact, stakeholders, room ..."""
    due_at: datetime
    clock: Clock = Clock.NONE
    incident: int = 0
    """0 of no incident, such as a test."""
    pipeline: str = ""
    """The ladder's."""
    policy: str = ""
    step: int = -1
    """-1: no step of a ladder."""
    round: int = 0
    repeat: int = 0
    occasion: str = ""
    """What it is about where no step says it: opened, resolved, handed over, flapping, asked by NAME at INSTANT."""
    not_before: datetime | None = None
    """Waits until then, though due earlier."""
    is_late: bool = False
    """Due while no pager ran."""
    stands_for: tuple[str, ...] = ()
    """Other steps that wanted the same person at the same time, as PIPELINE/STEP."""
    subject: str = ""
    body: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Incident, policy, step, target and repeat; the channel is chosen when it is sent."""
        what = f"{self.pipeline}@{self.policy}/{self.step}/{self.round}.{self.repeat}" if self.step >= 0 else self.occasion
        return f"{self.incident}/{what}/{self.role}/{self.target}"


def step_name(message: Message) -> str:
    """The step as people say it, PIPELINE/POSITION counted from 1; the occasion where no step made the message."""
    return step_called(message.pipeline, message.step) if message.step >= 0 else message.occasion


def step_called(pipeline: str, position: int) -> str:
    """A step's name by its position from 0; the ladder of no pipeline is the team's."""
    return f"{pipeline or TEAM}/{position + 1}"


@dataclass(frozen=True, slots=True)
class Posted:
    """A message with what happened to it."""

    id: int
    message: Message
    post: Post
    channel: str = ""
    """The one it goes by, or went by."""
    attempts: int = 0
    """Over all channels."""
    tried: tuple[str, ...] = ()
    """Channels that will not be tried again."""
    next_try_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    maybe_sent: bool = False
    """An earlier attempt may have arrived: the text says so."""
    sent_at: datetime | None = None
    provider_id: str = ""
    reason: str = ""
    bundle: int = 0
    """Id of the message it was sent in one with; 0 alone."""
    claimed_at: datetime | None = None
