"""The people of the generated company: who registered when and where, who cancelled, who is in which experiment."""

from dataclasses import dataclass, fields

import numpy as np

from holdfast.testing.company_plan import (
    REGION_SHARES,
    Bools,
    Clockwork,
    Company,
    Ints,
    Stream,
    generator,
    growth,
    pick,
    volume,
)

CHANNELS = ("organic", "search", "social", "email", "affiliate", "referral")
_CHANNEL_SHARES = np.array([0.34, 0.24, 0.18, 0.10, 0.08, 0.06])
NEVER = 10**8
FOUNDING_DAYS = 700
# Before even a day of 23 hours ends.
_LAST_CANCELLATION_S = 82_000


@dataclass(frozen=True, slots=True)
class Experiment:
    """A planned split of people over two variants, and what really happens.

    `starts_after` and `runs_days` count from the company's first day; `treated_share` is the share that
    really gets the treatment where half is planned; `lift_pct` is added to what the treated buy.
    """

    experiment_id: str
    starts_after: int
    runs_days: int
    treated_share: float
    lift_pct: int
    metric: str


EXPERIMENTS = (
    Experiment("checkout_button", 30, 60, 0.50, 8, "unit_profit"),
    Experiment("homepage_aa", 20, 45, 0.50, 0, "unit_profit"),
    Experiment("onboarding_steps", 25, 50, 0.55, 0, "activation"),
)


@dataclass(frozen=True, slots=True)
class People:
    """One entry per user_id in order of registration; the user_id is the position plus one.

    Days count from 1970-01-01, instants are UTC microseconds, `cancelled_s` and `recancelled_s` seconds into the
    day. A few who cancelled come back on `returned_day` and some of them cancel again on `recancelled_day`; NEVER
    for the others. `told_late` is how many days late the first and the second cancellation are told (two
    columns). `variant` and `assigned_day` have one column per experiment; variant 1 is treated, `assigned_day`
    is NEVER for people outside.
    """

    registered_day: Ints
    registered_us: Ints
    region: Ints
    channel: Ints
    identity: Ints
    cancelled_day: Ints
    cancelled_s: Ints
    returned_day: Ints
    recancelled_day: Ints
    recancelled_s: Ints
    told_late: Ints
    variant: Ints
    assigned_day: Ints

    def known_before(self, day: int) -> int:
        """How many users had registered before the day."""
        return int(np.searchsorted(self.registered_day, day))

    def active(self, rng: np.random.Generator, count: int, day: int) -> Ints:
        """`count` positions of people who do something on the day, recent ones more often.

        Nobody acts before the day after registration; very few act after cancelling.
        """
        drawn = (self.known_before(day) * (1 - rng.random((3, count)) ** 1.5)).astype(np.int64)
        gone: Bools = self.cancelled_day[drawn] <= day
        chosen: Ints = np.where(gone[0], np.where(gone[1], drawn[2], drawn[1]), drawn[0])
        return chosen

    def lift_pct(self, users: Ints, day: int) -> Ints:
        """How many per cent more the planted lifts make each user spend on the day."""
        lift = np.zeros(len(users), dtype=np.int64)
        for column, experiment in enumerate(EXPERIMENTS):
            if experiment.lift_pct:
                treated = (self.variant[users, column] == 1) & (self.assigned_day[users, column] < day)
                lift += treated * experiment.lift_pct
        return lift


def register(company: Company, clockwork: Clockwork) -> People:
    """Everybody registered through the company's last day; earlier days never depend on that last day."""
    first = company.first_day
    founders = generator(company, first - 1, Stream.PEOPLE)
    founded = (
        first - 1 - np.sort((founders.random(company.orders_per_day * 20) * FOUNDING_DAYS).astype(np.int64))
    )
    parts = [_registered(company, clockwork, founders, founded[::-1], _returns(company, first - 1))]
    for day in range(first, company.last_day + 1):
        rng = generator(company, day, Stream.PEOPLE)
        expected = company.orders_per_day * 0.06 * max(volume(company, day), 0.3 * growth(company, day))
        days = np.full(int(rng.poisson(expected)), day, dtype=np.int64)
        parts.append(_registered(company, clockwork, rng, days, _returns(company, day)))
    columns = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(People)}
    people = People(**columns)
    return _with_second_channels(company, people)


def _returns(company: Company, day: int) -> np.random.Generator:
    return generator(company, day, Stream.RETURNS)


def _registered(
    company: Company, clockwork: Clockwork, rng: np.random.Generator, days: Ints, returns: np.random.Generator
) -> People:
    count = len(days)
    lifetime = 4 + rng.geometric(1 / 200, count)
    cancels = (rng.random(count) < 0.35) & (days + lifetime < company.first_day + 20_000)
    cancelled_day = np.where(cancels, days + lifetime, NEVER)
    moments = np.sort(rng.random(count)) if len(days) and days[0] == days[-1] else rng.random(count)
    returned_day, recancelled_day = _returned(returns, cancelled_day)
    variant, assigned_day = _assigned(company, rng, days)
    rng.geometric(0.5, count)  # nothing needs these draws, but whatever is drawn after them would change
    return People(
        registered_day=days,
        registered_us=clockwork.instants_us(days, moments),
        region=pick(rng, REGION_SHARES, count),
        channel=pick(rng, _CHANNEL_SHARES, count),
        identity=rng.integers(1, 2**62, count),
        cancelled_day=cancelled_day,
        cancelled_s=(rng.random(count) * _LAST_CANCELLATION_S).astype(np.int64),
        returned_day=returned_day,
        recancelled_day=recancelled_day,
        recancelled_s=(returns.random(count) * _LAST_CANCELLATION_S).astype(np.int64),
        told_late=np.where(returns.random((count, 2)) < 1 / 60, returns.integers(1, 4, (count, 2)), 0),
        variant=variant,
        assigned_day=assigned_day,
    )


def _returned(rng: np.random.Generator, cancelled_day: Ints) -> tuple[Ints, Ints]:
    """Who comes back after cancelling, and who cancels a second time.

    Six in a hundred come back, half of them cancel again, a few on the very day of their return. One in a hundred
    cancels a second time without having come back, which changes nothing.
    """
    count = len(cancelled_day)
    chance = rng.random(count)
    returned = np.where(chance < 0.06, cancelled_day + rng.geometric(1 / 25, count), NEVER)
    leaves = (chance < 0.06) & (rng.random(count) < 0.5)
    repeats = (chance >= 0.06) & (chance < 0.07)
    stays = rng.geometric(1 / 15, count)
    recancelled = np.where(leaves, returned + stays - 1, np.where(repeats, cancelled_day + stays, NEVER))
    cancelled = cancelled_day < NEVER
    return np.where(cancelled, returned, NEVER), np.where(cancelled, recancelled, NEVER)


def _assigned(company: Company, rng: np.random.Generator, days: Ints) -> tuple[Ints, Ints]:
    """Variant and day of assignment, one column per experiment; three in five people take part."""
    shape = (len(days), len(EXPERIMENTS))
    treated = rng.random(shape) < np.array([e.treated_share for e in EXPERIMENTS])
    starts = np.array([company.first_day + e.starts_after for e in EXPERIMENTS])
    lengths = np.array([e.runs_days for e in EXPERIMENTS])
    visited = starts + (rng.random(shape) * lengths).astype(np.int64)
    assigned = np.maximum(visited, days[:, None] + 1)
    takes_part = (rng.random(shape) < 0.6) & (assigned < starts + lengths)
    return treated.astype(np.int64), np.where(takes_part, assigned, NEVER)


def _with_second_channels(company: Company, people: People) -> People:
    """The same people, about 3 % of whom are known a second time: same identity and region, another channel.

    The earlier one is drawn from what the identity's own random bits say, so later people change nothing.
    """
    bits = people.identity
    position = np.arange(len(bits))
    again = (bits % 1000 < 30) & (position > 0)
    other = (bits // 1000) % np.maximum(position, 1)
    again &= ~again[other]
    people.identity[again] = bits[other[again]]
    people.region[again] = people.region[other[again]]
    shift = 1 + people.channel[again] % (len(CHANNELS) - 1)
    people.channel[again] = (people.channel[other[again]] + shift) % len(CHANNELS)
    return people
