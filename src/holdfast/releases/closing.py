"""Where a period stands between its last day and its final figures, told by what people did to it.

A period is open, then soft-closed, then signed by two people, then final; later it may be restated or withdrawn.
Events are only ever added. Everything here is read off them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from holdfast.calendars import BusinessDays, Calendar, Period, deadline, public_holidays
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.partitions import Days, Interval
from holdfast.releases.release import Figure, FigureState, Hold

OWNER, FINANCE = "owner", "finance"
_NO_NAMES: Mapping[str, str] = {}
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
    RETURNED = "returned"
    """Withdrawn figures are published again."""


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
    """Of a signature or a word to release: owner or finance. Of a restatement: the new version, `2`."""
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


Key = tuple[str, str, str, str]
"""Grain, period, metric, segment."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a spreadsheet shows beside a figure of a period that is signed or carries corrections."""

    adjustment: Decimal | None = None
    """What its value counts beside its own days."""
    restated_from: Decimal | None = None
    restatement_reason: str = ""


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
    """Given since the withdrawal, one per role."""
    missed: CloseEvent | None = None
    sign_by: datetime | None = None
    """When both signatures are due; none where the period is not signed by itself."""

    @property
    def is_locked(self) -> bool:
        """Whether its figures change by approval only."""
        return len(self.signatures) == len(ROLES)

    @property
    def may_return(self) -> bool:
        """Whether two people said that what was withdrawn may be published again."""
        return self.withdrawn is not None and len(self.release_words) == len(ROLES)

    def missing(self) -> tuple[str, ...]:
        """Roles that have not signed."""
        signed = {each.role for each in self.signatures}
        return tuple(role for role in ROLES if role not in signed)

    def sentence(self, now: datetime, full_names: Mapping[str, str] = _NO_NAMES) -> str:
        """For readers: `final, signed by James (owner) and Finance Lead (finance)`, `preliminary, unsigned`."""
        by = " and ".join(f"{full_names.get(each.by, each.by)} ({each.role})" for each in self.signatures)
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
    words: dict[str, CloseEvent] = {}
    missed: CloseEvent | None = None
    for event in sorted(events, key=lambda each: (each.id, each.at)):
        if event.kind is CloseKind.SOFT_CLOSED:
            soft, signed = event, {}
        elif event.kind is CloseKind.REOPENED:
            soft, signed = None, {}
        elif event.kind is CloseKind.SIGNED:
            # One person never signs twice, and every signature is for the same figures.
            kept = {r: each for r, each in signed.items() if each.evidence == event.evidence and each.by != event.by}
            signed = kept | {event.role: event}
        elif event.kind is CloseKind.FINAL:
            final = event
        elif event.kind is CloseKind.RESTATED:
            restated.append(event)
        elif event.kind is CloseKind.MISSED:
            missed = event
        elif event.kind is CloseKind.WITHDRAWN:
            withdrawn, words = event, {}
        elif event.kind is CloseKind.RELEASE:
            words = {role: each for role, each in words.items() if each.by != event.by} | {event.role: event}
        elif event.kind is CloseKind.RETURNED:
            withdrawn, words = None, {}
    signatures = tuple(signed[role] for role in ROLES if role in signed)
    both = len(signatures) == len(ROLES)
    if withdrawn:
        state = CloseState.WITHDRAWN
    elif both:
        state = CloseState.RESTATED if restated else CloseState.FINAL if final else CloseState.SIGNED
    else:
        state = CloseState.SOFT_CLOSED if soft else CloseState.OPEN
    return Standing(
        state, soft, signatures, final, tuple(restated), withdrawn, tuple(words.values()), missed, sign_by
    )


def by_period(events: Sequence[CloseEvent]) -> dict[tuple[str, str], list[CloseEvent]]:
    """Grain and period -> its events, in the order they were recorded."""
    found: dict[tuple[str, str], list[CloseEvent]] = {}
    for event in events:
        found.setdefault((event.grain, event.period), []).append(event)
    return found


@dataclass(frozen=True, slots=True)
class Lock:
    """What people's words on periods mean for a build: which figures may not move by themselves."""

    until: date = date.min
    """Days before it lie in signed periods."""
    signed: frozenset[tuple[str, str]] = frozenset()
    """(grain, period) with both signatures."""
    grains: tuple[str, ...] = ()
    """Those that are signed, the shortest first."""
    soft: Days = field(default_factory=Days)
    """Days of soft-closed periods: what readers have of them moves by a person's word only."""
    withdrawn: Days = field(default_factory=Days)
    """Days of withdrawn periods: nothing that counts them is published."""
    returning: Days = field(default_factory=Days)
    """Days of withdrawn periods that two people have released and that are not published again yet."""
    returning_periods: tuple[tuple[str, str], ...] = ()

    def is_final(self, period: Period) -> bool:
        """Whether its figures change by approval only: it is signed, or every day of it lies in signed periods."""
        if period.grain in self.grains:
            return (period.grain, period.name) in self.signed
        return period.interval.end <= self.until

    def base_periods(self, days: Days, calendar: Calendar) -> list[Period]:
        """Signed periods of the shortest grain that hold any of the days."""
        if not self.grains:
            return []
        return [p for p in calendar.periods_of(self.grains[0], days) if p.interval.end <= self.until]


def lock_of(pipeline: Pipeline, calendar: Calendar, events: Iterable[CloseEvent]) -> Lock:
    """The lock that the events of one pipeline make. Periods are signed in order, so signed days have no gap."""
    found = {key: standing(some) for key, some in by_period(list(events)).items()}
    grains = pipeline.close.grains if pipeline.close else ()
    until, soft, withdrawn, returning = date.min, Days(), Days(), Days()
    signed, back = set(), []
    for (grain, name), stands in found.items():
        period = calendar.named(name)
        if period is None or period.grain != grain:
            continue
        days = Days.of([period.interval])
        if stands.is_locked:
            signed.add((grain, name))
            if grains and grain == grains[0]:
                until = max(until, period.interval.end)
        elif stands.soft_closed:
            soft |= days
        if stands.may_return:
            returning |= days
            back.append((grain, name))
        elif stands.withdrawn:
            withdrawn |= days
    return Lock(until, frozenset(signed), grains, soft, withdrawn, returning - withdrawn, tuple(sorted(back)))


def sign_by(period: Period, pipeline: Pipeline, business: BusinessDays) -> datetime | None:
    """When both signatures are due: at the period's deadline time, so many business days after the period."""
    rule = pipeline.close
    if rule is None or period.grain not in rule.grains:
        return None
    due_on = business.after(period.interval.end, rule.sign_within - 1)
    shifted = Period(period.grain, period.name, Interval(period.interval.start, due_on))
    return deadline(shifted, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=business)


def evidence_of(figures: Iterable[Figure]) -> str:
    """Digest of what a signature is given for: every key with value and version."""
    rows = sorted(f"{f.grain}|{f.period}|{f.metric}|{f.segment}|{f.value}|{f.version}" for f in figures)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:24]


def why_not_closable(
    period: Period,
    pipeline: Pipeline,
    figures: Sequence[Figure],
    holds: Iterable[Hold],
    events: Sequence[CloseEvent],
    calendar: Calendar,
    today: date,
) -> list[str]:
    """What keeps a period from being closed, in sentences; nothing when it can be. `figures` are its own."""
    rule = pipeline.close
    if rule is None:
        return [f"{pipeline.name} declares no `close:` in {pipeline.file}, so its periods are not signed."]
    if period.grain not in rule.grains:
        return [f"{period.name} is a {period.grain}; {pipeline.name} closes each {' and '.join(rule.grains)}."]
    if period.interval.end <= pipeline.starts_on:
        return [f"{pipeline.name} starts on {pipeline.starts_on}, after {period.name}."]
    said = []
    if today < period.interval.end:
        said.append(f"{period.name} runs until {period.interval.last}, and it is {today}.")
    keeping = [hold for hold in holds if hold.day in period.interval]
    if keeping:
        named = ", ".join(f"{hold.id} ({hold.cause}, {hold.day})" for hold in keeping[:4])
        said.append(f"Holds keep figures of it back: {named}. Clear or approve them first.")
    waiting = [f for f in figures if f.state is FigureState.HELD or (f.as_of and f.as_of < period.interval.last)]
    if not said and (waiting or not figures):
        said.append(f"{len(waiting)} of its {len(figures)} figures are not published to {period.interval.last} yet.")
    if any(f.state is FigureState.WITHDRAWN for f in figures):
        said.append("Figures of it are withdrawn; release them first.")
    lock = lock_of(pipeline, calendar, events)
    said += _unsigned_before(period, pipeline, lock, calendar)
    return said


def _unsigned_before(period: Period, pipeline: Pipeline, lock: Lock, calendar: Calendar) -> list[str]:
    """Periods that must be signed first: earlier ones of its grain, and the shorter ones inside it."""
    first = max(pipeline.starts_on, lock.until)
    if period.grain == lock.grains[0]:
        earlier = Interval(first, period.interval.start) if first < period.interval.start else None
        open_ones = calendar.periods_of(period.grain, Days.of([earlier])) if earlier else []
    else:
        span = Interval(first, period.interval.end) if first < period.interval.end else None
        open_ones = calendar.periods_of(lock.grains[0], Days.of([span])) if span else []
    names = [each.name for each in open_ones if each.name != period.name]
    return [f"Not signed before it: {', '.join(names)}. Periods are signed in order."] if names else []


def closable_periods(pipeline: Pipeline, calendar: Calendar, today: date) -> list[Period]:
    """Every period that is signed and is over, oldest first, the shorter ones of a day first."""
    if pipeline.close is None or today <= pipeline.starts_on:
        return []
    span = Days.of([Interval(pipeline.starts_on, today)])
    order = {grain: at for at, grain in enumerate(pipeline.close.grains)}
    found = [p for grain in pipeline.close.grains for p in calendar.periods_of(grain, span)]
    return sorted((p for p in found if p.interval.end <= today), key=lambda p: (p.interval.end, order[p.grain]))


def unsigned(periods: Iterable[Period], events: Sequence[CloseEvent]) -> list[Period]:
    """Those without both signatures whose missed deadline is not recorded either."""
    stands = {key: standing(some) for key, some in by_period(events).items()}
    found = []
    for period in periods:
        now = stands.get((period.grain, period.name), Standing(CloseState.OPEN))
        if not now.is_locked and now.missed is None:
            found.append(period)
    return found


def business_days(project: Project, pipeline: Pipeline, periods: Iterable[Period]) -> BusinessDays:
    """The days on which the pipeline's signers work, for the years in which these periods are signed."""
    ends = [period.interval.end for period in periods]
    if not ends:
        return BusinessDays()
    country, subdivision = project.business_country, project.business_subdivision
    if pipeline.close is not None and pipeline.close.country:
        country, _, part = pipeline.close.country.partition("-")
        subdivision = part or None
    return public_holidays(country, subdivision, range(min(ends).year, max(ends).year + 2))
