"""Growth and engagement worked out a second way: one person and one day at a time, in sets, lists and fractions."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from statistics import median_low
from zoneinfo import ZoneInfo

import duckdb

from holdfast.testing.company import Company
from holdfast.testing.company_people import CHANNELS, register
from holdfast.testing.company_plan import REGIONS, Clockwork
from holdfast.testing.company_unusual_visits import unusual_visits
from holdfast.testing.company_visits import DEVICES, EVENT_TYPES, visits

Key = tuple[str, str, str, str, str]
Value = tuple[Decimal | None, date]

LONDON = ZoneInfo("Europe/London")
ACTIVE = {"login", "search", "add_to_cart", "purchase", "signup"}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class User:
    user_id: int
    registered_at: datetime
    channel: str
    region: str
    identity: str


@dataclass(frozen=True)
class Event:
    user_id: int
    event_type: str
    at: datetime
    ip: str
    device: str


@dataclass(frozen=True)
class Session:
    user_id: int
    started_at: datetime
    ended_at: datetime | None
    ip: str
    device: str


@dataclass(frozen=True)
class Cancellation:
    user_id: int
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything the figures follow from, each thing once."""

    first_on: date
    last_on: date
    users: list[User]
    events: list[Event]
    sessions: list[Session]
    cancellations: list[Cancellation]


def simulated(company: Company) -> Facts:
    """The company's facts as they are simulated."""
    clockwork = Clockwork(company)
    people = register(company, clockwork)

    def at(us: int) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(us))

    def midnight(day: int) -> datetime:
        on = date(1970, 1, 1) + timedelta(days=int(day))
        return datetime(on.year, on.month, on.day, tzinfo=LONDON).astimezone(UTC)

    events, sessions, cancellations = [], [], []
    for day in range(company.first_day, company.last_day + 1):
        usual = visits(company, people, clockwork, day)
        for found in (usual, unusual_visits(company, people, clockwork, usual, day)):
            who = [(int(u), str(i), DEVICES[d]) for u, i, d in zip(found.user_id, found.ip, found.device)]
            for (user, ip, device), start, end in zip(who, found.started_us, found.ended_us):
                sessions.append(Session(user, at(start), at(end), ip, device))
            for session, kind, us in zip(found.session, found.event_type, found.event_us):
                user, ip, device = who[session]
                events.append(Event(user, EVENT_TYPES[kind], at(us), ip, device))
    for days, seconds in ((people.cancelled_day, people.cancelled_s), (people.recancelled_day, people.recancelled_s)):
        for account, (day, second) in enumerate(zip(days, seconds)):
            if day <= company.last_day:
                cancellations.append(Cancellation(account + 1, midnight(day) + timedelta(seconds=int(second))))
    users = [
        User(account + 1, at(us), CHANNELS[channel], REGIONS[region], str(identity))
        for account, (us, channel, region, identity) in enumerate(
            zip(people.registered_us, people.channel, people.region, people.identity)
        )
    ]
    return Facts(company.first_on, company.last_on, users, events, sessions, cancellations)


def written(company: Company, folder: Path) -> Facts:
    """The company's facts as its files tell them: newest versions, and no replay."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")

    def rows(source: str, key: int, columns: str) -> list[tuple]:
        found = connection.execute(
            f"SELECT {columns}, loaded_at FROM read_parquet('{folder}/data/{source}/*/*.parquet')"
        ).fetchall()
        by_key = {row[:key]: row for row in sorted(found, key=lambda row: row[-1])}
        return [row[:-1] for row in by_key.values()]

    return Facts(
        company.first_on,
        company.last_on,
        [User(*row) for row in rows("users", 1, "user_id, registered_at, channel, region, identity")],
        [Event(*row[1:]) for row in rows("events", 1, "event_id, user_id, event_type, event_time, ip, device")],
        [
            Session(user, *rest)
            for user, _, *rest in rows("sessions", 2, "user_id, session_id, started_at, ended_at, ip, device")
        ],
        [Cancellation(*row[1:]) for row in rows("cancellations", 1, "cancellation_id, user_id, cancelled_at")],
    )


def on(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def ratio(numerator: int, denominator: int) -> Decimal | None:
    if denominator == 0:
        return None
    rounded = round(Fraction(numerator, denominator), 6)
    return Decimal(rounded.numerator) / Decimal(rounded.denominator)


class Naive:
    """All figures of the facts, by the sentences that define them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.days = [facts.first_on + i * DAY for i in range((facts.last_on - facts.first_on).days + 1)]
        by_identity = defaultdict(list)
        for user in facts.users:
            by_identity[user.identity].append(user)
        self.first_account = {
            identity: min(users, key=lambda user: (user.registered_at, user.user_id))
            for identity, users in by_identity.items()
        }
        self.user = {user.user_id: user for user in facts.users}

    def figures(self) -> dict[Key, Value]:
        return {**self.engagement(), **self.growth()}

    # Bots

    @cached_property
    def events_of(self) -> dict[date, list[Event]]:
        found = defaultdict(list)
        for event in self.facts.events:
            found[on(event.at)].append(event)
        return found

    def reason(self, user_id: int, ip: str, day: date) -> str | None:
        """Why a row of the day is left out, by the first rule that matches."""
        if user_id not in self.user or on(self.user[user_id].registered_at) > day:
            return "unregistered"
        if user_id in self.impossible[day]:
            return "impossible_rate"
        return "shared_address" if ip in self.shared[day] else None

    @cached_property
    def impossible(self) -> dict[date, set[int]]:
        return {
            day: {
                user
                for (user, _), count in Counter(
                    (event.user_id, minute(event.at)) for event in self.events_of[day]
                ).items()
                if count > 60
            }
            for day in self.days
        }

    @cached_property
    def shared(self) -> dict[date, set[str]]:
        return {
            day: {
                ip
                for ip, count in Counter(
                    ip for ip, _ in {(event.ip, event.user_id) for event in self.events_of[day]}
                ).items()
                if count > 20
            }
            for day in self.days
        }

    def reasons(self) -> Counter:
        """How many events each rule takes out."""
        return Counter(
            self.reason(event.user_id, event.ip, day) for day in self.days for event in self.events_of[day]
        )

    # Engagement

    @cached_property
    def active(self) -> dict[str, dict[date, set[str]]]:
        """Segment, day, identities."""
        found = defaultdict(lambda: defaultdict(set))
        for day in self.days:
            for event in self.events_of[day]:
                if event.event_type in ACTIVE and self.reason(event.user_id, event.ip, day) is None:
                    identity = self.user[event.user_id].identity
                    region = self.first_account[identity].region
                    for segment in ("", f"device={event.device}", f"region={region}"):
                        found[segment][day].add(identity)
        return found

    @cached_property
    def sessions(self) -> dict[str, dict[date, list[Session]]]:
        found = defaultdict(lambda: defaultdict(list))
        for session in self.facts.sessions:
            day = on(session.started_at)
            if day <= self.facts.last_on and self.reason(session.user_id, session.ip, day) is None:
                region = self.first_account[self.user[session.user_id].identity].region
                for segment in ("", f"device={session.device}", f"region={region}"):
                    found[segment][day].append(session)
        return found

    def engagement(self) -> dict[Key, Value]:
        found = {}
        for segment in {*self.active, *self.sessions, ""}:
            active, sessions = self.active[segment], self.sessions[segment]
            seen = min([*active, *sessions], default=self.facts.first_on) if segment else self.facts.first_on
            for grain, period, _, days in self.periods():
                if days[-1] < seen:
                    continue
                for metric, value in self.engagement_of(grain, days, active, sessions):
                    found["aggregate_engagement", grain, period, metric, segment] = (value, days[-1])
                if grain == "day":
                    found.update(self.retention(days[0], segment))
        return found

    def engagement_of(self, grain, days, active, sessions):
        def distinct(days):
            return len(set().union(*(active.get(day, set()) for day in days)))

        last = days[-1]
        dau = [len(active.get(day, ())) for day in days]
        started = [session for day in days for session in sessions.get(day, ())]
        lengths = [(s.ended_at - s.started_at) // timedelta(seconds=1) for s in started if s.ended_at is not None]
        yield "sessions", Decimal(len(started))
        yield "session_seconds_median", Decimal(median_low(lengths)) if lengths else None
        if grain == "day":
            monthly = distinct(last - i * DAY for i in range(30))
            yield "dau", Decimal(dau[0])
            yield "wau_7d", Decimal(distinct(last - i * DAY for i in range(7)))
            yield "mau_30d", Decimal(monthly)
            yield "mau_to_date", Decimal(distinct(last.replace(day=i + 1) for i in range(last.day)))
            yield "stickiness", ratio(dau[0], monthly)
            return
        yield "dau_avg", ratio(sum(dau), len(days))
        yield {"week": "wau", "month": "mau", "quarter": "qau"}[grain], Decimal(distinct(days))
        if grain == "month":
            yield "stickiness", ratio(sum(dau), len(days) * distinct(days))

    @cached_property
    def cohort_day(self) -> dict[str, date]:
        found = {}
        for day in self.days:
            for identity in self.active[""].get(day, ()):
                found.setdefault(identity, day)
        return found

    def retention(self, day: date, segment: str) -> dict[Key, Value]:
        cohort = {i for i in self.active[segment].get(day, ()) if self.cohort_day[i] == day}
        return {
            ("aggregate_engagement", "day", str(day), f"retention_d{n}", segment): (
                ratio(len(cohort & self.active[""].get(day + n * DAY, set())), len(cohort)),
                day + n * DAY,
            )
            for n in (1, 7, 28)
            if day + n * DAY <= self.facts.last_on
        }

    # Growth

    @cached_property
    def changes(self) -> dict[str, list[tuple[date, str]]]:
        """Per segment every change of every person, before the company's first day too."""
        cancelled = defaultdict(set)
        for cancellation in self.facts.cancellations:
            cancelled[self.user[cancellation.user_id].identity].add(on(cancellation.at))
        active_days = defaultdict(list)
        for day, identities in self.active[""].items():
            for identity in identities:
                active_days[identity].append(day)
        found = defaultdict(list)
        for identity, first in self.first_account.items():
            own = [(on(first.registered_at), "new")]
            own += history(sorted(cancelled[identity]), sorted(active_days[identity]))
            for segment in ("", f"channel={first.channel}", f"region={first.region}"):
                found[segment] += own
        return found

    def growth(self) -> dict[Key, Value]:
        found = {}
        for segment, changes in self.changes.items():
            per_day = Counter(changes)

            def at_start(day, per_day=per_day):
                signs = {"new": 1, "churned": -1, "resurrected": 1}
                return sum(signs[what] * n for (when, what), n in per_day.items() if when < day)

            seen = next(
                (d for d in self.days if at_start(d) > 0 or any(per_day[d, what] for what in CHANGES)),
                self.facts.last_on + DAY,
            )
            for grain, period, opens, days in self.periods():
                if days[-1] >= seen or not segment:
                    sums = [sum(per_day[day, what] for day in days) for what in CHANGES]
                    for metric, value in growth_of(grain, *sums, at_start(opens)):
                        found["aggregate_growth", grain, period, metric, segment] = (value, days[-1])
        return found

    # Calendar

    def periods(self):
        """Grain, name, the calendar period's first day, and its days that the company lived."""
        for grain, name in NAMES.items():
            for period in dict.fromkeys(name(day) for day in self.days):
                days = [day for day in self.days if name(day) == period]
                opens = days[0]
                while name(opens - DAY) == period:
                    opens -= DAY
                yield grain, period, opens, days


CHANGES = ("new", "churned", "resurrected")
NAMES = {
    "day": str,
    "week": lambda day: "{}-W{:02d}".format(*day.isocalendar()[:2]),
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
}


def history(cancelled: list[date], active: list[date]) -> list[tuple[date, str]]:
    """A person's churns that take effect, and resurrections."""
    found = []
    for earlier, day in zip([None, *cancelled], cancelled):
        if earlier is None or any(earlier < a <= day for a in active):
            found.append((day, "churned"))
    for day in active:
        before = [each for each in cancelled if each < day]
        if before and not any(before[-1] < a < day for a in active):
            found.append((day, "resurrected"))
    return found


def growth_of(grain, new, churned, resurrected, at_start):
    growth = new + resurrected - churned
    yield "new_users", Decimal(new)
    yield "churned_users", Decimal(churned)
    yield "resurrected_users", Decimal(resurrected)
    yield "net_new", Decimal(new - churned)
    yield "net_growth", Decimal(growth)
    yield "active_at_start", Decimal(at_start)
    yield "churn_rate", ratio(churned, at_start)
    yield "growth_rate", ratio(growth, at_start)
    if grain != "day":
        yield "quick_ratio", ratio(new + resurrected, churned)
