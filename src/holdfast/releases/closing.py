"""Where a period stands between its last day and its final figures, told by what people did to it.

A period is open, then soft-closed, then signed by two people, then final; later it may be restated or withdrawn.
Events are only ever added. Everything here is read off them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

OWNER, FINANCE = "owner", "finance"
ROLES = (OWNER, FINANCE)
"""Who signs: the metrics' owner and finance, two different people."""


class CloseKind(StrEnum):
    """What was done to a period."""

    SOFT_CLOSED = "soft-closed"
    REOPENED = "reopened"
    SIGNED = "signed"
    MISSED = "missed"
    """Its deadline passed without both signatures."""
    FINAL = "final"
    """Its figures were published as final."""
    RESTATED = "restated"
    WITHDRAWN = "withdrawn"
    RELEASE = "release"
    """One of the two words that end a withdrawal."""


class CloseState(StrEnum):
    """How far a period is."""

    OPEN = "open"
    SOFT_CLOSED = "soft-closed"
    SIGNED = "signed"
    """Both signatures are there, the final figures are not published yet."""
    FINAL = "final"
    RESTATED = "restated"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CloseEvent:
    """One thing done to one period of one pipeline; never changed."""

    pipeline: str
    grain: str
    period: str
    kind: CloseKind
    by: str
    """Name in people.yml, or `calendar` for what time did."""
    recorded: str
    """The actor as recorded: OS user, demo or on behalf."""
    at: datetime
    role: str = ""
    """Of a signature: owner or finance. Of a restatement: the new version, `2`."""
    reason: str = ""
    evidence: str = ""
    """Digest of the figures a signature or a release was given for."""
    release: int = 0
    """The release that made it visible; 0 for what changes no figure."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What rows that came after a signature add to a metric, booked in a later period."""

    pipeline: str
    grain: str
    """Of the origin and of the booked period: the shortest grain that is closed."""
    origin: str
    """The signed period whose rows came late, 2026-08."""
    booked: str
    """The open period that carries it, 2026-09."""
    booked_on: date
    """The business day from which the booked period's figures count it."""
    metric: str
    segment: str
    delta: Decimal
    unit: str
    reason: str
    """What came, e.g. "late rows: refunds 2026-08-29 (+2)"."""
    approver: str
    """Whose materiality it is below."""
    at: datetime
    release: int = 0


@dataclass(frozen=True, slots=True)
class Erratum:
    """What a signed figure that cannot be adjusted would come to, beside its unchanged value."""

    pipeline: str
    grain: str
    period: str
    metric: str
    segment: str
    published: Decimal | None
    corrected: Decimal | None
    unit: str
    reason: str
    at: datetime
    release: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a period stands, with the events that say so."""

    state: CloseState
    soft_closed: CloseEvent | None = None
    signatures: tuple[CloseEvent, ...] = ()
    """Those that count: given since the last soft close, for the figures as they are."""
    final: CloseEvent | None = None
    restatements: tuple[CloseEvent, ...] = ()
    withdrawn: CloseEvent | None = None
    release_words: tuple[CloseEvent, ...] = ()
    """Given since the withdrawal."""
    missed: CloseEvent | None = None
    sign_by: datetime | None = None
    """When both signatures are due; none where the period is not signed by itself."""

    @property
    def is_locked(self) -> bool:
        """Whether its figures change by approval only."""
        return len(self.signatures) == len(ROLES)

    def missing(self) -> tuple[str, ...]:
        """Roles that have not signed."""
        signed = {each.role for each in self.signatures}
        return tuple(role for role in ROLES if role not in signed)

    def sentence(self, now: datetime) -> str:
        """For readers: `final, signed by james (owner) and finance_lead (finance)`, `preliminary, unsigned`."""
        by = " and ".join(f"{each.by} ({each.role})" for each in self.signatures)
        if self.state is CloseState.WITHDRAWN and self.withdrawn:
            return f"withdrawn on {self.withdrawn.at:%Y-%m-%d}: {self.withdrawn.reason}"
        if self.state is CloseState.RESTATED:
            newest = self.restatements[-1]
            return f"final, restated on {newest.at:%Y-%m-%d}: {newest.reason}; signed by {by}"
        if self.state in (CloseState.FINAL, CloseState.SIGNED):
            return f"final, signed by {by}"
        if self.sign_by is not None and now > self.sign_by:
            return "preliminary, unsigned"
        return "preliminary"


def standing(events: Iterable[CloseEvent], sign_by: datetime | None = None) -> Standing:
    """Where the events of one period leave it; order of their ids.

    A reopening takes soft close and signatures back. A signature counts for the figures it was given for:
    one with another digest than the newest signature's or soft close's is void.
    """
    soft: CloseEvent | None = None
    signed: dict[str, CloseEvent] = {}
    final: CloseEvent | None = None
    restated: list[CloseEvent] = []
    withdrawn: CloseEvent | None = None
    words: list[CloseEvent] = []
    missed: CloseEvent | None = None
    for event in sorted(events, key=lambda each: (each.id, each.at)):
        if event.kind is CloseKind.SOFT_CLOSED:
            soft, signed = event, {}
        elif event.kind is CloseKind.REOPENED:
            soft, signed = None, {}
        elif event.kind is CloseKind.SIGNED:
            signed = {role: each for role, each in signed.items() if each.evidence == event.evidence}
            signed[event.role] = event
        elif event.kind is CloseKind.FINAL:
            final = event
        elif event.kind is CloseKind.RESTATED:
            restated.append(event)
        elif event.kind is CloseKind.MISSED:
            missed = event
        elif event.kind is CloseKind.WITHDRAWN:
            withdrawn, words = event, []
        elif event.kind is CloseKind.RELEASE:
            words.append(event)
            if len({each.by for each in words}) == len(ROLES):
                withdrawn, words = None, []
    signatures = tuple(signed[role] for role in ROLES if role in signed)
    both = len(signatures) == len(ROLES)
    if withdrawn:
        state = CloseState.WITHDRAWN
    elif both:
        state = CloseState.RESTATED if restated else CloseState.FINAL if final else CloseState.SIGNED
    else:
        state = CloseState.SOFT_CLOSED if soft else CloseState.OPEN
    return Standing(
        state, soft, signatures, final, tuple(restated), withdrawn, tuple(words), missed, sign_by
    )


def by_period(events: Sequence[CloseEvent]) -> dict[tuple[str, str], list[CloseEvent]]:
    """Grain and period -> its events, in the order they were recorded."""
    found: dict[tuple[str, str], list[CloseEvent]] = {}
    for event in events:
        found.setdefault((event.grain, event.period), []).append(event)
    return found
