"""How well incidents were answered: times to acknowledge and resolve, pages and nights, deadlines and targets met."""

import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from holdfast.calendars import Period
from holdfast.incidents.incident import Affected, Event, Incident, State
from holdfast.incidents.messages import Post, Posted, Sort
from holdfast.incidents.signals import Harm
from holdfast.partitions import ONE_DAY

NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)
"""On the person's own clock."""
TAKEN_UP = frozenset({"acknowledged", "snoozed", "taken"})
"""Events with which somebody takes an incident up."""
UTC_ZONE = ZoneInfo("UTC")
TARGET_MISSED = "target_missed"
SEEN_WITHIN = timedelta(minutes=5)
"""A lack ends at the pass that no longer finds it, so the figure itself was there up to so much earlier."""


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a pipeline and its deadline."""

    pipeline: str
    audience: str
    period: Period
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Records:
    """What measures are read from."""

    incidents: Sequence[Incident]
    events: Mapping[int, Sequence[Event]]
    """By incident, in the order recorded."""
    posted: Sequence[Posted]
    affects: Sequence[Affected]
    due: Sequence[Due]
    published: Mapping[str, Sequence[tuple[date, datetime]]]
    """By pipeline: each day through which figures were published for the first time, and when; oldest first."""
    zones: Mapping[str, ZoneInfo]
    """Where people live, by name."""


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took, over the incidents in which it happened."""

    n: int = 0
    median: timedelta | None = None
    mean: timedelta | None = None


class Met(StrEnum):
    """Whether readers had a period at its deadline."""

    IN_TIME = "in time"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A period that was due, and when readers had it whole."""

    due: Due
    met: Met
    had_at: datetime | None
    """None while they do not."""


@dataclass(frozen=True, slots=True)
class Attainment:
    """A pipeline's deadlines."""

    pipeline: str
    audience: str
    periods: tuple[Delivered, ...]

    def count(self, met: Met) -> int:
        """How many periods ended so."""
        return sum(each.met is met for each in self.periods)

    @property
    def share(self) -> float | None:
        """In time, of all that were due; None when nothing was."""
        return self.count(Met.IN_TIME) / len(self.periods) if self.periods else None


@dataclass(frozen=True, slots=True)
class Paged:
    """What one person was woken or told by."""

    person: str
    pages: int
    """Messages that page; several in one bundle are one."""
    at_night: int
    maybe_repeats: int
    """Of the pages, those that an earlier attempt may have brought already."""
    tells: int


@dataclass(frozen=True, slots=True)
class KindCount:
    """Incidents of one kind of cause."""

    kind: str
    opened: int
    resolved: Took


@dataclass(frozen=True, slots=True)
class Targets:
    """Incidents whose policy has a resolution target, and that somebody was paged for."""

    met: int = 0
    missed: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True)
class Lasted:
    """One incident on the time line."""

    incident: int
    kind: str
    opened_at: datetime
    lasted: timedelta
    is_over: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything `holdfast metrics` says, of incidents opened, messages sent and periods due in [start, end)."""

    start: datetime
    end: datetime
    opened: int
    still_open: int
    merged: int
    reopened: int
    flapping: int
    had_impact: int
    to_acknowledge: Took
    to_resolve: Took
    targets: Targets
    kinds: tuple[KindCount, ...] = ()
    people: tuple[Paged, ...] = ()
    deadlines: tuple[Attainment, ...] = ()
    lasted: tuple[Lasted, ...] = field(default=(), repr=False)
    zone: ZoneInfo = UTC_ZONE
    """Whose days the span is made of."""

    @property
    def first_on(self) -> date:
        """The first day counted."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_on(self) -> date:
        """The last day counted."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()


def measured(records: Records, start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> Measures:
    """Of [start, end), as of `now`. Incidents that turned out to be another's are counted with that one alone."""
    first_pages = _first_pages(records.posted)
    all_opened = [each for each in records.incidents if start <= each.opened_at < end]
    opened = [each for each in all_opened if each.state is not State.MERGED]
    return Measures(
        start,
        end,
        opened=len(opened),
        still_open=sum(each.state is State.OPEN for each in opened),
        merged=len(all_opened) - len(opened),
        reopened=sum(len(each.opened_times) > 1 for each in opened),
        flapping=sum(each.is_flapping or _says(records, each, "flapping") for each in opened),
        had_impact=sum(_had_impact(records, each, now) for each in opened),
        to_acknowledge=_took(_acknowledged_after(records, each, first_pages.get(each.id)) for each in opened),
        to_resolve=_took(_resolved_after(each) for each in opened),
        targets=_targets(records, opened, now),
        kinds=_kinds(opened),
        people=_people(records, start, end),
        deadlines=_deadlines(records, start, min(end, now)),
        lasted=tuple(
            Lasted(each.id, each.key.kind, each.opened_at, _resolved_after(each) or max(now - each.opened_at, timedelta(0)), each.state is State.RESOLVED)
            for each in sorted(opened, key=lambda each: (each.opened_at, each.id))
        ),
        zone=zone,
    )  # fmt: skip


def _took(lengths: Iterable[timedelta | None]) -> Took:
    seconds = [each.total_seconds() for each in lengths if each is not None]
    if not seconds:
        return Took()
    middle, mean = statistics.median(seconds), statistics.fmean(seconds)
    return Took(len(seconds), timedelta(seconds=middle), timedelta(seconds=mean))


def _first_pages(posted: Iterable[Posted]) -> dict[int, datetime]:
    """By incident, when the first page was handed over."""
    found: dict[int, datetime] = {}
    for each in posted:
        if each.message.sort is Sort.PAGE and each.sent_at:
            number = each.message.incident
            found[number] = min(each.sent_at, found.get(number, each.sent_at))
    return found


def _acknowledged_after(records: Records, incident: Incident, first_page_at: datetime | None) -> timedelta | None:
    """From the first page handed over to the first word after it; None without either."""
    if first_page_at is None:
        return None
    words = [each.at for each in records.events.get(incident.id, ()) if each.kind in TAKEN_UP and each.at >= first_page_at]
    return min(words) - first_page_at if words else None


def _resolved_after(incident: Incident) -> timedelta | None:
    if incident.state is not State.RESOLVED or incident.ending is None:
        return None
    return incident.ending.at - incident.opened_at


def _says(records: Records, incident: Incident, kind: str) -> bool:
    return any(each.kind == kind for each in records.events.get(incident.id, ()))


def _had_impact(records: Records, incident: Incident, now: datetime) -> bool:
    until = incident.ending.at if incident.ending else now
    return _says(records, incident, "impact") or incident.has_impact(until)


def _targets(records: Records, opened: Sequence[Incident], now: datetime) -> Targets:
    counted: Counter[str] = Counter()
    for each in opened:
        joined = [ladder for ladder in each.ladders if ladder.joined_at <= now]
        if not any(step.is_target for ladder in joined for step in ladder.steps):
            continue
        if _says(records, each, TARGET_MISSED):
            counted["missed"] += 1
        else:
            counted["running" if each.state is State.OPEN else "met"] += 1
    return Targets(counted["met"], counted["missed"], counted["running"])


def _kinds(opened: Sequence[Incident]) -> tuple[KindCount, ...]:
    by_kind: dict[str, list[Incident]] = {}
    for each in opened:
        by_kind.setdefault(each.key.kind, []).append(each)
    found = [KindCount(kind, len(some), _took(map(_resolved_after, some))) for kind, some in by_kind.items()]
    return tuple(sorted(found, key=lambda each: (-each.opened, each.kind)))


def _people(records: Records, start: datetime, end: datetime) -> tuple[Paged, ...]:
    """By pages, most first; only people, no rooms."""
    sent = [
        each
        for each in records.posted
        if each.post is Post.SENT and each.sent_at and start <= each.sent_at < end and each.message.target in records.zones
    ]
    by_person: dict[str, list[Posted]] = {}
    for each in sent:
        by_person.setdefault(each.message.target, []).append(each)
    found = [_paged(person, some, records.zones[person]) for person, some in by_person.items()]
    return tuple(sorted(found, key=lambda each: (-each.pages, -each.tells, each.person)))


def _paged(person: str, sent: Sequence[Posted], zone: ZoneInfo) -> Paged:
    pages: dict[int, Posted] = {}
    for each in sent:
        if each.message.sort is Sort.PAGE:
            pages.setdefault(each.bundle or each.id, each)
    return Paged(
        person,
        len(pages),
        sum(each.sent_at is not None and is_night(each.sent_at, zone) for each in pages.values()),
        sum(each.maybe_sent for each in pages.values()),
        len({each.bundle or each.id for each in sent if each.message.sort is Sort.TELL}),
    )


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Whether it is 22:00 or later, or before 07:00, where the person lives."""
    local = at.astimezone(zone).time()
    return local >= NIGHT_FROM or local < NIGHT_UNTIL


def _deadlines(records: Records, start: datetime, end: datetime) -> tuple[Attainment, ...]:
    """Of every pipeline with something due in [start, end), by name."""
    # By deadline, not by period: retention of a day is due weeks after the day, together with the newest one.
    lacks: dict[tuple[str, str, datetime], list[Affected]] = {}
    for lack in records.affects:
        if lack.affect.harm is Harm.MISSING:
            lacks.setdefault((lack.affect.pipeline, lack.affect.grain, lack.affect.due_at), []).append(lack)
    by_pipeline: dict[tuple[str, str], list[Delivered]] = {}
    for due in sorted(records.due, key=lambda each: (each.pipeline, each.due_at, each.period)):
        published = records.published.get(due.pipeline, ())
        # What was due before a pipeline first published anything is history: nobody waited for it.
        if start <= due.due_at < end and published and published[0][1] <= due.due_at:
            key = (due.pipeline, due.period.grain, due.due_at)
            by_pipeline.setdefault((due.pipeline, due.audience), []).append(_delivered(due, published, lacks.get(key, ())))
    return tuple(Attainment(*key, tuple(periods)) for key, periods in by_pipeline.items())


def _delivered(due: Due, published: Sequence[tuple[date, datetime]], lacks: Sequence[Affected]) -> Delivered:
    """In time when its last day was published by the deadline, and no incident said after it that any was missing."""
    last = due.period.interval.end - ONE_DAY
    at = bisect_left(published, last, key=lambda each: each[0])
    had_at = published[at][1] if at < len(published) else None
    after = [each for each in lacks if each.until is None or each.until > due.due_at + SEEN_WITHIN]
    ends = [had_at, *(each.until for each in after)]
    known = [each for each in ends if each is not None]
    if len(known) < len(ends):
        return Delivered(due, Met.MISSING, None)
    whole = max(known)
    return Delivered(due, Met.IN_TIME if whole <= due.due_at else Met.LATE, whole)
