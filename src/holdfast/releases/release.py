"""What readers get: figures, the holds that keep some back, and the release that carries them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class FigureState(StrEnum):
    """How a figure stands."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    """Its period is signed; it changes by approval only."""
    HELD = "held"
    """The value is the last good one with its own as_of; null when there never was one."""
    WITHDRAWN = "withdrawn"
    """Taken back by a person: no value, or the signed one that a withdrawn restatement had replaced."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number."""

    pipeline: str
    grain: str
    period: str
    metric: str
    segment: str
    value: Decimal | None
    unit: str
    state: FigureState
    version: int
    """1 at first publication; grows by one with each revision of days already counted; 0 when never published."""
    as_of: date | None
    """The last business day counted."""
    published_at: datetime
    release: int
    backfilled: bool = False
    reason: str = ""
    """What moved it, e.g. "late rows: refunds 2026-09-29 (+2)"."""


class HoldKind(StrEnum):
    """Why something waits."""

    CHECK = "check"
    UNKNOWN = "unknown"
    REVISION = "revision"
    DEFINITION = "definition"
    RESTATEMENT = "restatement"
    """A signed figure would change by more than is immaterial. Nothing else waits because of it."""


class HoldState(StrEnum):
    """OPEN until approved by a person or cleared by a run in which the cause is gone."""

    OPEN = "open"
    APPROVED = "approved"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Hold:
    """Figures that wait: which metrics, days and segment, and because of what."""

    pipeline: str
    kind: HoldKind
    cause: str
    """The check's name, or `revision`, or `definition`."""
    day: date
    segment: str
    """`region=EU`: that member, and everything that mixes members; "" holds every segment."""
    metrics: tuple[str, ...]
    model: str
    observed: str
    expected: str
    detail: str = ""
    evidence: str = ""
    """What an approval binds to: a fingerprint of the candidate. Another candidate needs another approval."""
    id: int = 0
    state: HoldState = HoldState.OPEN
    opened_at: datetime | None = None
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A named person's word that a hold may be released, and why."""

    hold_id: int
    by: str
    """Name in people.yml."""
    recorded: str
    """The actor as recorded: OS user, demo or on behalf."""
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One release of one pipeline: a day of history, or what a live run changed."""

    id: int
    pipeline: str
    audience: str
    as_of: date
    days: str
    published_at: datetime
    backfilled: bool
    manifest: str
    run_id: str
    figures: int
    held: int
    receipt: str
    """JSON; see releases.receipt."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One output of one release, handed over and read back."""

    release: int
    pipeline: str
    output: str
    path: str
    """Of its index; `NAME:` in front names a destination other than the project's own folder."""
    sha256: str
    bytes: int
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """One try to hand an output over that did not end in a receipt."""

    pipeline: str
    output: str
    release: int
    attempt: int
    """From 1, over all runs, for this output of this release."""
    at: datetime
    problem: str
