"""A company of a few people, told by hand, and its figures by grain, period, metric and segment."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from holdfast.testing.company import Company
from holdfast.testing.company_people import CHANNELS, NEVER, People
from holdfast.testing.company_plan import REGIONS, Clockwork, date_of, day_of
from holdfast.testing.company_visits import DEVICES, EVENT_TYPES, Visits
from holdfast.testing.truth_activity import Activity, Footfall
from holdfast.testing.truth_engagement import EngagementTruth
from holdfast.testing.truth_growth import GrowthTruth
from holdfast.testing.truth_periods import periods_of
from holdfast.testing.truth_persons import Persons, cancellations_of, persons_of
from holdfast.testing.truth_rows import NULL, Rows

Key = tuple[str, str, str, str]
Figures = dict[Key, tuple[Decimal | None, date]]


@dataclass(frozen=True)
class Account:
    """user_id is the place in the list plus one."""

    identity: str
    registered_at: datetime
    channel: str = "search"
    region: str = "UK"
    cancelled_on: date | None = None
    recancelled_on: date | None = None


@dataclass(frozen=True)
class Visit:
    """A session with its events, by type and instant."""

    user_id: int
    events: Sequence[tuple[str, datetime]]
    ip: int = 1
    device: str = "web"
    ends_at: datetime | None = None


def utc(text: str) -> datetime:
    """An instant such as "2026-10-24 23:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def lived(first_on: date, last_on: date) -> Company:
    return Company(seed=1, first_on=first_on, last_on=last_on, orders_per_day=1, events_per_day=1)


def persons(company: Company, accounts: Sequence[Account]) -> Persons:
    return persons_of(_people(company, accounts))


def activities(company: Company, accounts: Sequence[Account], visits: Sequence[Visit]) -> list[Activity]:
    """What counts on each of the company's days."""
    clockwork = Clockwork(company)
    footfall = Footfall(persons(company, accounts), clockwork)
    starts = [clockwork.business_day(np.array([_us(visit.events[0][1])]))[0] for visit in visits]
    return [
        footfall.on(day, _visits([v for v, start in zip(visits, starts) if start == day]))
        for day in range(company.first_day, company.last_day + 1)
    ]


def engagement(company: Company, accounts: Sequence[Account], visits: Sequence[Visit]) -> Figures:
    truth = EngagementTruth(company, persons(company, accounts))
    for activity in activities(company, accounts, visits):
        truth.count(activity)
    return _figures(company, truth.rows(periods_of(company)))


def growth(company: Company, accounts: Sequence[Account], visits: Sequence[Visit]) -> Figures:
    people = _people(company, accounts)
    who = persons_of(people)
    truth = GrowthTruth(company, who, cancellations_of(people, who, company))
    for activity in activities(company, accounts, visits):
        truth.count(activity)
    return _figures(company, truth.rows(periods_of(company)))


def by_day(figures: Figures, metric: str, segment: str = "") -> list[Decimal | None]:
    """The metric's values, day after day."""
    return [
        value for (grain, _, m, s), (value, _) in sorted(figures.items()) if (grain, m, s) == ("day", metric, segment)
    ]


def _figures(company: Company, rows: Rows) -> Figures:
    periods = periods_of(company)
    found = {}
    for period, segment, metric, value, as_of in zip(rows.period, rows.segment, rows.metric, rows.value, rows.as_of):
        key = (periods[period].grain, periods[period].name, rows.metrics[metric], rows.segments[segment])
        assert key not in found
        found[key] = (None if value == NULL else Decimal(int(value)) / 10**6, date_of(int(as_of)))
    return found


def _people(company: Company, accounts: Sequence[Account]) -> People:
    count = len(accounts)
    registered_us = np.array([_us(a.registered_at) for a in accounts])
    identities = sorted({a.identity for a in accounts})
    told = {
        "registered_day": Clockwork(company).business_day(registered_us),
        "registered_us": registered_us,
        "identity": np.array([identities.index(a.identity) for a in accounts]),
        "channel": np.array([CHANNELS.index(a.channel) for a in accounts]),
        "region": np.array([REGIONS.index(a.region) for a in accounts]),
        "cancelled_day": np.array([_day(a.cancelled_on) for a in accounts]),
        "recancelled_day": np.array([_day(a.recancelled_on) for a in accounts]),
    }
    return People(**{f.name: told.get(f.name, np.zeros(count, dtype=np.int64)) for f in fields(People)})


def _day(on: date | None) -> int:
    return NEVER if on is None else day_of(on)


def _visits(visits: Sequence[Visit]) -> Visits:
    events = [(place, *event) for place, visit in enumerate(visits) for event in visit.events]
    columns = {
        "user_id": [v.user_id for v in visits],
        "started_us": [_us(v.events[0][1]) for v in visits],
        "ended_us": [_us(v.ends_at or v.events[-1][1]) for v in visits],
        "ip": [v.ip for v in visits],
        "device": [DEVICES.index(v.device) for v in visits],
        "session": [place for place, _, _ in events],
        "event_type": [EVENT_TYPES.index(kind) for _, kind, _ in events],
        "event_us": [_us(at) for _, _, at in events],
    }
    return Visits(**{f.name: np.array(columns.get(f.name, []), dtype=np.int64) for f in fields(Visits)})


def _us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
