"""Which cause explains what fails, over the lineage of the reference team's own pipelines."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from morning_records import DAY, a_hold, a_run, at, good_morning, with_holds, with_record, without_rows

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.diagnosis.absence import absent_days
from holdfast.diagnosis.broken_runs import failed_streak, what_broke
from holdfast.diagnosis.deadlines import Published
from holdfast.diagnosis.diagnosis import diagnose
from holdfast.diagnosis.doubts import doubts_of
from holdfast.releases.release import HoldKind
from holdfast.runs.run import RunState

PROFIT, GROWTH, ENGAGEMENT = "aggregate_profit", "aggregate_growth", "aggregate_engagement"
UNIT, DAILY = "unit_profit", "daily_growth"


@pytest.fixture
def morning(reference):
    return good_morning(reference, at(3, 5))


def paged(signals):
    return {(str(each.key), each.pipeline): each.page_at for each in signals}


def test_a_good_morning_has_no_signal(morning):
    """Nothing waits, nothing is absent, every run ended well."""
    assert diagnose(morning) == []


def test_events_late_is_one_key_for_everybody_who_reads_them(morning):
    """Three pipelines, three deadlines, one cause; growth waits because a neighbour's check holds what both read."""
    holds = (
        a_hold(ENGAGEMENT, "events_complete", "fact_events", ("dau", "sessions")),
        a_hold(ENGAGEMENT, "somebody_is_active", "agg_engagement_segments", ("dau",)),
    )
    found = diagnose(without_rows(with_holds(morning, *holds), "events"))

    key = "late/events/2026-10-01"
    assert paged(found) == {(key, ENGAGEMENT): at(9), (key, GROWTH): at(8, 30), (key, DAILY): at(10)}
    assert all(each.tell == ("streaming_team",) for each in found)
    by_pipeline = {each.pipeline: each for each in found}
    assert {each.metric for each in by_pipeline[ENGAGEMENT].affects} == {"dau", "sessions"}
    assert by_pipeline[GROWTH].affects
    assert {each.audience for each in by_pipeline[DAILY].affects} == {"experiments"}


def test_orders_late_without_a_hold_is_missed_by_experiments_alone(morning):
    """They publish all the same, so absent rows say that their day is not whole; investors' figures are out."""
    found = diagnose(without_rows(morning, "orders"))

    assert paged(found) == {("late/orders/2026-10-01", UNIT): at(10)}


def test_what_experiments_alone_read_pages_nobody(morning):
    """F16: exposures that do not come are a banner; their contact is told."""
    found = diagnose(without_rows(morning, "assignments"))

    assert set(paged(found)) == {("late/assignments/2026-10-01", UNIT), ("late/assignments/2026-10-01", DAILY)}
    assert {each.page_at for each in found} == {None}
    assert found[0].tell == ("experimentation_team",)


def test_a_source_that_keeps_nothing_waiting_is_told_to_its_contact(morning):
    """The churn log is only compared; nobody of the team is paged for it."""
    found = diagnose(without_rows(morning, "churn_log"))

    assert paged(found) == {("late/churn_log/2026-10-01", ""): None}
    assert found[0].tell == ("subscriptions_team",)


def test_before_its_promise_an_absent_source_is_no_news(morning, reference):
    """A run at three, rows promised for six in the morning: what fails without them is no signal until then."""
    slow = replace(reference.sources["orders"], arrives_within=timedelta(hours=7))
    project = replace(reference, sources={**reference.sources, "orders": slow})
    held = with_holds(good_morning(project, at(3, 5)), a_hold(PROFIT, "orders_complete", "fact_orders"))
    early = without_rows(held, "orders")

    assert diagnose(early) == []
    found = diagnose(replace(early, now=at(6)))
    assert {(str(each.key), each.since) for each in found} == {("late/orders/2026-10-01", at(6))}


def test_a_source_cannot_be_late_before_anybody_looked(morning):
    """Without a run there may be rows that nobody has landed; that no run was tried is the signal then."""
    unrun = replace(without_rows(morning, "orders"), tried=lambda _: None)

    assert diagnose(unrun) == []


def test_a_contract_explains_what_is_absent_too(morning):
    """A refused file leaves no rows: one cause, and it is the contract."""
    holds = (
        a_hold(PROFIT, "contract src.orders", "src.orders", ("profit", "orders"), kind=HoldKind.UNKNOWN),
        a_hold(PROFIT, "orders_complete", "fact_orders", ("profit", "orders")),
    )
    found = diagnose(without_rows(with_holds(morning, *holds), "orders"))

    assert paged(found) == {
        ("contract/orders/2026-10-01", PROFIT): at(8),
        ("contract/orders/2026-10-01", UNIT): at(10),
    }


def test_a_flagged_contract_tells_its_contact(morning):
    """F07: half of marketing's pages; figures are out, flagged, and Marketing Ops hear of it."""
    result = Result(
        "contract src.marketing", GROWTH, "src.marketing", DAY, "", Outcome.UNKNOWN, Severity.FLAG, "", "", "429", None
    )
    found = diagnose(with_record(morning, GROWTH, results=(result,)))

    assert paged(found) == {("contract/marketing/2026-10-01", ""): None}
    assert found[0].tell == ("marketing_ops",)


def test_checks_below_the_most_upstream_one_are_its_own(morning):
    """A null check on events fails what is made of them, in two pipelines: one key, on events."""
    holds = (
        a_hold(ENGAGEMENT, "events_filled", "fact_events", ("dau",)),
        a_hold(ENGAGEMENT, "sessions_have_events", "fact_events", ("dau",)),
        a_hold(ENGAGEMENT, "somebody_is_active", "agg_engagement_segments", ("dau",)),
    )
    found = diagnose(with_holds(morning, *holds))

    key = "check/fact_events/2026-10-01"
    assert paged(found) == {(key, ENGAGEMENT): at(7), (key, GROWTH): at(6, 30)}
    assert found[0].summary.startswith("fact_events of 2026-10-01: events_filled")
    assert len(found[0].detail) == 3


def test_datasets_that_know_nothing_of_each_other_are_two_causes(morning):
    """Refunds and costs that fail at once are two incidents."""
    holds = (a_hold(PROFIT, "refunds_key", "fact_refunds"), a_hold(PROFIT, "costs_key", "fact_costs"))

    assert {str(each.key) for each in diagnose(with_holds(morning, *holds))} == {
        "check/fact_refunds/2026-10-01",
        "check/fact_costs/2026-10-01",
    }


def test_a_fault_from_before_the_source_was_late_stays_its_own(morning):
    """Costs of the 29th failed on the 30th; orders that are late today explain nothing of it."""
    old = a_hold(PROFIT, "costs_key", "fact_costs", day=date(2026, 9, 29), opened_at=at(3, day=1))
    new = a_hold(PROFIT, "ledger_revenue", "agg_profit_by_dimension", day=date(2026, 9, 30), opened_at=at(3))
    found = diagnose(without_rows(with_holds(morning, old, new), "orders"))

    assert {str(each.key) for each in found} == {"check/fact_costs/2026-09-29", "late/orders/2026-10-01"}
    late = next(each for each in found if each.pipeline == PROFIT and each.key.kind == "late")
    assert "ledger_revenue" in late.detail[0], "its late rows of the 30th did not come either"


def test_an_old_hold_lists_its_day_and_the_last_month(morning):
    """Growth of 1 August makes that day's new users, and who is a user at the start of every day since.

    Of those days only the last month is listed: the newest and the 31 before.
    """
    first = date(2026, 8, 1)
    held = with_holds(morning, a_hold(GROWTH, "growth_known", "fact_growth", ("new_users", "active_at_start"), day=first))
    (record,) = [each for each in held.pipelines if each.pipeline.name == GROWTH]
    (doubt,) = doubts_of(record, held)

    at_start = {("active_at_start", DAY - timedelta(days=n)) for n in range(32)}
    assert {(each.metric, each.day) for each in doubt.waiting} == {("new_users", first), *at_start}


def test_a_restatement_is_told_and_pages_nobody(morning):
    """It keeps nothing back."""
    hold = a_hold(PROFIT, "restatement 2026-08", "agg_profit_segments", day=date(2026, 8, 1), kind=HoldKind.RESTATEMENT)
    found = diagnose(with_holds(morning, hold))

    assert paged(found) == {("decision/aggregate_profit/2026-08-01", PROFIT): None}
    assert found[0].tell == ("finance_lead",)


def test_a_banner_over_an_experiment_is_told_to_its_owner(morning):
    """F38: a split that is not as planned holds nothing and pages nobody."""
    result = Result(
        "sample_ratio", UNIT, "exp_unit_profit", DAY, "experiment=checkout", Outcome.FAIL, Severity.HOLD, "1", "0", "", None
    )
    found = diagnose(with_record(morning, UNIT, results=(result,)))

    assert paged(found) == {("check/exp_unit_profit/2026-10-01", UNIT): None}
    assert found[0].tell == ("john",)


def test_one_shared_model_that_breaks_is_one_failure(morning):
    """Two pipelines fail on the table that both read."""
    why = "shared/models/fact_events.sql: out of memory"
    spoiled = morning
    for name in (GROWTH, ENGAGEMENT):
        through = Published(morning.pipelines[0].published.steps[:-1])
        spoiled = with_record(spoiled, name, published=through, runs=(a_run(name, 10, RunState.FAILED, message=why),))
    found = diagnose(spoiled)

    key = "failed/fact_events/2026-10-01"
    assert paged(found) == {(key, GROWTH): at(6, 30), (key, ENGAGEMENT): at(7)}


def test_a_pipeline_nobody_has_built_is_not_missed(morning):
    """A new folder has no deadline to miss before its first run."""
    assert diagnose(with_record(morning, PROFIT, published=Published(), runs=())) == []


def _rows(first: date, counts: str) -> dict[date, int]:
    return {first + timedelta(days=n): 0 if each == "." else 10 for n, each in enumerate(counts)}


@pytest.mark.parametrize(
    ("source", "counts", "absent"),
    [
        ("orders", "xxxxxxxxxxx.", 1),
        ("orders", "xxxxxx......", 6),  # a week without rows does not make it a quiet source
        ("orders", "xxxxxxxx.xx.", 2),  # absent on two days that are not one stretch
        ("orders", "x.x.x.x.x.x.", 0),  # quiet now and then: never late
        ("orders", ".......xxxx.", 0),  # four days are too few to tell
        ("orders", "............", 0),
    ],
)
def test_a_source_is_late_that_has_rows_every_day(reference, source, counts, absent):
    """Told by the days before alone; what is absent is never taken for the usual."""
    first = date(2026, 9, 1)
    last = first + timedelta(days=len(counts) - 1)

    assert len(absent_days(reference.sources[source], _rows(first, counts), first, last)) == absent


def test_a_closed_day_is_not_absent(reference):
    """Rates have no weekends, and Saturday 26 September is none that lacks rows."""
    rows = {date(2026, 9, day): 5 for day in range(1, 26) if date(2026, 9, day).weekday() < 5}

    assert absent_days(reference.sources["fx_rates"], rows, date(2026, 9, 1), date(2026, 9, 27)) == []
    assert absent_days(reference.sources["fx_rates"], rows, date(2026, 9, 1), date(2026, 9, 28)) == [date(2026, 9, 28)]


FAILED, STARTED, ABANDONED, GOOD = RunState.FAILED, RunState.STARTED, RunState.ABANDONED, RunState.HELD


@pytest.mark.parametrize(
    ("newest_first", "broken"),
    [
        ((GOOD, FAILED), 0),
        ((FAILED, FAILED, GOOD, FAILED), 2),
        ((STARTED, FAILED), 0),  # at work on it
        ((ABANDONED, FAILED, GOOD), 2),
        ((ABANDONED, GOOD), 0),  # cut off at three; the next one is not late yet
    ],
)
def test_failures_count_since_the_last_good_run(newest_first, broken):
    """Looked at five past three, an hour before anything that was cut off is missed."""
    runs = [a_run(PROFIT, 20 - n, state) for n, state in enumerate(newest_first)]

    assert len(failed_streak(runs, at(3, 5))) == broken


def test_a_run_that_never_ends_has_broken(morning):
    """Live runs take minutes: one that has not ended after an hour is gone."""
    runs = [a_run(PROFIT, 20, STARTED), a_run(PROFIT, 19, GOOD)]

    assert failed_streak(runs, at(3, 59)) == []
    assert len(failed_streak(runs, at(4))) == 1


def test_an_error_names_what_broke(reference):
    """The first model or source in its text; nothing of a text without one."""
    assert what_broke("shared/models/fact_events.sql:14: conversion failed reading src.events", reference) == "fact_events"
    assert what_broke("No space left on device", reference) == ""
