"""What stands over figures that are published although a check failed."""

from datetime import date, timedelta

import pytest

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.releases.banners import banners

FRIDAY = date(2026, 9, 18)
DAY = timedelta(days=1)


def result(day: date, outcome: Outcome = Outcome.FAIL, severity: Severity = Severity.HOLD, segment: str = "experiment=aa") -> Result:
    """What the split's check said of a day."""
    return Result("sample_ratio", "unit_profit", "exp_unit_profit", day, segment, outcome, severity, f"{day.day}", "0")


def test_a_check_that_fails_for_days_is_one_banner():
    """Its first and last failing day, how many there are, and what the last one saw."""
    [banner] = banners([result(FRIDAY - 3 * DAY), result(FRIDAY), result(FRIDAY - DAY)], FRIDAY)

    assert (banner.first, banner.last, banner.days, banner.observed) == (FRIDAY - 3 * DAY, FRIDAY, 3, "18")


def test_experiments_have_banners_of_their_own():
    """A failure of one experiment says nothing of another."""
    found = banners([result(FRIDAY), result(FRIDAY, segment="experiment=button")], FRIDAY)

    assert [each.segment for each in found] == ["experiment=aa", "experiment=button"]


@pytest.mark.parametrize(
    ("outcome", "severity", "stands"),
    [
        (Outcome.FAIL, Severity.HOLD, True),
        (Outcome.UNKNOWN, Severity.HOLD, True),
        (Outcome.FAIL, Severity.FLAG, False),
        (Outcome.WARN, Severity.WARN, False),
        (Outcome.NOT_APPLICABLE, Severity.HOLD, False),
        (Outcome.PASS, Severity.HOLD, False),
    ],
)
def test_a_banner_is_what_would_hold_for_investors(outcome, severity, stands):
    """A check that could not run counts as failed; warnings and flags are no banners."""
    assert bool(banners([result(FRIDAY, outcome, severity)], FRIDAY)) is stands


@pytest.mark.parametrize(("age", "stands"), [(0, True), (7, True), (8, False)])
def test_a_banner_stands_for_a_week_after_its_last_day(age, stands):
    """Readers of last week's day still see it; then it is history."""
    assert bool(banners([result(FRIDAY - age * DAY)], FRIDAY)) is stands


def test_over_one_day_stands_what_failed_on_that_day():
    """A read-out of a day shows neither what failed before nor what fails later."""
    failed = [result(FRIDAY - DAY), result(FRIDAY + DAY)]

    assert banners(failed, FRIDAY, timedelta(0)) == ()
