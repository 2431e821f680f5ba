"""The periods of the generated company's true figures, as far as it has lived them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.testing.company_plan import Company, date_of, day_of

GRAINS = ("day", "week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or quarter, as far as the company has lived it: rows `start` to `end` of its days.

    `opens` is the first day of the whole calendar period, in days since 1970-01-01; it may lie before the
    company's first day.
    """

    grain: str
    name: str
    start: int
    end: int
    opens: int


def periods_of(company: Company) -> list[Period]:
    """Every day, ISO week, month and quarter the company lived in, clipped to its days; by grain, then in time."""
    dates = [date_of(day) for day in range(company.first_day, company.last_day + 1)]
    return [period for grain in GRAINS for period in _periods(grain, dates)]


def opens(grain: str, on: date) -> date:
    """The first day of the day, week, month or quarter in which the date lies."""
    if grain == "week":
        return on - timedelta(days=on.weekday())
    if grain == "quarter":
        return on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1)
    return on.replace(day=1) if grain == "month" else on


def _periods(grain: str, dates: list[date]) -> Iterator[Period]:
    start = 0
    names = [_name(grain, on) for on in dates]
    for row, name in enumerate(names):
        if row + 1 == len(names) or names[row + 1] != name:
            yield Period(grain, name, start, row + 1, day_of(opens(grain, dates[start])))
            start = row + 1


def _name(grain: str, on: date) -> str:
    if grain == "week":
        year, week, _ = on.isocalendar()
        return f"{year}-W{week:02d}"
    if grain == "quarter":
        return f"{on.year}-Q{(on.month + 2) // 3}"
    return f"{on:%Y-%m}" if grain == "month" else on.isoformat()
