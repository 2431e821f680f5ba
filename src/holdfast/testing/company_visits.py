"""Who visits the generated company on one day: sessions, their events, and a few bots."""

from dataclasses import dataclass

import numpy as np

from holdfast.testing.company_arrivals import loaded_us
from holdfast.testing.company_landing import Landing
from holdfast.testing.company_people import People
from holdfast.testing.company_plan import (
    SECOND_US,
    Clockwork,
    Company,
    Ints,
    Stream,
    generator,
    growth,
    is_closed,
    number_of,
    pick,
    volume,
)

EVENT_TYPES = ("page_view", "login", "purchase", "search", "add_to_cart", "signup")
DEVICES = ("ios", "android", "web")
APP_VERSIONS = ("5.1.0", "5.2.0", "5.3.1", "6.0.0")
_SIGNUP = EVENT_TYPES.index("signup")
_FIRST_TYPES = np.array([0.7, 0.3])
LATER_TYPES = np.array([0.58, 0.02, 0.06, 0.22, 0.12])
_SESSION_SIZES = np.array([0.28, 0.14, 0.13, 0.11, 0.1, 0.08, 0.06, 0.05, 0.05])
_MEAN_SIZE = float((_SESSION_SIZES * (1 + np.arange(len(_SESSION_SIZES)))).sum())
_BOTS = 3
BOT_IDS_FROM = 9_000_000_001
# Sessions end before the night's load begins: at most 20 minutes into the next day.
_LATEST_END_S = 1200


@dataclass(frozen=True, slots=True)
class Visits:
    """One day's sessions in order of session_id, and their events; bots come last among both.

    `session` is each event's position among the sessions; `ip` holds the four bytes of an address.
    """

    session_id: Ints
    user_id: Ints
    started_us: Ints
    ended_us: Ints
    ip: Ints
    device: Ints
    app_version: Ints
    event_id: Ints
    session: Ints
    event_type: Ints
    event_us: Ints


def visits(company: Company, people: People, clockwork: Clockwork, day: int) -> Visits:
    """The day's visits: everybody who registers on it, people known before, and the bots."""
    rng = generator(company, day, Stream.VISITS)
    busy = max(volume(company, day), 0.35 * growth(company, day) if is_closed(day) else 0.0)
    new = np.arange(people.known_before(day), people.known_before(day + 1))
    known = people.active(rng, max(1, round(company.events_per_day * busy / _MEAN_SIZE) - len(new)), day)
    person = np.concatenate([new, known])
    count = len(person)
    days = np.full(count, day, dtype=np.int64)

    size = 1 + pick(rng, _SESSION_SIZES, count)
    length_s = np.where(size == 1, 0, 5 + rng.geometric(1 / 420, count)).clip(max=7200)
    start = clockwork.instants_us(days, rng.random(count) ** 0.8)
    end_limit = clockwork.midnight_us(days + 1) + _LATEST_END_S * SECOND_US
    started = np.minimum(start, end_limit - length_s * SECOND_US)
    started[: len(new)] = people.registered_us[new]
    length_s = np.minimum(length_s, (end_limit - started) // SECOND_US)
    ip = (rng.integers(11, 100, count) << 24) + rng.integers(0, 2**24, count)

    bot_events = max(2, round(company.events_per_day * busy * 0.006))
    all_size = np.append(size, np.full(_BOTS, bot_events))
    bot_start = clockwork.instants_us(np.full(_BOTS, day), rng.random(_BOTS) * 0.9)
    all_started = np.append(started, bot_start)
    length_us = np.append(length_s * SECOND_US, np.full(_BOTS, bot_events * 40_000))
    bot_ip = (203 << 24) + (113 << 8) + rng.integers(1, 255, _BOTS)

    session = np.repeat(np.arange(count + _BOTS), all_size)
    first = np.cumsum(all_size) - all_size
    place = np.arange(len(session)) - first[session]
    is_last = place == all_size[session] - 1
    after_us = (rng.random(len(session)) * length_us[session]).astype(np.int64)
    after_us = np.where(place == 0, 0, np.where(is_last, length_us[session], after_us))
    event_type = pick(rng, LATER_TYPES, len(session))
    event_type[first] = np.append(pick(rng, _FIRST_TYPES, count), np.zeros(_BOTS, dtype=np.int64))
    event_type[first[: len(new)]] = _SIGNUP
    return Visits(
        session_id=number_of(day) * 1_000_000 + 1 + np.arange(count + _BOTS),
        user_id=np.append(person + 1, BOT_IDS_FROM + np.arange(_BOTS)),
        started_us=all_started,
        ended_us=all_started + length_us,
        ip=np.append(ip, bot_ip),
        device=np.append(pick(rng, np.array([0.4, 0.35, 0.25]), count), np.full(_BOTS, 2)),
        app_version=pick(rng, np.array([0.1, 0.2, 0.3, 0.4]), count + _BOTS),
        event_id=number_of(day) * 10_000_000 + 1 + np.arange(len(session)),
        session=session,
        event_type=event_type,
        event_us=all_started[session] + after_us,
    )


def land_visits(
    found: Visits, day: int, rng: np.random.Generator, clockwork: Clockwork, landing: Landing
) -> None:
    """Hand over a day's sessions and events; three in a thousand come a day or two late or come twice."""
    events = {
        "event_id": found.event_id,
        "user_id": found.user_id[found.session],
        "session_id": found.session_id[found.session],
        "event_type": found.event_type,
        "event_us": found.event_us,
        "ip": found.ip[found.session],
        "device": found.device[found.session],
        "app_version": found.app_version[found.session],
    }
    _land(rng, "events", events, found.event_id, clockwork.business_day(found.event_us), clockwork, landing)
    sessions = {
        "user_id": found.user_id,
        "session_id": found.session_id,
        "started_us": found.started_us,
        "ended_us": found.ended_us,
        "ip": found.ip,
        "device": found.device,
    }
    _land(
        rng, "sessions", sessions, found.session_id, np.full(len(found.session_id), day), clockwork, landing
    )


def _land(
    rng: np.random.Generator,
    source: str,
    columns: dict[str, Ints],
    ids: Ints,
    days: Ints,
    clockwork: Clockwork,
    landing: Landing,
) -> None:
    chance = rng.random(len(ids))
    after = rng.integers(1, 3, len(ids))
    arrivals = clockwork.arrivals(days, days + 1 + np.where(chance < 0.003, after, 0))
    landing.add(source, arrivals, {**columns, "loaded_us": loaded_us(arrivals, ids)})
    twice = chance > 0.997
    again = clockwork.arrivals(days[twice], days[twice] + 1 + after[twice])
    repeated = {name: column[twice] for name, column in columns.items()}
    landing.add(source, again, {**repeated, "loaded_us": loaded_us(again, ids[twice], again=True)})
