"""Fiscal years of whole weeks, beside the retail calendar that the trade publishes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.calendars import BusinessDays, Calendar, fiscal_periods

# Years of 53 weeks in the National Retail Federation's 4-5-4 calendar, and on which Sunday they began.
LONG_YEARS = {2006: date(2006, 1, 29), 2012: date(2012, 1, 29), 2017: date(2017, 1, 29), 2023: date(2023, 1, 29)}


def test_the_retail_calendar_has_its_long_years():
    """From 2006 on, years of Sundays nearest to 1 February have 53 weeks exactly where the trade has them."""
    periods = fiscal_periods(date(2006, 1, 29), 20, (4, 5, 4), nearest=date(2006, 2, 1))
    years = [period for period in periods if period.grain == "fiscal_year"]

    assert {y.name: y.interval.start for y in years if y.interval.length == 53 * 7} == {
        f"FY{year}": start for year, start in LONG_YEARS.items()
    }
    assert {y.interval.length for y in years} == {52 * 7, 53 * 7}


def test_the_long_year_gives_its_last_month_a_week_more():
    """FY2023 in 4-5-4 ends with a month of five weeks; every other month is as it says."""
    periods = fiscal_periods(date(2023, 1, 29), 1, (4, 5, 4), nearest=date(2023, 2, 1))
    weeks = [p.interval.length // 7 for p in periods if p.grain == "month"]

    assert weeks == [4, 5, 4] * 3 + [4, 5, 5]
    assert [p.name for p in periods if p.grain == "week"][-1] == "FY2023-W53"


@given(
    first=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    years=st.integers(1, 8),
    weeks=st.sampled_from([(4, 4, 5), (4, 5, 4), (5, 4, 4)]),
)
def test_every_grain_tiles_the_same_days(first, years, weeks):
    """Weeks, months, quarters and years each cover all days from the first to the last, once; names are unique."""
    periods = fiscal_periods(first, years, weeks)
    spans = {}
    for grain in ("week", "month", "quarter", "fiscal_year"):
        mine = sorted(p.interval for p in periods if p.grain == grain)
        assert all(one.end == other.start for one, other in zip(mine, mine[1:], strict=False)), grain
        spans[grain] = (mine[0].start, mine[-1].end)
    assert len(set(spans.values())) == 1
    assert spans["week"][0] == first
    assert len({p.name for p in periods}) == len(periods)
    # A year never begins more than three days before its anniversary, nor more than three after.
    for year in (p.interval for p in periods if p.grain == "fiscal_year"):
        near = [first.replace(year=year.start.year + n, day=min(first.day, 28)) for n in (-1, 0, 1)]
        assert min(abs((year.start - each).days) for each in near) <= 3 + 3


@pytest.mark.parametrize(
    ("day", "more", "expected"),
    [
        (date(2026, 9, 1), 0, date(2026, 9, 1)),  # a Tuesday is its own first business day
        (date(2026, 8, 1), 0, date(2026, 8, 3)),  # a Saturday
        (date(2026, 8, 29), 1, date(2026, 9, 2)),  # the last Monday of August is a holiday
        (date(2026, 9, 1), 9, date(2026, 9, 14)),
    ],
)
def test_so_many_business_days_after(day, more, expected):
    """Counted from the first business day on or after the day; weekends and holidays do not count."""
    assert BusinessDays(frozenset({date(2026, 8, 31)})).after(day, more) == expected


def test_a_fiscal_calendar_names_each_day_once_per_grain():
    """Any day of FY2026 has one month, and it is the one whose days hold it."""
    calendar = Calendar(fiscal_periods(date(2026, 2, 1), 1))
    day = date(2026, 2, 1)
    while day < date(2027, 1, 31):
        assert day in calendar.of_day("month", day).interval
        day += timedelta(days=1)
