"""Days that a person wants built again."""

from datetime import date

from holdfast.calendars import Calendar, standard_periods
from holdfast.definitions.model import Model, Reads
from holdfast.partitions import Days, Interval
from holdfast.runs.plan import Known, forced
from holdfast.runs.run import ModelDay

CALENDAR = Calendar(standard_periods(date(2025, 10, 1), date(2025, 12, 31)))
FACT = Model("fact", "", "", ("id",), "day", (Reads("src.orders"),))
MONTHLY = Model("monthly", "", "", ("start",), "start", (Reads("fact"),), period="month")
HORIZON = Interval(date(2025, 10, 1), date(2025, 11, 10))


def plan(first, last, built=()):
    known = Known({}, {"fact": {day: ModelDay("fact", day, 1, "", "r") for day in built}})
    days = Days.of([Interval(first, last)])
    return forced("profit", [FACT, MONTHLY], {}, known, days, HORIZON, CALENDAR)


def test_a_few_days_are_one_run_in_every_model():
    """Each model rebuilds its whole periods of the days, none beyond the horizon, for the reason `backfill`."""
    [run] = plan(date(2025, 11, 3), date(2025, 11, 5))

    assert str(run.days) == "2025-11-03..2025-11-04" and not run.backfilled
    assert str(run.stale["fact"]) == "2025-11-03..2025-11-04"
    assert str(run.stale["monthly"]) == "2025-11-01..2025-11-09"
    assert [reason.kind for reason in run.reasons] == ["backfill"]


def test_a_moved_figure_of_a_forced_day_waits_for_a_person():
    """No late row explains a change, so every day of the run is unexplained."""
    [run] = plan(date(2025, 11, 3), date(2025, 11, 5), built=HORIZON.days())

    assert run.unexplained == run.days


def test_long_spans_are_built_by_the_month():
    """A build holds one month in memory."""
    runs = plan(date(2025, 10, 20), date(2025, 11, 5))

    assert [str(run.days) for run in runs] == ["2025-10-20..2025-10-31", "2025-11-01..2025-11-04"]
    assert all(run.backfilled for run in runs)


def test_days_outside_the_horizon_are_left_out():
    """Before the start and from today on there is nothing to build."""
    assert plan(date(2025, 9, 1), date(2025, 9, 30)) == []
    assert [str(run.days) for run in plan(date(2025, 11, 8), date(2025, 11, 20))] == ["2025-11-08..2025-11-09"]
