"""What readers already have changes by itself, or waits for a person: late rows, corrections, replays, definitions."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from story_company import EVE, NEWEST, Story, arrival, morning, moved, seen, truth_of

from holdfast.releases.release import FigureState
from holdfast.runs.run import RunState
from holdfast.testing import faults

Start = Callable[[str], Story]
DAY = arrival(NEWEST)
FINANCE_CHECKS = ("ledger_revenue", "ledger_cost")
OLD = date(2026, 8, 31)
LATE_REFUND = (
    "* REPLACE (refund_id + 900000000 AS refund_id, CAST(1.00 AS DECIMAL(18,2)) AS amount, "
    "CAST('2026-08-31 12:00:00+00' AS TIMESTAMPTZ) AS refunded_at, "
    "CAST('2026-09-21 00:40:00+00' AS TIMESTAMPTZ) AS loaded_at)"
)


def test_late_rows_in_time_revise_by_themselves(start: Start):
    """The newest arrival's own late rows make second versions that name their sources; the old ones stay."""
    story = start("newest")
    revised = [f for f in story.figures().values() if f.grain == "day" and f.version == 2 and not f.segment]

    assert revised
    for figure in revised:
        assert figure.reason.startswith("late rows: ")
        assert "arrived 2026-09-2" in figure.reason
        versions = [f for f in story.history(figure.period) if f.metric == figure.metric and not f.segment]
        assert [f.version for f in versions] == [1, 2]
        assert versions[0].value != figure.value


def _send_a_late_refund(story: Story) -> None:
    """One pound for an order of August, dated 20 days before its arrival: the source says five at most."""
    orders = f"read_parquet('{story.data}/orders/*/*.parquet')"
    old = f"(SELECT order_id FROM {orders} WHERE ordered_at < '2026-08-30' AND region = 'UK')"
    assert faults.copy_rows(story.data, "refunds", DAY, DAY, LATE_REFUND, f"order_id IN {old}", limit=1) == 1


@pytest.mark.slow
def test_a_row_too_late_waits_and_an_approval_releases_it(eve: Story):
    """Its day waits, run after run, whatever its size; others do not; approved, it is version 2 with its reason."""
    eve.drop_checks(*FINANCE_CHECKS)
    _send_a_late_refund(eve)
    before = eve.figures()
    eve.run(NEWEST)

    assert {(hold.day, hold.cause, hold.segment) for hold in eve.holds()} == {(OLD, "unexplained revision", "")}
    waiting = eve.figures()
    assert waiting["day", str(OLD), "refunds", ""].value == before["day", str(OLD), "refunds", ""].value
    assert waiting["day", str(OLD), "refunds", ""].state is FigureState.HELD
    truth = truth_of(eve.folder)
    assert {key: value for key, value in seen(waiting).items() if value != truth[key]} == {}

    eve.run(NEWEST, hour=4)
    assert [hold.day for hold in eve.holds()] == [OLD], "a second run forgets nothing"
    assert seen(eve.figures()) == truth

    eve.approve(eve.holds(), "the customer won in court", morning(NEWEST, 5))
    produced = eve.run(NEWEST, hour=6)
    assert [each.state for each in produced] == [RunState.PUBLISHED]
    after = eve.figures()
    refunds = after["day", str(OLD), "refunds", ""]
    assert refunds.value == truth["day", str(OLD), "refunds", ""][0] + 1
    assert (refunds.version, refunds.state) == (2, FigureState.PRELIMINARY)
    assert refunds.reason == "accepted by finance_lead: the customer won in court"
    versions = [f for f in eve.history(str(OLD)) if (f.metric, f.segment) == ("refunds", "") and f.state != "held"]
    assert [(f.version, f.value) for f in versions] == [(1, refunds.value - 1), (2, refunds.value)]
    assert after["month", "2026-08", "profit", ""].value == truth["month", "2026-08", "profit", ""][0] - 1
    different = {key for key, value in seen(after).items() if value != truth[key]}
    assert {period for _, period, _, _ in different} == {str(OLD), "2026-W36", "2026-08", "2026-Q3"}
    assert eve.holds() == []


def test_a_revision_beyond_the_limit_waits(start: Start):
    """A fifth of a day's trade comes a day late, in time but too much: approved, it is version 2, and true."""
    story = start("before")
    story.drop_checks(*FINANCE_CHECKS)
    for source in ("orders", "costs"):
        where = "order_id IS NOT NULL AND region = 'UK' AND order_id % 2 = 0" if source == "orders" else (
            f"order_id IN (SELECT order_id FROM read_parquet('{story.data}/orders/loaded_on={DAY}/*.parquet') "
            "WHERE region = 'UK' AND order_id % 2 = 0)"
        )
        assert faults.delay_rows(story.data, source, arrival(EVE), DAY, where)
    story.run(EVE)
    eve = story.figures()
    story.run(NEWEST)
    held = story.figures()

    assert {(hold.cause, hold.day) for hold in story.holds()} == {("revision", EVE)}
    assert "at most 5 %" in story.holds()[0].expected
    assert held["day", str(EVE), "profit", ""].value == eve["day", str(EVE), "profit", ""].value
    days = [f.value for f in held.values() if f.grain == "day" and f.period >= "2026-09-14" and f.metric == "profit" and not f.segment]
    assert held["week", "2026-W38", "profit", ""].value == sum(days), "with the day as readers have it"
    for hour in (5, 7):  # the day, then the roll-ups it moves beyond their limits
        story.approve(story.holds(), "the UK file came in two halves", morning(NEWEST, hour))
        story.run(NEWEST, hour=hour + 1)
    assert seen(story.figures()) == truth_of(story.folder)
    gross = [f for f in story.history(str(EVE)) if (f.metric, f.segment) == ("gross_revenue", "") and f.state != "held"]
    assert [f.version for f in gross] == [1, 2]
    assert gross[0].value == eve["day", str(EVE), "gross_revenue", ""].value


def test_a_replay_changes_nothing(eve: Story):
    """A batch sent twice, whole days later, moves no figure and counts no row twice."""
    for source in ("orders", "costs", "refunds"):
        assert faults.replay_batch(eve.data, source, arrival(EVE), DAY) > 0
        assert faults.replay_batch(eve.data, source, DAY, DAY) > 0
    eve.run(NEWEST)

    assert seen(eve.figures()) == truth_of(eve.folder)
    assert eve.holds() == []


@pytest.mark.slow
def test_a_correction_across_days_moves_both(eve: Story):
    """An order rebooked to the day before leaves one day, joins the other, and the week stays what it was."""
    eve.drop_checks(*FINANCE_CHECKS)
    orders = f"read_parquet('{eve.data}/orders/loaded_on={arrival(EVE)}/*.parquet')"
    one = f"(SELECT min(order_id) FROM {orders} WHERE region = 'UK' AND ordered_at > '2026-09-19 10:00:00+00')"
    rebooked = (
        "* REPLACE (ordered_at - INTERVAL 1 DAY AS ordered_at, CAST('2026-09-21 02:50:00+00' AS TIMESTAMPTZ) AS loaded_at)"
    )
    assert faults.copy_rows(eve.data, "orders", arrival(EVE), DAY, rebooked, f"order_id = {one}") >= 1
    worth = duckdb.sql(f"SELECT sum(amount) FROM {orders} WHERE order_id = {one}").fetchall()[0][0]
    eve.run(NEWEST)
    truth, figures = truth_of(eve.folder), eve.figures()

    def gain(grain: str, period: str, metric: str) -> Decimal:
        key = (grain, period, metric, "")
        return figures[key].value - truth[key][0]

    earlier = EVE - timedelta(days=1)
    assert (gain("day", str(EVE), "gross_revenue"), gain("day", str(earlier), "gross_revenue")) == (-worth, worth)
    assert (gain("day", str(EVE), "orders"), gain("day", str(earlier), "orders")) == (-1, 1)
    assert gain("week", "2026-W38", "gross_revenue") == gain("month", "2026-09", "profit") == 0
    assert re.search(r"orders of (\S+\.\.)?2026-09-18 \(", figures["day", str(earlier), "gross_revenue", ""].reason)
    assert re.search(r"orders of (\S+\.\.)?2026-09-19 \(", figures["day", str(EVE), "gross_revenue", ""].reason)


def test_a_rewritten_arrival_takes_the_old_ones_place(start: Start):
    """A published day's file is replaced by one with too little: it waits; the true file clears it, nothing moved."""
    story = start("newest")
    before = story.figures()
    faults.drop_share(story.data, "orders", arrival(EVE), "region = 'UK' AND ordered_at > '2026-09-18 23:00:00+00'", 0.5)
    story.run(NEWEST, hour=5)

    assert EVE in {hold.day for hold in story.holds()}
    assert moved(before, story.figures()) == []

    story.repair("orders", arrival(EVE))
    story.run(NEWEST, hour=6)
    assert story.holds() == []
    assert {key: (f.value, f.as_of, f.version, f.state) for key, f in story.figures().items()} == {
        key: (f.value, f.as_of, f.version, f.state) for key, f in before.items()
    }


@pytest.mark.slow
def test_a_region_that_is_closed_is_let_through(eve: Story):
    """No trade of a region is a failed check until somebody says it was closed; then the day is out, with a zero."""
    eve.drop_checks(*FINANCE_CHECKS)
    orders = f"read_parquet('{eve.data}/orders/*/*.parquet')"
    of_brazil = f"order_id IN (SELECT order_id FROM {orders} WHERE region = 'BR' AND ordered_at >= '2026-09-19 23:00:00+00')"
    faults.drop_share(eve.data, "costs", DAY, of_brazil)
    faults.drop_share(eve.data, "orders", DAY, "region = 'BR' AND ordered_at >= '2026-09-19 23:00:00+00'")
    eve.run(NEWEST)
    assert eve.causes() == {("orders_complete", "region=BR")}

    eve.approve(eve.holds(), "Brazil was closed", morning(NEWEST, 5))
    produced = eve.run(NEWEST, hour=6)
    figures = eve.figures()
    assert [each.state for each in produced] == [RunState.PUBLISHED]
    assert figures["day", str(NEWEST), "gross_revenue", "region=BR"].value == 0
    assert figures["day", str(NEWEST), "gross_revenue", "region=BR"].reason == "accepted by finance_lead: Brazil was closed"
    regions = sum(f.value for f in figures.values() if f.period == str(NEWEST) and f.metric == "profit" and "region" in f.segment)
    assert figures["day", str(NEWEST), "profit", ""].value == regions


@pytest.mark.slow
def test_a_changed_definition_waits_for_approval(start: Start):
    """Costs without the allocated ones: every day waits, run after run; approved, each is version 2 with its reason."""
    story = start("newest")
    story.drop_checks(*FINANCE_CHECKS, "cost_coverage", "projections_band")
    before = story.figures()
    model = "pipelines/aggregate_profit/models/agg_profit_by_dimension.sql"
    story.edit(model, "FROM fact_costs AS c\n    WHERE", "FROM fact_costs AS c\n    WHERE c.kind <> 'other' AND")
    for hour in (5, 6):
        story.run(NEWEST, hour=hour)
        assert {hold.cause for hold in story.holds()} == {"unexplained revision"}
        assert len(story.holds()) == 49
        assert moved(before, story.figures()) == []

    for hour in (7, 9):  # the days, then roll-ups beyond their limits
        story.approve(story.holds(), "other costs are not ours", morning(NEWEST, hour))
        story.run(NEWEST, hour=hour + 1)
    assert story.holds() == []
    after = story.figures()
    total = after["day", str(OLD), "cost", ""]
    assert total.value < before["day", str(OLD), "cost", ""].value
    assert (total.version, total.reason) == (2, "accepted by finance_lead: other costs are not ours")
    assert after["day", str(OLD), "orders", ""].version == 1
    month = sum(f.value for f in after.values() if f.grain == "day" and f.period > "2026-09" and f.metric == "cost" and not f.segment)
    assert after["month", "2026-09", "cost", ""].value == month
