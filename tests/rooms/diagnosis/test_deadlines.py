"""When figures are due, what of them readers lack, and when somebody is paged."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.diagnosis.deadlines import Due, Published, Waiting, affects_of, every_value, pages_at, pressing
from holdfast.incidents.signals import Affect
from holdfast.paging.gathering import due_of

PROFIT, ENGAGEMENT = "aggregate_profit", "aggregate_engagement"


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.fixture
def due(reference) -> Due:
    return due_of(reference, date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("period", "at"),
    [
        ("2026-10-03", utc(2026, 10, 4, 8)),  # a Saturday's figure is due on the Sunday
        ("2026-W40", utc(2026, 10, 5, 12)),  # to Sunday 4 October
        ("2026-08", utc(2026, 9, 1, 12)),  # the bank holiday of 31 August is its last day
        ("2026-W52", utc(2026, 12, 29, 12)),  # to 27 December; the 28th stands in for Boxing Day, a Saturday
        ("2026-12", utc(2027, 1, 4, 12)),  # 1 January is a Friday
    ],
)
def test_a_longer_period_is_due_on_a_business_day(reference, due, period, at):
    """Days are due the next morning whatever it is; longer periods at noon of England's first business day after."""
    assert due.at(reference.pipelines[PROFIT], reference.calendar.named(period)) == at


def test_the_run_waits_for_the_end_of_the_day():
    """In London the run of a day is due at three UTC; in New York the day ends only at four."""
    assert Due(None, None, ZoneInfo("Europe/London")).run_of(date(2026, 7, 1)) == utc(2026, 7, 2, 3)
    assert Due(None, None, ZoneInfo("America/New_York")).run_of(date(2026, 7, 1)) == utc(2026, 7, 2, 4)


def test_a_day_is_first_published_with_the_first_release_that_reaches_it():
    """A release that skips days published them too; days after the newest were never published."""
    published = Published(((date(2026, 9, 1), utc(2026, 9, 2, 3)), (date(2026, 9, 4), utc(2026, 9, 5, 3))))

    assert published.through == date(2026, 9, 4)
    assert [published.first_at(date(2026, 9, day)) for day in (1, 2, 4, 5)] == [
        utc(2026, 9, 2, 3), utc(2026, 9, 5, 3), utc(2026, 9, 5, 3), None,
    ]  # fmt: skip
    assert Published().through is None


def test_what_is_known_of_a_cohort_later_is_due_later(reference, due):
    """The seven-day retention of 24 September is told by the rows of 1 October, and due with them."""
    found = affects_of(reference.pipelines[ENGAGEMENT], [Waiting("retention_d7", date(2026, 10, 1))], due)

    assert [(each.grain, each.period, each.due_at) for each in found] == [("day", "2026-09-24", utc(2026, 10, 2, 9))]


def test_every_grain_of_a_metric_lacks_the_day(reference, due):
    """A missing day is missing in its week, month and quarter, each at its own deadline."""
    found = affects_of(reference.pipelines[PROFIT], [Waiting("profit", date(2026, 9, 30))], due)

    assert [(each.period, each.due_at) for each in found] == [
        ("2026-09-30", utc(2026, 10, 1, 8)),
        ("2026-09", utc(2026, 10, 1, 12)),
        ("2026-Q3", utc(2026, 10, 1, 12)),
        ("2026-W40", utc(2026, 10, 5, 12)),
    ]


def test_what_readers_had_is_not_missing(reference, due):
    """Held after it was published: the day and whatever was whole by then are not missing, the running month is."""
    value, held_at = Waiting("profit", date(2026, 9, 3)), utc(2026, 9, 14, 5)
    days = [date(2026, 9, 1) + timedelta(days=n) for n in range(13)]
    published = Published(tuple((day, utc(2026, 9, day.day + 1, 3)) for day in days))

    found = affects_of(reference.pipelines[PROFIT], [value], due, {value: held_at}, published)

    assert {each.period for each in found} == {"2026-09", "2026-Q3"}


def test_every_metric_waits_for_a_day_without_a_release(reference, due):
    """A day nobody released lacks every metric that has days."""
    pipeline = reference.pipelines[PROFIT]
    found = affects_of(pipeline, every_value(pipeline, [date(2026, 9, 30)]), due)

    assert {each.metric for each in found if each.grain == "day"} == {m.id for m in pipeline.metrics if "day" in m.grains}


def _due(*hours: int) -> list[Affect]:
    return [Affect(PROFIT, "investors", "profit", "day", f"2026-09-{hour:02}", utc(2026, 10, 2, hour)) for hour in hours]


@pytest.mark.parametrize(
    ("hour", "shown"),
    [(3, (8,)), (8, (8,)), (11, (8,)), (12, (8, 12)), (23, (8, 12))],
)
def test_the_next_deadline_presses_and_those_that_passed(hour, shown):
    """Before any deadline the next one counts; later every one that has passed, a moment after it too."""
    assert pressing(_due(8, 12), utc(2026, 10, 2, hour)) == tuple(_due(*shown))


@pytest.mark.parametrize(
    ("since", "before_h", "at"),
    [(3, 0, 8), (3, 2, 6), (6, 2, 6), (7, 2, 7), (9, 0, 9)],
)
def test_a_ladder_begins_before_its_deadline_but_never_before_it_was_known(since, before_h, at):
    """Two hours ahead for a fault of ours; what is noticed later begins when it was noticed."""
    assert pages_at(utc(2026, 10, 2, since), _due(8), timedelta(hours=before_h)) == utc(2026, 10, 2, at)
    assert pages_at(utc(2026, 10, 2, since), [], timedelta(hours=before_h)) is None
