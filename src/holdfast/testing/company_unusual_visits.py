"""Visits of the generated company out of the ordinary: people who come back, accounts that script, shared addresses."""

from dataclasses import dataclass, fields

import numpy as np

from holdfast.testing.company_people import NEVER, People
from holdfast.testing.company_plan import (
    SECOND_US,
    Clockwork,
    Company,
    Ints,
    Stream,
    generator,
    number_of,
    pick,
)
from holdfast.testing.company_visits import APP_VERSIONS, EVENT_TYPES, LATER_TYPES, Visits

_LOGIN = EVENT_TYPES.index("login")
_DEVICE_SHARES = np.array([0.4, 0.35, 0.25])
_VERSION_SHARES = np.ones(len(APP_VERSIONS))
_MINUTE_S = 60
_COMEBACK_DAYS = 15
# The rules of the reference project call more than these a bot; a few visits stay exactly on them.
_EVENTS_A_MINUTE = 60
_USERS_AN_ADDRESS = 20
# Ids of a day's unusual visits begin far above those of its usual ones.
_SESSIONS_FROM = 500_001
_EVENTS_FROM = 5_000_001


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Sessions before their events are known: `user` is a position among the people, `size` how many events."""

    user: Ints
    started_us: Ints
    length_s: Ints
    ip: Ints
    device: Ints
    size: Ints


def unusual_visits(company: Company, people: People, clockwork: Clockwork, usual: Visits, day: int) -> Visits:
    """The day's visits beside the usual ones, drawn apart from them and ending on the day; often few or none.

    A few people who cancelled come back. On about every third day an account scripts 80 to 150 events into one
    minute, or exactly the 60 that are still allowed. On about every fifth day 25 to 40 accounts share an address,
    on about every tenth exactly the 20 that are still allowed.
    """
    streams = (Stream.COMEBACKS, Stream.SCRIPTS, Stream.CROWDS)
    comebacks, scripts, crowds = (generator(company, day, stream) for stream in streams)
    parts = (
        _visits(comebacks, _comebacks(comebacks, people, clockwork, day)),
        _visits(scripts, _script(scripts, people, clockwork, usual, day)),
        _visits(crowds, _crowd(crowds, people, clockwork, day)),
    )
    return _numbered(parts, day)


def _comebacks(rng: np.random.Generator, people: People, clockwork: Clockwork, day: int) -> _Sessions:
    """Who comes back is there on the day of cancelling, on the day of return and on every third day for two weeks."""
    since = day - people.returned_day
    stays = (since >= 0) & (since < _COMEBACK_DAYS) & (since % 3 == 0) & (day <= people.recancelled_day)
    leaves = (people.cancelled_day == day) & (people.returned_day < NEVER)
    user = np.flatnonzero(stays | leaves)
    return _sessions(
        rng, clockwork, day, user, _addresses(rng, len(user)), 1 + pick(rng, np.ones(5), len(user))
    )


def _script(
    rng: np.random.Generator, people: People, clockwork: Clockwork, usual: Visits, day: int
) -> _Sessions:
    """One account on every third day; in half of the cases one that also visits in the usual way."""
    runs = rng.random() < 1 / 3 and people.known_before(day) > 0
    known = int(rng.integers(max(1, people.known_before(day))))
    visitors = usual.user_id[usual.user_id <= people.known_before(day)] - 1
    if rng.random() < 0.5 and len(visitors):
        known = int(rng.choice(visitors))
    user = np.full(int(runs), known, dtype=np.int64)
    size = _EVENTS_A_MINUTE if rng.random() < 0.15 else int(rng.integers(80, 151))
    found = _sessions(rng, clockwork, day, user, _addresses(rng, len(user)), np.full(len(user), size))
    minute_us = _MINUTE_S * SECOND_US
    return _Sessions(
        user=user,
        started_us=found.started_us // minute_us * minute_us + rng.integers(0, 5, len(user)) * SECOND_US,
        length_s=np.full(len(user), 50),
        ip=found.ip,
        device=found.device,
        size=found.size,
    )


def _crowd(rng: np.random.Generator, people: People, clockwork: Clockwork, day: int) -> _Sessions:
    """Different accounts, each with a session of one to four events from the same address."""
    chance = rng.random()
    known = people.known_before(day)
    wanted = _USERS_AN_ADDRESS if chance >= 0.2 else int(rng.integers(25, 41))
    count = min(known, wanted) if chance < 0.3 else 0
    user = rng.choice(known, count, replace=False) if count else np.zeros(0, dtype=np.int64)
    shared = (198 << 24) + (51 << 16) + (100 << 8) + int(rng.integers(1, 255))
    return _sessions(rng, clockwork, day, user, np.full(count, shared), 1 + pick(rng, np.ones(4), count))


def _sessions(
    rng: np.random.Generator, clockwork: Clockwork, day: int, user: Ints, ip: Ints, size: Ints
) -> _Sessions:
    """Sessions of up to ten minutes, over well before the day ends."""
    count = len(user)
    days = np.full(count, day, dtype=np.int64)
    return _Sessions(
        user=user,
        started_us=clockwork.instants_us(days, rng.random(count) * 0.95),
        length_s=np.where(size == 1, 0, rng.integers(5, 601, count)),
        ip=ip,
        device=pick(rng, _DEVICE_SHARES, count),
        size=size,
    )


def _addresses(rng: np.random.Generator, count: int) -> Ints:
    addresses: Ints = (rng.integers(11, 100, count) << 24) + rng.integers(0, 2**24, count)
    return addresses


def _visits(rng: np.random.Generator, sessions: _Sessions) -> Visits:
    """The sessions with their events, not numbered yet: a login first, the others in between and at the end."""
    count = len(sessions.user)
    session = np.repeat(np.arange(count), sessions.size)
    first = np.cumsum(sessions.size) - sessions.size
    place = np.arange(len(session)) - first[session]
    is_last = place == sessions.size[session] - 1
    within_s = (rng.random(len(session)) * sessions.length_s[session]).astype(np.int64)
    after_s = np.where(place == 0, 0, np.where(is_last, sessions.length_s[session], within_s))
    event_type = pick(rng, LATER_TYPES, len(session))
    event_type[first] = _LOGIN
    return Visits(
        session_id=np.zeros(count, dtype=np.int64),
        user_id=sessions.user + 1,
        started_us=sessions.started_us,
        ended_us=sessions.started_us + sessions.length_s * SECOND_US,
        ip=sessions.ip,
        device=sessions.device,
        app_version=pick(rng, _VERSION_SHARES, count),
        event_id=np.zeros(len(session), dtype=np.int64),
        session=session,
        event_type=event_type,
        event_us=sessions.started_us[session] + after_s * SECOND_US,
    )


def _numbered(parts: tuple[Visits, ...], day: int) -> Visits:
    """The parts as one, with the day's ids."""
    columns = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Visits)}
    before = np.cumsum([0, *(len(part.session_id) for part in parts)])
    columns["session"] = np.concatenate(
        [part.session + ahead for part, ahead in zip(parts, before[:-1], strict=True)]
    )
    columns["session_id"] = number_of(day) * 1_000_000 + _SESSIONS_FROM + np.arange(len(columns["user_id"]))
    columns["event_id"] = number_of(day) * 10_000_000 + _EVENTS_FROM + np.arange(len(columns["session"]))
    return Visits(**columns)
