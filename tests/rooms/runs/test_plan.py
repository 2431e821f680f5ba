"""What is due, with its reasons, worked out by hand on two models and two sources."""

from datetime import date, timedelta

from holdfast.calendars import Calendar, Period, standard_periods
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.source import Changes, Source
from holdfast.partitions import Days, Interval
from holdfast.runs.plan import LIVE_DAYS, Known, due, in_months, in_ranges
from holdfast.runs.run import LateRows, ModelDay, SourceDay

FIRST = date(2026, 9, 1)
CALENDAR = Calendar(standard_periods(FIRST, date(2026, 12, 31)))
SOURCES = {name: Source(name, "", (), (), Changes.APPEND, "", business_time="day") for name in ("orders", "rates")}
FACTS = Model("facts", "", "", (), "day", (Reads("src.orders"), Reads("src.rates", -2, 0)), definition_hash="h1")
MONTHLY = Model("monthly", "", "", (), "month", (Reads("facts"),), period="month", definition_hash="h1")


def nth(number: int) -> date:
    """September's day of that number."""
    return FIRST + timedelta(days=number - 1)


def built(model: Model, first: int, last: int, seq: int = 1, definition: str = "h1") -> dict[date, ModelDay]:
    """Days of September that were built from a landing."""
    return {nth(n): ModelDay(model.name, nth(n), seq, definition, "r") for n in range(first, last + 1)}


def runs(known: Known, last: int, lineage: tuple[Model, ...] = (FACTS, MONTHLY)):
    """What is due by the end of that day of September."""
    return due("profit", list(lineage), SOURCES, known, Interval(FIRST, nth(last + 1)), CALENDAR)


def known(last: int, source_days: dict[str, list[SourceDay]] | None = None, **more) -> Known:
    """Everything built to that day from landing 1."""
    models = {"facts": built(FACTS, 1, last), "monthly": built(MONTHLY, 1, last)}
    return Known(source_days or {}, models, **more)


def test_nothing_is_due_when_everything_is_built():
    """Every day is built from what counts: no run."""
    assert runs(known(10), 10) == []


def test_new_days_are_released_one_at_a_time():
    """Three days after a pause: three runs, oldest first, each of them live and with its reason."""
    found = runs(known(10), 13)

    assert [str(run.days) for run in found] == ["2026-09-11", "2026-09-12", "2026-09-13"]
    assert [reason.kind for run in found for reason in run.reasons] == ["new", "new", "new"]
    assert not any(run.backfilled for run in found)
    assert str(found[0].stale["facts"]) == "2026-09-11"
    assert str(found[0].stale["monthly"]) == "2026-09-01..2026-09-13"


def test_more_than_a_week_of_new_days_is_history():
    """Eight days are built in one range; a range ends with its calendar month."""
    assert LIVE_DAYS == 7
    assert [run.backfilled for run in runs(known(10), 17)] == [False] * 7
    (history,) = runs(known(10), 18)
    assert history.backfilled and str(history.days) == "2026-09-11..2026-09-18"

    found = runs(known(10), 40)
    assert [str(run.days) for run in found] == ["2026-09-11..2026-09-30", "2026-10-01..2026-10-10"]


def test_a_changed_rate_makes_the_days_stale_that_read_it():
    """Rates are read two days back, so one of the 5th reaches the 5th to the 7th, and the facts' month by building."""
    rate = SourceDay("rates", nth(5), 2, 1, 1)
    late = {("rates", nth(5)): LateRows("rates", nth(5), 1, nth(11), True)}

    (run,) = runs(known(10, {"rates": [rate]}, late=late), 10)

    assert {name: str(days) for name, days in run.stale.items()} == {"facts": "2026-09-05..2026-09-07"}
    assert [reason.kind for reason in run.reasons] == ["late rows"]
    assert "rates of 2026-09-05" in run.reasons[0].text
    assert set(run.why) >= {nth(5), nth(6), nth(7)}
    assert not run.backfilled and not run.unexplained


def test_a_day_built_after_the_change_is_not_stale():
    """The 6th was built again from landing 2 already."""
    models = {"facts": built(FACTS, 1, 10) | built(FACTS, 6, 6, seq=2), "monthly": built(MONTHLY, 1, 10)}
    rate = SourceDay("rates", nth(5), 2, 1, 1)

    (run,) = runs(Known({"rates": [rate]}, models), 10)

    assert str(run.stale["facts"]) == "2026-09-05, 2026-09-07"


def test_rows_that_come_too_late_wait_for_a_person():
    """Their days may move for a reason that nobody promised."""
    rate = SourceDay("rates", nth(5), 2, 1, 1)
    late = {("rates", nth(5)): LateRows("rates", nth(5), 1, nth(25), False)}

    (run,) = runs(known(10, {"rates": [rate]}, late=late), 10)

    assert {nth(5), nth(6), nth(7)} <= set(run.unexplained)


def test_late_rows_go_with_the_first_new_day():
    """One run carries the new day and what went stale with it."""
    rate = SourceDay("rates", nth(5), 2, 1, 1)

    (run,) = runs(known(10, {"rates": [rate]}), 11)

    assert str(run.days) == "2026-09-05..2026-09-07, 2026-09-11"
    assert {reason.kind for reason in run.reasons} == {"new", "late rows"}


def test_a_changed_definition_is_rebuilt_and_unexplained():
    """Each day built by another definition is stale, and a person says whether its figures may move."""
    models = {"facts": built(FACTS, 1, 10), "monthly": built(MONTHLY, 1, 10, definition="h0")}

    (run,) = runs(Known({}, models), 10)

    assert [reason.kind for reason in run.reasons] == ["definition"]
    assert {name: str(days) for name, days in run.stale.items()} == {"monthly": "2026-09-01..2026-09-10"}
    assert run.unexplained == run.days


def test_a_held_day_is_judged_again():
    """Nothing changed, but a person or a mended check may let it go now."""
    (run,) = runs(known(10, held=Days.of_days([nth(4)])), 10)

    assert str(run.days) == "2026-09-04"
    assert [reason.kind for reason in run.reasons] == ["held"]
    assert run.stale == {}


def test_days_that_no_period_holds_are_not_due_for_ever():
    """A grain that leaves days out builds its periods; the days between are not missing."""
    calendar = Calendar((Period("sprint", "S1", Interval(nth(3), nth(6))),))
    model = Model("sprints", "", "", (), "day", (Reads("src.orders"),), period="sprint", definition_hash="h1")
    found = due("profit", [model], SOURCES, Known({}, {}), Interval(FIRST, nth(8)), calendar)
    assert [str(run.stale["sprints"]) for run in found] == ["2026-09-03..2026-09-05"] * len(found)

    done = Known({}, {"sprints": built(model, 3, 5)})
    assert due("profit", [model], SOURCES, done, Interval(FIRST, nth(8)), calendar) == []


def test_a_range_is_cut_at_calendar_months():
    """A build holds one month in memory, whatever days are in it."""
    days = Days.of([Interval(date(2026, 1, 30), date(2026, 2, 3)), Interval(date(2026, 4, 1), date(2026, 4, 2))])

    assert [str(each) for each in in_months(days)] == ["2026-01-30..2026-01-31", "2026-02-01..2026-02-02", "2026-04-01"]


def test_years_of_few_rows_are_built_whole():
    """A run costs more than twenty thousand rows do; one row more, and the year is built by the month."""
    days = Days.of([Interval(date(2024, 11, 20), date(2026, 2, 10))])
    landed = [SourceDay("rates", date(year, 12, 1), 1, rows, 0) for year, rows in ((2024, 20_000), (2025, 12_000))]
    beside = [SourceDay("orders", date(2025, 6, 1), 1, 8_001, 0)]

    found = in_ranges(days, Known({"rates": landed, "orders": beside}, {}))

    assert [str(each) for each in found[:2]] == ["2024-11-20..2024-12-31", "2025-01-01..2025-01-31"]
    assert len(found) == 1 + 12 + 2


def test_a_day_read_from_a_table_that_another_pipeline_rebuilt_is_stale():
    """Visits came late; the other pipeline rebuilt the shared table of the 4th, so our window over it is behind."""
    shared = Model("visits", "", "", (), "day", (Reads("src.orders"),), definition_hash="h1")
    ours = Model("weekly_users", "", "", (), "day", (Reads("visits", -2, 0),), definition_hash="h1", pipeline="ours")
    rebuilt = {nth(4): ModelDay("visits", nth(4), 7, "h1", "theirs", changed_seq=7)}
    looked_at = {nth(6): ModelDay("visits", nth(6), 7, "h1", "theirs")}
    days = {"visits": built(shared, 1, 10) | rebuilt | looked_at, "weekly_users": built(ours, 1, 10)}
    late = LateRows("orders", nth(4), 2, nth(10), in_time=True)
    landed = {"orders": [SourceDay("orders", nth(4), 7, 2, 0)]}

    found = runs(Known(landed, days, late={("orders", nth(4)): late}), 10, (shared, ours))

    assert [(str(run.days), run.stale) for run in found] == [
        ("2026-09-04..2026-09-06", {"weekly_users": Days.of([Interval(nth(4), nth(7))])})
    ]
    assert [reason.kind for reason in found[0].reasons] == ["late rows"]
    assert not found[0].unexplained
