"""Named periods, business days and the reporting zone: which day an instant belongs to."""

import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holdfast.partitions import ONE_DAY, Days, Interval

DAY = "day"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A named span of a grain: day 2026-09-17, week 2026-W38, month 2026-09, FY2010-11."""

    grain: str
    name: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods a team reports in; days need no row, they are their own period."""

    periods: tuple[Period, ...] = ()
    _by_grain: dict[str, list[Period]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_name: dict[str, Period] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for period in sorted(self.periods, key=lambda p: (p.grain, p.interval.start)):
            self._by_grain.setdefault(period.grain, []).append(period)
            self._by_name[period.name] = period

    @property
    def grains(self) -> tuple[str, ...]:
        """Every grain that has a period, days first."""
        return (DAY, *sorted(self._by_grain))

    def named(self, name: str) -> Period | None:
        """The period called `name`; any ISO date names its day."""
        if name in self._by_name:
            return self._by_name[name]
        try:
            return Period(DAY, name, Interval.of_day(date.fromisoformat(name)))
        except ValueError:
            return None

    def of_day(self, grain: str, day: date) -> Period | None:
        """The period of `grain` that holds `day`; None when the calendar has no such row."""
        if grain == DAY:
            return Period(DAY, day.isoformat(), Interval.of_day(day))
        rows = self._by_grain.get(grain, [])
        at = bisect.bisect_right(rows, day, key=lambda p: p.interval.start) - 1
        return rows[at] if at >= 0 and day in rows[at].interval else None

    def widen(self, grain: str, days: Days) -> Days:
        """The whole periods of `grain` that hold any of `days`."""
        if grain == DAY:
            return days
        return Days.of(p.interval for p in self._meeting(grain, days))

    def periods_of(self, grain: str, days: Days) -> list[Period]:
        """Every period of `grain` that holds any of `days`, oldest first."""
        if grain == DAY:
            return [Period(DAY, day.isoformat(), Interval.of_day(day)) for day in days]
        return self._meeting(grain, days)

    def _meeting(self, grain: str, days: Days) -> list[Period]:
        # Without a set per period: a gather widens some hundred times, over as many periods each.
        return [
            period
            for period in self._by_grain.get(grain, [])
            if any(period.interval.start < each.end and each.start < period.interval.end for each in days.intervals)
        ]


def standard_periods(first_on: date, last_on: date) -> tuple[Period, ...]:
    """ISO weeks, months and quarters that touch the span, each whole."""
    periods = []
    week = first_on - timedelta(days=first_on.weekday())
    while week <= last_on:
        year, number, _ = week.isocalendar()
        periods.append(Period("week", f"{year}-W{number:02d}", Interval(week, week + timedelta(days=7))))
        week += timedelta(days=7)
    month = first_on.replace(day=1)
    while month <= last_on:
        after = _next_month(month)
        periods.append(Period("month", f"{month:%Y-%m}", Interval(month, after)))
        month = after
    quarter = first_on.replace(month=first_on.month - (first_on.month - 1) % 3, day=1)
    while quarter <= last_on:
        after = _next_month(_next_month(_next_month(quarter)))
        name = f"{quarter.year}-Q{(quarter.month + 2) // 3}"
        periods.append(Period("quarter", name, Interval(quarter, after)))
        quarter = after
    return tuple(periods)


def fiscal_periods(
    first_on: date, years: int, weeks: tuple[int, ...] = (4, 4, 5), nearest: date | None = None
) -> tuple[Period, ...]:
    """Fiscal years of whole weeks from `first_on`: weeks, months, quarters and years, all aligned.

    Each quarter has months of so many `weeks`. Years begin on the weekday of `first_on`, as near as can be to
    the day and month of `nearest` (default: of `first_on`): a year has 52 weeks, and 53 when the next one would
    otherwise begin more than three days too early; its last month then has a week more. A year
    is named after the calendar year that most of the first one lies in: FY2026 from February 2026 to January 2027.
    """
    periods: list[Period] = []
    start, named = first_on, (first_on + timedelta(weeks=26)).year
    for number in range(1, years + 1):
        anniversary = _anniversary((nearest or first_on).replace(year=first_on.year), number)
        end = start + timedelta(weeks=52)
        if (anniversary - end).days > 3:
            end += timedelta(weeks=1)
        periods += _fiscal_year(f"FY{named + number - 1}", Interval(start, end), weeks)
        start = end
    return tuple(periods)


def _fiscal_year(name: str, year: Interval, weeks: tuple[int, ...]) -> list[Period]:
    found = []
    for at, offset in enumerate(range(0, year.length, 7)):
        monday = year.start + timedelta(days=offset)
        found.append(Period("week", f"{name}-W{at + 1:02d}", Interval(monday, monday + timedelta(days=7))))
    start = year.start
    for at, length in enumerate(weeks * 4):
        last = at == 4 * len(weeks) - 1
        end = year.end if last else start + timedelta(weeks=length)
        found.append(Period("month", f"{name}-P{at + 1:02d}", Interval(start, end)))
        start = end
    months = [period.interval for period in found if period.grain == "month"]
    for at in range(4):
        some = months[at * len(weeks) : (at + 1) * len(weeks)]
        found.append(Period("quarter", f"{name}-Q{at + 1}", Interval(some[0].start, some[-1].end)))
    return [*found, Period("fiscal_year", name, year)]


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def starts_at(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which business day `day` begins in `zone`, in UTC: the first one of that local date or later.

    The local date is fixed first and converted after: adding hours would be wrong across a clock change.
    """
    at = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).time() == time(0):
        return at
    # Clocks jumped over midnight (Toronto 1919: 23:30 to 00:30): the day begins at the jump.
    return _first_instant(at - ONE_DAY, at, lambda instant: instant.astimezone(zone).date() >= day)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The business day that holds the instant.

    That is the local date, except where clocks went back across midnight (St. John's until 2011, at 00:01):
    a day that has begun goes on, so that days follow each other without overlap.
    """
    day = at.astimezone(zone).date()
    return day + ONE_DAY if at >= starts_at(day + ONE_DAY, zone) else day


def offsets(interval: Interval, zone: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """What to add to an instant of the interval to read its business day, as (valid from, offset), oldest first.

    These are the UTC offsets of `zone`; one that would take the date back is valid from the next midnight.
    Found by bisection to the second, so any rule of any zone is seen, also half-hour shifts.
    """
    return list(_offsets(interval, zone))


@lru_cache(maxsize=256)
def _offsets(interval: Interval, zone: ZoneInfo) -> tuple[tuple[datetime, timedelta], ...]:
    start, end = starts_at(interval.start, zone), starts_at(interval.end, zone)
    found = [(start, _offset(start, zone))]
    at = start
    while at < end:
        ahead = min(at + ONE_DAY, end)
        if _offset(ahead, zone) != found[-1][1]:
            found.append(_shift_after(at, ahead, zone))
        at = ahead
    return tuple(found)


def _shift_after(at: datetime, ahead: datetime, zone: ZoneInfo) -> tuple[datetime, timedelta]:
    """The clock change between two instants, as (valid from, offset)."""
    before = _offset(at, zone)
    shift = _first_instant(at, ahead, lambda instant: _offset(instant, zone) != before)
    after = _offset(shift, zone)
    begun = (shift - timedelta(seconds=1) + before).date()
    if (shift + after).date() < begun:
        shift = datetime.combine(begun, time(0), tzinfo=UTC) - after
    return shift, after


def _first_instant(low: datetime, high: datetime, is_after: Callable[[datetime], bool]) -> datetime:
    """The first whole second for which `is_after` is true; it is false at `low` and true at `high`."""
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if is_after(middle):
            high = middle
        else:
            low = middle
    return high


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Days on which offices work: Monday to Friday without these public holidays."""

    holidays: frozenset[date] = frozenset()

    def first_from(self, day: date) -> date:
        """The first business day on or after `day`."""
        while day.weekday() >= 5 or day in self.holidays:
            day += ONE_DAY
        return day

    def after(self, day: date, more: int) -> date:
        """The business day `more` business days after the first one on or after `day`."""
        day = self.first_from(day)
        for _ in range(more):
            day = self.first_from(day + ONE_DAY)
        return day


def deadline(period: Period, *, day_time: time, period_time: time, business: BusinessDays) -> datetime:
    """When the period's figures are due, in UTC.

    A day is due the next morning at `day_time`; anything longer at `period_time` on the first business
    day after the period.
    """
    if period.grain == DAY:
        return datetime.combine(period.interval.end, day_time, tzinfo=UTC)
    return datetime.combine(business.first_from(period.interval.end), period_time, tzinfo=UTC)


def public_holidays(country: str, subdivision: str | None, years: Iterable[int]) -> BusinessDays:
    """The public holidays of a country, from the `holidays` library."""
    import holidays

    found = holidays.country_holidays(country, subdiv=subdivision, years=list(years))
    return BusinessDays(frozenset(found))
