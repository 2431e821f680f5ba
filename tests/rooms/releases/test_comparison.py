"""What stands beside a figure."""

from datetime import date
from decimal import Decimal

import pytest
from small_figures import CALENDAR, MONTHS, SEPTEMBER, figure

from holdfast.releases.comparison import beside, note, shift_years
from holdfast.releases.release import FigureState


def test_a_month_stands_beside_the_month_before_and_the_same_month_a_year_before():
    """September 2026 is compared with August 2026 and September 2025."""
    profit = beside(SEPTEMBER, CALENDAR, MONTHS)[0]

    assert (profit.previous.period, profit.previous_year.period) == ("2026-08", "2025-09")
    # (1,234,567.5 - 1,000,000) / 1,000,000
    assert profit.change_pct == Decimal("23.45675")
    assert profit.change_year_pct is None, "the year before was zero"


def test_a_smaller_loss_is_a_positive_change():
    """From -1000.50 to -500.25 is +50 %: the denominator is absolute."""
    assert beside(SEPTEMBER, CALENDAR, MONTHS)[1].change_pct == Decimal(50)


@pytest.mark.parametrize(
    ("grain", "period", "previous", "a_year_before"),
    [
        ("day", "2026-03-01", "2026-02-28", "2025-03-02"),
        ("week", "2026-W38", "2026-W37", "2025-W38"),
        ("week", "2026-W01", "2025-W52", None),
        ("quarter", "2026-Q3", "2026-Q2", "2025-Q3"),
        ("fiscal", "FY2010-11", "FY2009-10", "FY2009-10"),
    ],
)
def test_each_grain_has_its_own_year_before(
    grain: str, period: str, previous: str, a_year_before: str | None
):
    """Days go back 364 days to the same weekday (1 March 2026 and 2 March 2025 are Sundays); the rest by name."""
    names = {period, previous, a_year_before or "", "2025-08-01"}
    figures = [figure(grain, name, "profit", "1.0000") for name in sorted(names - {""})]

    compared = next(each for each in beside(figures, CALENDAR) if each.figure.period == period)

    assert compared.previous.period == previous
    assert (compared.previous_year.period if compared.previous_year else None) == a_year_before


def test_a_running_month_has_no_percentage():
    """16 days beside a whole month would read as a collapse; the values stand there, the change does not."""
    running = figure("month", "2026-09", "profit", "600.0000", as_of=date(2026, 9, 16))

    compared = beside([running], CALENDAR, MONTHS)[0]

    assert compared.previous.value == Decimal("1000000.0000")
    assert compared.change_pct is None
    assert compared.note == "as of 16 of 30 days"


def test_a_held_figure_says_what_its_value_is():
    """With a last good value its day is named; without one it says so."""
    september = CALENDAR.named("2026-09")

    assert note(SEPTEMBER[3], september) == "held; last good value as of 2026-09-16; as of 16 of 30 days"
    assert note(SEPTEMBER[2], september) == "held; never published"
    assert (
        note(figure("month", "2026-09", "profit", None, state=FigureState.WITHDRAWN), september)
        == "withdrawn"
    )


def test_two_years_in_a_name_move_together_and_a_month_stays():
    """FY2010-11 names two years, 2010-11 a November."""
    assert shift_years("FY2010-11", -1) == "FY2009-10"
    assert shift_years("2010-11", -1) == "2009-11"
    assert shift_years("FY1999-00", 1) == "FY2000-01"
    assert shift_years("holidays", -1) is None
