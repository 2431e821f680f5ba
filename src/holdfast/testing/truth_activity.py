"""What of the generated company's visits counts as activity: without bots, by person and business day."""

from dataclasses import dataclass, fields

import numpy as np

from holdfast.testing.company_plan import SECOND_US, Bools, Clockwork, Ints
from holdfast.testing.company_visits import EVENT_TYPES, Visits
from holdfast.testing.truth_persons import Persons

ACTIVE_TYPES = ("login", "search", "add_to_cart", "purchase", "signup")
MOST_EVENTS_A_MINUTE = 60
MOST_USERS_AN_ADDRESS = 20

_IS_ACTIVE: Bools = np.array([name in ACTIVE_TYPES for name in EVENT_TYPES])
_MINUTE_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Activity:
    """What counts on one business day, in days since 1970-01-01.

    `person` and `device` are the distinct pairs with an event of an active type; the other three describe the
    sessions that started on the day, in whole seconds.
    """

    day: int
    person: Ints
    device: Ints
    session_person: Ints
    session_device: Ints
    session_s: Ints


@dataclass(frozen=True, slots=True)
class _Events:
    day: Ints
    event_us: Ints
    user_id: Ints
    ip: Ints
    device: Ints
    event_type: Ints


class Footfall:
    """Takes the visits of one day after another and tells what counts on each.

    An event counts on the day it happens on, which for a session over midnight is the day after its start.
    """

    def __init__(self, persons: Persons, clockwork: Clockwork) -> None:
        self._persons = persons
        self._clockwork = clockwork
        nothing = np.zeros(0, dtype=np.int64)
        self._ahead = _Events(*(nothing for _ in fields(_Events)))

    def on(self, day: int, *found: Visits) -> Activity:
        """What counts on the day, of the visits that start on it and of yesterday's that reach into it."""
        events = _joined([self._ahead, *(self._events(part) for part in found)])
        self._ahead = _chosen(events, events.day > day)
        events = _chosen(events, events.day == day)
        scripting, crowded = _scripting(events), _crowded(events)

        bots = np.isin(events.user_id, scripting) | np.isin(events.ip, crowded)
        kept = _chosen(
            events, self._is_registered(events.user_id, day) & ~bots & _IS_ACTIVE[events.event_type]
        )
        pairs = np.unique(np.stack([self._person(kept.user_id), kept.device]), axis=1)

        user_id, ip, device, length_us = self._sessions(found)
        bots = np.isin(user_id, scripting) | np.isin(ip, crowded)
        stays = self._is_registered(user_id, day) & ~bots
        return Activity(
            day=day,
            person=pairs[0],
            device=pairs[1],
            session_person=self._person(user_id[stays]),
            session_device=device[stays],
            session_s=length_us[stays] // SECOND_US,
        )

    def _events(self, found: Visits) -> _Events:
        return _Events(
            day=self._clockwork.business_day(found.event_us),
            event_us=found.event_us,
            user_id=found.user_id[found.session],
            ip=found.ip[found.session],
            device=found.device[found.session],
            event_type=found.event_type,
        )

    @staticmethod
    def _sessions(found: tuple[Visits, ...]) -> tuple[Ints, Ints, Ints, Ints]:
        return (
            np.concatenate([part.user_id for part in found]),
            np.concatenate([part.ip for part in found]),
            np.concatenate([part.device for part in found]),
            np.concatenate([part.ended_us - part.started_us for part in found]),
        )

    def _is_registered(self, user_id: Ints, day: int) -> Bools:
        opened = self._persons.opened_day
        has_account = user_id <= len(opened)
        registered: Bools = has_account & (opened[np.where(has_account, user_id - 1, 0)] <= day)
        return registered

    def _person(self, user_id: Ints) -> Ints:
        return self._persons.person[user_id - 1]


def _scripting(events: _Events) -> Ints:
    """The users with more than 60 events within one clock minute."""
    pairs, count = np.unique(
        np.stack([events.user_id, events.event_us // _MINUTE_US]), axis=1, return_counts=True
    )
    return np.unique(pairs[0, count > MOST_EVENTS_A_MINUTE])


def _crowded(events: _Events) -> Ints:
    """The addresses from which more than 20 different users have events."""
    pairs = np.unique(np.stack([events.ip, events.user_id]), axis=1)
    ip, users = np.unique(pairs[0], return_counts=True)
    return ip[users > MOST_USERS_AN_ADDRESS]


def _joined(parts: list[_Events]) -> _Events:
    return _Events(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(_Events)))


def _chosen(events: _Events, rows: Bools) -> _Events:
    return _Events(*(getattr(events, f.name)[rows] for f in fields(_Events)))
