"""The exchange rates of the generated company: hundredths of a pound per unit, moving a hundredth at a time."""

from datetime import date

import numpy as np

from holdfast.testing.company_plan import CURRENCIES, Company, Ints, Stream, date_of, generator

RATES_BEFORE_DAYS = 10
_OPENING: Ints = np.array([100, 86, 77, 15, 52], dtype=np.int64)
_LOWEST: Ints = np.array([100, 80, 70, 13, 46], dtype=np.int64)
_HIGHEST: Ints = np.array([100, 92, 84, 17, 58], dtype=np.int64)


class Rates:
    """Every rate from ten days before the company's first day to its last.

    Two-decimal rates times two-decimal amounts give exactly four decimals, so nothing is ever rounded.
    """

    def __init__(self, company: Company) -> None:
        self.first_day = company.first_day - RATES_BEFORE_DAYS
        days = range(self.first_day, company.last_day + 1)
        self.published = np.array([is_published(date_of(day)) for day in days])
        self.hundredths = np.empty((len(days), len(CURRENCIES)), dtype=np.int64)
        rate = _OPENING
        for row, day in enumerate(days):
            if self.published[row]:
                rate = _moved(rate, generator(company, day, Stream.RATES))
            self.hundredths[row] = rate

    def convert(self, amounts: Ints, currencies: Ints, days: Ints) -> Ints:
        """Amounts in hundredths of their currency as ten-thousandths of a pound, at their own day's rate.

        A day without a rate takes the latest one before it.
        """
        converted: Ints = amounts * self.hundredths[days - self.first_day, currencies]
        return converted


def is_published(on: date) -> bool:
    """Rates are set on weekdays other than 25 December and 1 January."""
    return on.weekday() < 5 and (on.month, on.day) not in {(12, 25), (1, 1)}


def _moved(rate: Ints, rng: np.random.Generator) -> Ints:
    """The next day's rates: each up or down a hundredth, now and then unchanged; the pound stays 1."""
    steps = np.array([-1, -1, 0, 1, 1])[rng.integers(0, 5, len(rate))]
    stepped: Ints = rate + np.where((rate + steps < _LOWEST) | (rate + steps > _HIGHEST), -steps, steps)
    stepped[0] = 100
    return stepped
