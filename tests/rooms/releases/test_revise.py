"""Which revisions go out by themselves, with limits worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from holdfast.calendars import Calendar, standard_periods
from holdfast.definitions.metric import Limit, Measure, Metric, Ratio
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days
from holdfast.releases.release import HoldKind
from holdfast.releases.revise import Move, day_revisions, period_revisions

DAY = date(2026, 9, 29)
CALENDAR = Calendar(standard_periods(date(2026, 9, 1), date(2026, 10, 31)))
LIMIT = Limit(Decimal(5), Decimal(20))
PIPELINE = Pipeline(
    "profit",
    "",
    "investors",
    "james",
    "jill",
    date(2026, 9, 1),
    (
        Metric("profit", "", "GBP", ("day", "month"), measures={"day": Measure("sums", "profit")}, limit=LIMIT),
        Metric("users", "", "count", ("day",), measures={"day": Measure("visits", "users")}, limit=LIMIT),
        Metric("margin", "", "ratio", ("day", "month"), ratio=Ratio(("profit",), "profit"), limit=Limit(Decimal(5), Decimal("0.01"))),
    ),
    (),
    (),
)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        # 5 % of 1000 is 50.
        ("1000", "1050", True),
        ("1000", "1050.0001", False),
        ("1000", "950", True),
        ("1000", "949.9999", False),
        # A loss: the denominator is its size, 5 % of 1000 either way.
        ("-1000", "-1050", True),
        ("-1000", "-1051", False),
        ("-1000", "-950", True),
        # At most 20 is nothing to wake anybody for, whatever its share; also from zero and through zero.
        ("100", "120", True),
        ("100", "120.01", False),
        ("0", "20", True),
        ("0", "20.01", False),
        ("-10", "10", True),
        # What appears or vanishes is no small change.
        (None, "1", False),
        ("1", None, False),
        (None, None, True),
    ],
)
def test_how_far_a_figure_moves_by_itself(old, new, allowed):
    """At most five percent of the absolute earlier value, or at most twenty."""
    values = [None if text is None else Decimal(text) for text in (old, new)]

    assert LIMIT.allows(*values) is allowed
    moves = [Move("day", str(DAY), "profit", "", *values)]
    assert bool(day_revisions(moves, PIPELINE, Days(), {})) is not allowed


def test_one_segment_too_far_holds_the_whole_day():
    """EU moved by a tenth, the total by a hundredth: the day waits, for every metric of its model and their ratios."""
    moves = [
        Move("day", str(DAY), "profit", "", Decimal(10000), Decimal(10100)),
        Move("day", str(DAY), "profit", "region=EU", Decimal(1000), Decimal(1100)),
    ]

    (hold,) = day_revisions(moves, PIPELINE, Days(), {DAY: "7:ab"})

    assert (hold.kind, hold.cause, hold.day, hold.segment) == (HoldKind.REVISION, "revision", DAY, "")
    assert hold.metrics == ("profit", "margin")
    assert hold.observed == "profit region=EU 1000 -> 1100"
    assert hold.expected == "at most 5 % or 20"
    assert hold.evidence == "7:ab"


def test_a_day_that_nothing_in_time_explains_waits_however_little_it_moves():
    """A penny is too much when no row that arrived in time brought it."""
    moves = [Move("day", str(DAY), "profit", "", Decimal(1000), Decimal("1000.01"))]

    (hold,) = day_revisions(moves, PIPELINE, Days.of_days([DAY]), {})
    assert (hold.cause, hold.expected) == ("unexplained revision", "no change")
    assert day_revisions(moves, PIPELINE, Days(), {}) == []


def test_a_roll_up_has_its_own_limit():
    """Many small revisions of days add up: the month moved by six percent and waits, at its first day."""
    moves = [
        Move("month", "2026-09", "profit", "", Decimal(1000), Decimal(1060)),
        Move("week", "2026-W40", "profit", "", Decimal(1000), Decimal(1010)),
        Move("day", str(DAY), "profit", "", Decimal(1000), Decimal(9999)),
    ]

    (hold,) = period_revisions(moves, PIPELINE, CALENDAR)
    assert (hold.cause, hold.day) == ("revision month 2026-09", date(2026, 9, 1))
    (other,) = period_revisions([Move("month", "2026-09", "profit", "", Decimal(1000), Decimal(1061))], PIPELINE, CALENDAR)
    assert other.evidence != hold.evidence, "another move needs another word"


def test_a_metric_nobody_declares_any_more_holds_nothing():
    """A figure of a metric that was taken out of the folder has no limit to keep."""
    assert day_revisions([Move("day", str(DAY), "gone", "", Decimal(1), Decimal(9))], PIPELINE, Days(), {}) == []


def test_a_ratio_that_had_no_denominator_gets_its_value_by_itself():
    """A small channel's first late cancellation gives it a ratio; a measured value that appears needs a person."""
    ratio = Move("month", "2026-09", "margin", "", None, Decimal("0.5"))
    measured = Move("month", "2026-09", "profit", "", None, Decimal(5))

    assert period_revisions([ratio], PIPELINE, CALENDAR) == []
    assert len(period_revisions([measured], PIPELINE, CALENDAR)) == 1
