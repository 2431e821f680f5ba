"""The generated finance system: each day's revenue and cost by region, corrected as late rows arrive."""

import numpy as np

from holdfast.testing.company_landing import Landing
from holdfast.testing.company_plan import DAY_US, NO_REGION, SECOND_US, Company, Ints
from holdfast.testing.company_rates import Rates

_WAITS_DAYS = 10
_LOADED_S = 6300
# Figures of at least 100 pounds are booked in whole pence: at most 0.005 % off.
_ROUNDED_FROM = 1_000_000


class Ledger:
    """Adds up the worth of rows by business day, region and days until arrival, in ten-thousandths of a pound."""

    def __init__(self, company: Company, rates: Rates, first_day: int) -> None:
        self._rates = rates
        self._first_day = first_day
        self._last_day = company.last_day
        shape = (company.last_day - first_day + 1, NO_REGION + 1, _WAITS_DAYS)
        self._revenue = np.zeros(shape, dtype=np.int64)
        self._cost = np.zeros(shape, dtype=np.int64)

    def sell(self, days: Ints, regions: Ints, arrivals: Ints, amounts: Ints) -> None:
        """Amounts sold (refunds are negative) in hundredths of the region's own currency."""
        self._add(self._revenue, days, regions, arrivals, amounts, regions)

    def spend(self, days: Ints, regions: Ints, arrivals: Ints, amounts: Ints, currencies: Ints) -> None:
        """Costs in hundredths of the given currencies."""
        self._add(self._cost, days, regions, arrivals, amounts, currencies)

    def _add(
        self, table: Ints, days: Ints, regions: Ints, arrivals: Ints, amounts: Ints, currencies: Ints
    ) -> None:
        counted = (days <= self._last_day) & (days >= self._first_day)
        days = days[counted]
        worth = self._rates.convert(amounts[counted], currencies[counted], days)
        waits = arrivals[counted] - days - 1
        np.add.at(table, (days - self._first_day, regions[counted], waits), worth)

    def land(self, landing: Landing) -> None:
        """Hand over each day's first totals and a new version for each arrival that changed them."""
        changed = (self._revenue != 0) | (self._cost != 0)
        changed[:, :, 0] = True
        day, region, wait = np.nonzero(changed)
        arrivals = self._first_day + day + 1 + wait
        columns = {
            "day": self._first_day + day,
            "region": region,
            "revenue": _booked(self._revenue.cumsum(axis=2)[changed]),
            "cost": _booked(self._cost.cumsum(axis=2)[changed]),
            "loaded_us": arrivals * DAY_US + _LOADED_S * SECOND_US,
        }
        landing.add("ledger_totals", arrivals, columns)


def _booked(worth: Ints) -> Ints:
    """Rounded to whole pence where that hardly matters."""
    return np.where(np.abs(worth) >= _ROUNDED_FROM, (worth + 50) // 100 * 100, worth)
