"""The generated company's slower sources: people, cancellations, marketing, experiments, rates, snapshots."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from holdfast.testing.company_arrivals import loaded_us
from holdfast.testing.company_landing import Landing
from holdfast.testing.company_people import CHANNELS, EXPERIMENTS, NEVER, People
from holdfast.testing.company_plan import (
    CURRENCIES,
    SECOND_US,
    UNITS,
    Clockwork,
    Company,
    Ints,
    Stream,
    date_of,
    day_of,
    generator,
    volume,
)
from holdfast.testing.company_rates import Rates
from holdfast.testing.company_sources import CHURN_REASONS, COUNTRIES
from holdfast.testing.company_trade import ALLOCATED, OTHER, PLATFORM_FEE

_MEAN_ORDER = 680_000  # ten-thousandths of a pound, at list prices
_PROJECTED_MONTHS = 15
SECOND_CANCELLATIONS_FROM = 5_000_000_001


def land_records(
    company: Company, people: People, clockwork: Clockwork, rates: Rates, landing: Landing
) -> None:
    """Hand over everything that follows from people, rates and calendar; what is older comes on the first day."""
    _land_people(company, people, landing)
    _land_cancellations(company, people, clockwork, landing)
    _land_assignments(company, people, clockwork, landing)
    _land_marketing(company, people, landing)
    _land_rates(company, rates, landing)
    for arrival in range(company.first_day + 1, company.last_day + 2):
        if arrival == company.first_day + 1 or date_of(arrival).weekday() == 0:
            _land_snapshots(company, arrival, landing)


def _arrivals(company: Company, days: Ints) -> Ints:
    """The day after, for what lies before the company's first day the day after that."""
    return np.maximum(days, company.first_day) + 1


def _land_people(company: Company, people: People, landing: Landing) -> None:
    user_id = np.arange(len(people.region)) + 1
    once = _arrivals(company, people.registered_day)
    replayed = (people.identity // 7) % 500 == 0
    for rows, arrivals, again in (
        (np.full(len(user_id), True), once, False),
        (replayed, np.minimum(once + 1, company.last_day + 1)[replayed], True),
    ):
        columns = {
            "user_id": user_id[rows],
            "registered_us": people.registered_us[rows],
            "first_seen": people.registered_day[rows],
            "channel": people.channel[rows],
            "region": people.region[rows],
            "identity": people.identity[rows],
            "loaded_us": loaded_us(arrivals, user_id[rows], again),
        }
        landing.add("users", arrivals, columns)


def _land_cancellations(company: Company, people: People, clockwork: Clockwork, landing: Landing) -> None:
    """Cancellations, the churn log that follows within minutes, and what the CRM says of one account in 50."""
    for days, seconds, late, ids_from in (
        (people.cancelled_day, people.cancelled_s, people.told_late[:, 0], 1),
        (people.recancelled_day, people.recancelled_s, people.told_late[:, 1], SECOND_CANCELLATIONS_FROM),
    ):
        gone = np.flatnonzero(days <= company.last_day)
        day = days[gone]
        cancelled_us = clockwork.midnight_us(day) + seconds[gone] * SECOND_US
        usual = _arrivals(company, day)
        is_history = day < company.first_day
        arrivals = np.where(is_history, usual, clockwork.arrivals(day, usual + late[gone]))
        loaded = loaded_us(arrivals, gone)
        columns = {
            "cancellation_id": gone + ids_from,
            "user_id": gone + 1,
            "cancelled_us": cancelled_us,
            "loaded_us": loaded,
        }
        landing.add("cancellations", arrivals, columns)
        columns = {
            "user_id": gone + 1,
            "churned_us": cancelled_us + (30 + gone % 240) * SECOND_US,
            "reason": gone * 31 % len(CHURN_REASONS),
            "loaded_us": loaded,
        }
        landing.add("churn_log", arrivals, columns)
    _land_accounts(company, people, clockwork, landing)


def _land_accounts(company: Company, people: People, clockwork: Clockwork, landing: Landing) -> None:
    """The CRM learns of the first cancellation only."""
    everyone = np.arange(len(people.region))
    opened = everyone[everyone % 50 == 0]
    closed = opened[people.cancelled_day[opened] <= company.last_day]
    closed_us = clockwork.midnight_us(people.cancelled_day[closed]) + people.cancelled_s[closed] * SECOND_US
    for status, user, updated_us, day in (
        (0, opened, people.registered_us[opened], people.registered_day[opened]),
        (1, closed, closed_us, people.cancelled_day[closed]),
    ):
        arrivals = _arrivals(company, day)
        columns = {
            "account_id": user // 50 + 1,
            "user_id": user + 1,
            "status": np.full(len(user), status),
            "updated_us": updated_us,
            "loaded_us": loaded_us(arrivals, user, again=status == 1),
        }
        landing.add("crm_accounts", arrivals, columns)


@dataclass(frozen=True, slots=True)
class Exposures:
    """Who was put into one experiment: account by position (user_id minus one), day, instant, variant, region."""

    account: Ints
    day: Ints
    assigned_us: Ints
    variant: Ints
    region: Ints


def exposures_of(people: People, experiment: int, last_day: int, clockwork: Clockwork) -> Exposures:
    """The exposures through the last day of the experiment at that place in EXPERIMENTS, by account."""
    days = people.assigned_day[:, experiment]
    account = np.flatnonzero((days != NEVER) & (days <= last_day))
    day = days[account]
    return Exposures(
        account=account,
        day=day,
        assigned_us=clockwork.midnight_us(day) + account * 7919 % 82_000 * SECOND_US,
        variant=people.variant[account, experiment],
        region=people.region[account],
    )


def _land_assignments(company: Company, people: People, clockwork: Clockwork, landing: Landing) -> None:
    for column in range(len(EXPERIMENTS)):
        shown = exposures_of(people, column, company.last_day, clockwork)
        arrivals = shown.day + 1
        columns = {
            "experiment": np.full(len(shown.account), column),
            "user_id": shown.account + 1,
            "variant": shown.variant,
            "assigned_us": shown.assigned_us,
            "region": shown.region,
            "loaded_us": loaded_us(arrivals, shown.account),
        }
        landing.add("assignments", arrivals, columns)


def _land_marketing(company: Company, people: People, landing: Landing) -> None:
    """One campaign per paid channel and day, with the registrations of the day that came by that channel."""
    days = np.arange(company.first_day, company.last_day + 1)
    signups = np.zeros((len(days), len(CHANNELS)), dtype=np.int64)
    new = people.registered_day >= company.first_day
    np.add.at(signups, (people.registered_day[new] - company.first_day, people.channel[new]), 1)
    cost_pence = np.stack(
        [generator(company, int(d), Stream.MARKETING).integers(150, 420, len(CHANNELS)) for d in days]
    )
    paid = len(CHANNELS) - 1
    day = np.repeat(days, paid)
    channel = np.tile(np.arange(1, len(CHANNELS)), len(days))
    columns = {
        "day": day,
        "channel": channel,
        "spend": (cost_pence * (signups + 3))[:, 1:].ravel(),
        "signups": signups[:, 1:].ravel(),
        "loaded_us": loaded_us(day + 1, channel),
    }
    landing.add("marketing", day + 1, columns)


def _land_rates(company: Company, rates: Rates, landing: Landing) -> None:
    rows = np.flatnonzero(rates.published)
    day = np.repeat(rates.first_day + rows, len(CURRENCIES))
    currency = np.tile(np.arange(len(CURRENCIES)), len(rows))
    arrivals = _arrivals(company, day)
    columns = {
        "day": day,
        "currency": currency,
        "rate": rates.hundredths[rows].ravel(),
        "loaded_us": loaded_us(arrivals, currency),
    }
    landing.add("fx_rates", arrivals, columns)


def _land_snapshots(company: Company, arrival: int, landing: Landing) -> None:
    """The sources that come whole, as they stand on the arrival day."""
    kinds = (PLATFORM_FEE, ALLOCATED, OTHER)
    rule = np.arange(len(kinds) * len(UNITS))
    rules = {
        "rule_id": rule + 1,
        "kind": np.array(kinds)[rule // len(UNITS)],
        "unit": rule % len(UNITS),
        "share": np.array([6000, 3000, 1000])[rule % len(UNITS)],
        "valid_from": np.full(len(rule), company.first_day),
    }
    starts = company.first_day + np.array([e.starts_after for e in EXPERIMENTS])
    experiments = {
        "experiment": np.arange(len(EXPERIMENTS)),
        "started": starts,
        "ended": starts + np.array([e.runs_days for e in EXPERIMENTS]) - 1,
    }
    countries = {"country": np.arange(len(COUNTRIES))}
    for source, columns in (
        ("cost_allocation", rules),
        ("experiments", experiments),
        ("region_map", countries),
        ("projections", _projections(company)),
    ):
        count = len(next(iter(columns.values())))
        arrivals = np.full(count, arrival)
        landing.add(
            source, arrivals, {**columns, "loaded_us": loaded_us(arrivals, np.zeros(count, np.int64))}
        )


def _projections(company: Company) -> dict[str, Ints]:
    """What was planned at the start for each of the first fifteen months, give or take 15 %; scale 4."""
    months = [np.datetime64(company.first_on, "M") + i for i in range(_PROJECTED_MONTHS)]
    firsts = [day_of(month.astype("datetime64[D]").astype(object)) for month in [*months, months[-1] + 1]]
    orders = [
        int(sum(volume(company, day) for day in range(start, end)) * company.orders_per_day)
        for start, end in pairwise(firsts)
    ]
    expected = np.array([value for n in orders for value in (n * _MEAN_ORDER, n * 10_000)], dtype=np.int64)
    return {
        "day": np.repeat(firsts[:-1], 2),
        "metric": np.tile([0, 1], len(orders)),
        "expected": expected,
        "band": expected * 15 // 100,
    }
