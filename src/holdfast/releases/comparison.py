"""Each figure beside the period before it and the same period a year before.

What "a year before" is depends on the grain. A day is compared with the same weekday 364 days before,
because shops live by the week; a week with the same ISO week number of the year before, and week 53 with
nothing when that year has no week 53; every other period with the calendar's row of the same name one year
lower: 2026-09 with 2025-09, 2026-Q3 with 2025-Q3, FY2010-11 with FY2009-10.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from holdfast.calendars import DAY, Calendar, Period
from holdfast.partitions import Interval
from holdfast.releases.release import Figure, FigureState
from holdfast.releases.spelling import pct_change

WEEKS_52 = timedelta(days=364)
_YEAR = re.compile(r"(?P<prefix>.*?)(?<!\d)(?P<year>\d{4})(?!\d)(?:-(?P<next>\d{2})$)?(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The calendar's rows by grain, to step from a period to those it is compared with."""

    rows: dict[str, list[Period]]
    named: dict[tuple[str, str], tuple[Period, int]]
    """(grain, name) -> the period and its place in `rows[grain]`."""

    @classmethod
    def of(cls, calendar: Calendar) -> "Neighbours":
        """Of every row; days need none."""
        rows: dict[str, list[Period]] = {}
        for period in sorted(calendar.periods, key=lambda each: (each.interval, each.name)):
            rows.setdefault(period.grain, []).append(period)
        named = {
            (grain, each.name): (each, at) for grain, some in rows.items() for at, each in enumerate(some)
        }
        return cls(rows, named)

    def period(self, grain: str, name: str) -> Period | None:
        """The period of that grain and name."""
        if grain != DAY:
            return self.named[grain, name][0] if (grain, name) in self.named else None
        try:
            return _day(date.fromisoformat(name))
        except ValueError:
            return None

    def step(self, period: Period, by: int) -> Period | None:
        """The calendar's row `by` places later (earlier when negative) in the same grain."""
        if period.grain == DAY:
            return _day(period.interval.start + timedelta(days=by))
        at = self.named[period.grain, period.name][1] + by
        return self.rows[period.grain][at] if 0 <= at < len(self.rows[period.grain]) else None

    def years(self, period: Period, by: int) -> Period | None:
        """The same period `by` years later (earlier when negative)."""
        if period.grain == DAY:
            return _day(period.interval.start + by * WEEKS_52)
        name = shift_years(period.name, by)
        return self.period(period.grain, name) if name else None


def shift_years(name: str, by: int) -> str | None:
    """The period's name `by` years later; none when it holds no year of four digits.

    `FY2010-11` names two years and both move; in `2010-11` the second part is a month and stays.
    """
    found = _YEAR.match(name)
    if not found:
        return None
    year, second = int(found["year"]), found["next"]
    if second is not None:
        spans_two_years = found["prefix"] != "" and int(second) == (year + 1) % 100
        second = "-" + (f"{(year + by + 1) % 100:02d}" if spans_two_years else second)
    return f"{found['prefix']}{year + by:04d}{second or ''}{found['rest']}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure with what stands beside it."""

    figure: Figure
    period: Period | None
    previous: Figure | None
    previous_year: Figure | None
    change_pct: Decimal | None
    """Against the previous period; none unless both periods are counted to their last day."""
    change_year_pct: Decimal | None

    @property
    def note(self) -> str:
        """What a reader must know of the value: held, running, moved by what."""
        return note(self.figure, self.period)


def beside(
    figures: Iterable[Figure], calendar: Calendar, among: Iterable[Figure] | None = None
) -> list[Compared]:
    """Each figure with the previous period's and the previous year's, in the order given.

    They are looked for in `among`, the current figures; without it, in `figures` themselves.
    """
    shown = list(figures)
    current = {_key(each, each.period): each for each in (shown if among is None else among)}
    neighbours = Neighbours.of(calendar)

    @cache
    def around(grain: str, name: str) -> tuple[Period | None, Period | None, Period | None]:
        period = neighbours.period(grain, name)
        return (
            (period, neighbours.step(period, -1), neighbours.years(period, -1))
            if period
            else (None, None, None)
        )

    def compared(figure: Figure) -> Compared:
        period, before, year = around(figure.grain, figure.period)
        if period is None:
            return Compared(figure, None, None, None, None, None)
        previous = current.get(_key(figure, before.name)) if before else None
        previous_year = current.get(_key(figure, year.name)) if year else None
        return Compared(
            figure,
            period,
            previous,
            previous_year,
            _change(figure, period, previous, before),
            _change(figure, period, previous_year, year),
        )

    return [compared(each) for each in shown]


def note(figure: Figure, period: Period | None) -> str:
    """`held; last good value as of 2026-09-16`, `as of 16 of 30 days`, then the figure's reason."""
    said = []
    if figure.state is FigureState.HELD:
        last_good = f"last good value as of {figure.as_of}" if figure.value is not None else "never published"
        said += ["held", last_good]
    elif figure.state is FigureState.WITHDRAWN and not figure.reason.startswith("withdrawn"):
        said.append("withdrawn")
    if figure.as_of and period and not is_whole(figure, period):
        said.append(f"as of {days_counted(figure, period)} of {period.interval.length} days")
    if figure.reason:
        said.append(figure.reason)
    return "; ".join(said)


def is_whole(figure: Figure, period: Period) -> bool:
    """Whether every day of the period is counted."""
    return figure.as_of is not None and figure.as_of >= period.interval.last


def days_counted(figure: Figure, period: Period) -> int:
    """How many of the period's days are counted."""
    if figure.as_of is None or figure.as_of < period.interval.start:
        return 0
    return min((figure.as_of - period.interval.start).days + 1, period.interval.length)


def _change(now: Figure, period: Period, earlier: Figure | None, its: Period | None) -> Decimal | None:
    # 16 days of September beside 31 of August would read as a collapse: no percentage is better than that one.
    if earlier is None or its is None or not (is_whole(now, period) and is_whole(earlier, its)):
        return None
    return pct_change(now.value, earlier.value)


def _key(figure: Figure, period: str) -> tuple[str, str, str, str, str]:
    return figure.pipeline, figure.grain, period, figure.metric, figure.segment


def _day(day: date) -> Period:
    return Period(DAY, day.isoformat(), Interval.of_day(day))
