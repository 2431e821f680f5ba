"""The plan of the generated company: its days, its season and growth, and where each random draw is seeded."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]

ZONE = ZoneInfo("Europe/London")
EPOCH = date(1970, 1, 1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

REGIONS = ("UK", "EU", "US", "BR", "APAC")
CURRENCIES = ("GBP", "EUR", "USD", "BRL", "AUD")
CATEGORIES = ("toys", "home", "garden", "books", "electronics", "apparel")
UNITS = ("retail", "marketplace", "wholesale")
NO_REGION, NO_CATEGORY, NO_UNIT = len(REGIONS), len(CATEGORIES), len(UNITS)

REGION_SHARES = np.array([0.40, 0.25, 0.20, 0.08, 0.07])
# What a pound's worth is priced at abroad, in hundredths of the local unit. Prices stay when rates move.
LOCAL_PRICE_PCT: Ints = np.array([100, 117, 131, 690, 192], dtype=np.int64)

YEARLY_GROWTH = 1.25
WEEKDAY_FACTORS = (0.96, 0.92, 0.94, 0.98, 1.08, 1.15, 0.97)


class Stream(IntEnum):
    """What a generator is for; each stream of a day is drawn apart, so one can change without the others."""

    CATALOGUE = 0
    RATES = 1
    PEOPLE = 2
    ORDERS = 3
    AFTERMATH = 4
    ARRIVALS = 5
    VISITS = 6
    MARKETING = 7
    CORRECTIONS = 8
    VISIT_ARRIVALS = 9
    RETURNS = 10
    COMEBACKS = 11
    SCRIPTS = 12
    CROWDS = 13
    UNUSUAL_ARRIVALS = 14


@dataclass(frozen=True, slots=True)
class Company:
    """Everything the generated company follows from; two equal companies have equal data.

    `first_on` and `last_on` are its first and last business days, both counted. `orders_per_day` and
    `events_per_day` hold at the start and grow by about a quarter a year. `caught_up_on` are earlier last
    days: the arrival after each of them brought every row that was still late, as after `last_on`.
    """

    seed: int = 7
    first_on: date = date(2025, 10, 1)
    last_on: date = date(2026, 9, 30)
    orders_per_day: int = 1200
    events_per_day: int = 3000
    caught_up_on: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError(f"a company's last day {self.last_on} lies before its first {self.first_on}")
        if self.seed < 0 or self.orders_per_day < 1 or self.events_per_day < 1:
            raise ValueError("seed must not be negative; orders and events per day must be at least 1")

    @property
    def first_day(self) -> int:
        """The first business day, in days since 1970-01-01."""
        return day_of(self.first_on)

    @property
    def last_day(self) -> int:
        """The last business day, in days since 1970-01-01."""
        return day_of(self.last_on)


def day_of(on: date) -> int:
    """Days from 1970-01-01 to the date."""
    return (on - EPOCH).days


def date_of(day: int) -> date:
    """The date so many days after 1970-01-01."""
    return date.fromordinal(EPOCH.toordinal() + day)


def generator(company: Company, day: int, stream: Stream) -> np.random.Generator:
    """The draws of one stream on one day; they depend on nothing but seed, day and stream."""
    return np.random.default_rng([company.seed, day, int(stream)])


def number_of(day: int) -> int:
    """The day as it opens an id: 260917 for 2026-09-17."""
    return int(date_of(day).strftime("%y%m%d"))


def is_closed(day: int) -> bool:
    """No orders are taken on 25 December and 1 January."""
    on = date_of(day)
    return (on.month, on.day) in {(12, 25), (1, 1)}


def growth(company: Company, day: int) -> float:
    """How much larger the company is on this day than on its first."""
    return float(YEARLY_GROWTH ** ((day - company.first_day) / 365))


def volume(company: Company, day: int) -> float:
    """The day's orders as a multiple of `orders_per_day`: growth, weekday and holidays; 0 when closed."""
    if is_closed(day):
        return 0.0
    on = date_of(day)
    return growth(company, day) * WEEKDAY_FACTORS[on.weekday()] * _holiday_factor(on)


def _holiday_factor(on: date) -> float:
    """Black Friday to Cyber Monday peaks, the run-up to Christmas rises, the days around it are quiet."""
    days_after_black_friday = (on - _black_friday(on.year)).days
    if 0 <= days_after_black_friday <= 3:
        return (2.4, 1.7, 1.4, 1.9)[days_after_black_friday]
    if on.month == 12:
        return 1.25 if on.day < 21 else (0.8 if on.day < 24 else 0.45)
    return 0.6 if (on.month, on.day) == (1, 2) else 1.0


def _black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first_weekday = date(year, 11, 1).weekday()
    return date(year, 11, 1 + (3 - first_weekday) % 7 + 21 + 1)


class Clockwork:
    """When the company's days begin, and on which arrival day a row is found.

    Days are numbered from 1970-01-01. A business day runs from one midnight in London to the next.
    """

    def __init__(self, company: Company) -> None:
        self._base = company.first_day - 1500
        self._midnights_us: Ints = np.array(
            [_midnight_us(day) for day in range(self._base, company.last_day + 60)], dtype=np.int64
        )
        catch_ups = sorted({day_of(on) for on in (*company.caught_up_on, company.last_on)})
        self._catch_ups: Ints = np.array([*catch_ups, 10**9], dtype=np.int64)

    def midnight_us(self, days: Ints) -> Ints:
        """The first instant of each business day, in UTC microseconds since 1970."""
        return self._midnights_us[days - self._base]

    def length_s(self, days: Ints) -> Ints:
        """Seconds from each day's midnight to the next: 23, 24 or 25 hours."""
        return (self.midnight_us(days + 1) - self.midnight_us(days)) // SECOND_US

    def business_day(self, instants_us: Ints) -> Ints:
        """The London day in which each instant falls."""
        return np.searchsorted(self._midnights_us, instants_us, side="right") - 1 + self._base

    def instants_us(self, days: Ints, parts: NDArray[np.float64]) -> Ints:
        """The instant, to the second, at which the given part (0 to 1) of each day has passed."""
        return self.midnight_us(days) + (parts * self.length_s(days)).astype(np.int64) * SECOND_US

    def arrivals(self, days: Ints, due: Ints) -> Ints:
        """The arrival day of rows about business `days` that would by themselves come on day `due`.

        A catch-up brings them earlier: the arrival after it leaves nothing outstanding.
        """
        return np.minimum(due, self._catch_ups[np.searchsorted(self._catch_ups, days)] + 1)


def _midnight_us(day: int) -> int:
    midnight = datetime.combine(date_of(day), time(0), tzinfo=ZONE).astimezone(UTC)
    return int(midnight.timestamp()) * SECOND_US


def pick(rng: np.random.Generator, shares: NDArray[np.float64], count: int) -> Ints:
    """`count` indexes into `shares`, each as often as its share says."""
    bounds = np.cumsum(shares) / np.sum(shares)
    return np.minimum(np.searchsorted(bounds, rng.random(count), side="right"), len(shares) - 1)
