"""A month is closed, signed and final; what comes after is adjusted, restated or taken back, on the real program."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from story_company import NEWEST, PIPELINE, Story, arrival, morning

from holdfast.books import close_books
from holdfast.clock import FixedClock
from holdfast.errors import DefinitionError, WorldError
from holdfast.handing_over import deliver
from holdfast.releases.closing import CloseKind, CloseState
from holdfast.releases.release import FigureState, HoldKind
from holdfast.signing import Signer, close_and_sign, release, sign, soft_close, standing_of, withdraw
from holdfast.testing import faults

Start = Callable[[str], Story]
MONTH = "2026-08"
EVE = NEWEST - timedelta(days=1)
DAY = arrival(NEWEST)
JAMES, FINANCE = Signer("james", "james (demo)"), Signer("finance_lead", "finance_lead (demo)")


def world_of(story: Story, app, day: date = EVE, hour: int = 9):
    return app.world(FixedClock(morning(day, hour)))


def signed_august(story: Story) -> None:
    """Both people sign August, and its figures are final."""
    with story.app() as app:
        world, pipeline = world_of(story, app), app.project.pipelines[PIPELINE]
        assert [p.name for p in close_and_sign(world, pipeline, [app.project.calendar.named(MONTH)], "{} (demo)")] == [MONTH]
        close_books(world, [pipeline])
        deliver(world, [pipeline])


def refund(story: Story, amount: str, number: int, on: str = "2026-08-28") -> None:
    """A refund of August for an order in the UK arrives with the newest files."""
    orders = f"read_parquet('{story.data}/orders/*/*.parquet')"
    old = f"(SELECT order_id FROM {orders} WHERE ordered_at < '2026-08-25' AND region = 'UK')"
    changed = (
        f"* REPLACE (refund_id + {number}00000000 AS refund_id, CAST({amount} AS DECIMAL(18,2)) AS amount, "
        f"CAST('{on} 12:00:00+00' AS TIMESTAMPTZ) AS refunded_at, CAST('{DAY} 00:40:00+00' AS TIMESTAMPTZ) AS loaded_at)"
    )
    assert faults.copy_rows(story.data, "refunds", DAY, DAY, changed, f"order_id IN {old}", limit=1) == 1


def total(story: Story, period: str, metric: str):
    grain = "quarter" if "Q" in period else "day" if period.count("-") == 2 else "month"
    return story.figures()[grain, period, metric, ""]


def test_signed_figures_are_final_with_their_days_and_weeks(eve: Story):
    """August, its days and the weeks that end in it are final; September, the quarter and the week across are not."""
    before = eve.figures()
    signed_august(eve)
    after = eve.figures()

    assert {key: f.value for key, f in after.items()} == {key: f.value for key, f in before.items()}
    states = {(f.grain, f.period): f.state for f in after.values()}
    assert states["month", MONTH] is states["day", "2026-08-31"] is states["week", "2026-W35"] is FigureState.FINAL
    assert states["week", "2026-W36"] is states["day", "2026-09-01"] is states["quarter", "2026-Q3"] is FigureState.PRELIMINARY
    feed = json.loads((eve.folder / ".holdfast/outputs/feed/aggregate_profit-day-2026-08.json").read_text())
    assert {each["state"] for each in feed["figures"]} == {"final"}


def test_a_small_late_refund_is_an_adjustment_of_the_open_month(eve: Story):
    """80 pounds below materiality: August stays, September counts them beside its days, and both lines are told."""
    signed_august(eve)
    august = {m: total(eve, MONTH, m) for m in ("refunds", "revenue", "profit", "margin")}
    refund(eve, "80.00", 9)
    eve.run(NEWEST)

    assert {m: total(eve, MONTH, m) for m in august} == august
    september = total(eve, "2026-09", "profit")
    days = [f.value for f in eve.figures().values() if f.grain == "day" and f.period >= "2026-09-01" and f.metric == "profit" and not f.segment]
    assert september.value == sum(days) - 80
    assert "with -80.0000 for 2026-08" in september.reason
    with eve.app() as app:
        booked = {(a.metric, a.segment, a.delta) for a in app.ledger.adjustments(PIPELINE) if a.metric == "refunds"}
        errata = {(e.period, e.metric) for e in app.ledger.errata(PIPELINE) if not e.segment}
    assert {("refunds", "", Decimal(80)), ("refunds", "region=UK", Decimal(80))} <= booked
    assert errata == {(MONTH, "margin"), ("2026-08-28", "margin"), ("2026-W35", "margin")}
    # The published rows of a signed month stay, so a query gives what was signed.
    assert eve.sql("SELECT sum(profit) FROM agg_profit_daily WHERE order_date BETWEEN '2026-08-03' AND '2026-08-31'") == [
        (august["profit"].value,)
    ]
    assert eve.run(NEWEST, hour=5) == [], "what is settled is not due again"


def test_a_large_late_refund_waits_and_becomes_version_2(eve: Story):
    """Above materiality the whole month waits; approved, it is version 2 with its reason, and version 1 stays.

    The finance ledger does not know the refund, so a check fails too: one approval of the restatement is for both.
    """
    signed_august(eve)
    first = total(eve, MONTH, "profit")
    refund(eve, "30000.00", 9)
    eve.run(NEWEST)

    assert total(eve, MONTH, "profit") == first
    [hold] = [hold for hold in eve.holds() if hold.kind is HoldKind.RESTATEMENT]
    assert hold.cause == "restatement month 2026-08" and "failing checks: ledger_revenue on 2026-08-28" in hold.detail
    with eve.app() as app:
        assert app.ledger.adjustments(PIPELINE) == [], "nothing is booked on rows in doubt"

    eve.approve(eve.holds(), "the court ruled for the customer", morning(NEWEST, 5))
    eve.run(NEWEST, hour=6)
    second = total(eve, MONTH, "profit")
    assert (second.value, second.version, second.state) == (first.value - 30000, 2, FigureState.FINAL)
    assert second.reason == "restated, approved by finance_lead: the court ruled for the customer"
    versions = [f for f in eve.history(MONTH) if (f.metric, f.segment, f.state) == ("profit", "", FigureState.FINAL)]
    assert [(f.version, f.value) for f in versions] == [(1, first.value), (2, first.value - 30000)]
    assert total(eve, "2026-08-28", "refunds").version == 2
    with eve.app() as app:
        events = [e for e in app.ledger.close_events(PIPELINE) if e.kind is CloseKind.RESTATED]
    assert [(e.period, e.role, e.by) for e in events] == [(MONTH, "2", "finance_lead")]
    assert eve.holds() == [] and eve.run(NEWEST, hour=7) == []


@pytest.mark.slow
def test_approving_the_restatement_alone_is_enough_at_the_keyboard(eve: Story):
    """`record` writes the finance lead's word on the failing check with that on the restatement it is named in."""
    from holdfast.cli.deciding import record  # noqa: PLC0415

    signed_august(eve)
    refund(eve, "30000.00", 9)
    eve.run(NEWEST)
    [hold] = [hold for hold in eve.holds() if hold.kind is HoldKind.RESTATEMENT]
    with eve.app() as app:
        app.clock = FixedClock(morning(NEWEST, 5))
        record(app, hold.id, "finance_lead", "finance_lead (demo)", "seen")
    assert eve.holds() == []
    eve.run(NEWEST, hour=6)
    assert total(eve, MONTH, "profit").version == 2


@pytest.mark.slow
def test_a_new_definition_of_a_signed_month_waits(eve: Story):
    """A thousandth more of each refund is immaterial, but it is a rule that changed, not rows: August waits."""
    signed_august(eve)
    first = total(eve, MONTH, "revenue")
    model = f"pipelines/{PIPELINE}/models/fact_refunds.sql"
    eve.edit(model, "f.amount * r.rate AS exact_amount", "f.amount * 1.001 * r.rate AS exact_amount")
    eve.drop_checks("ledger_revenue", "ledger_cost")
    eve.run(NEWEST)

    assert total(eve, MONTH, "revenue") == first
    assert "restatement month 2026-08" in {hold.cause for hold in eve.holds()}
    with eve.app() as app:
        assert app.ledger.adjustments(PIPELINE) == []


@pytest.mark.slow
def test_a_soft_closed_month_moves_by_a_persons_word_only(eve: Story):
    """Between close and signatures a late row that came in time waits too, and voids a signature once approved."""
    with eve.app() as app:
        world, pipeline = world_of(eve, app), app.project.pipelines[PIPELINE]
        period = app.project.calendar.named(MONTH)
        soft_close(world, pipeline, period, JAMES)
        sign(world, pipeline, period, JAMES)
    eve.drop_checks("ledger_revenue", "ledger_cost")
    refund(eve, "5.00", 9)
    eve.run(NEWEST)
    assert {(h.cause, h.day) for h in eve.holds()} == {("unexplained revision", date(2026, 8, 28))}

    eve.approve(eve.holds(), "belongs in August", morning(NEWEST, 5))
    eve.run(NEWEST, hour=6)
    with eve.app() as app:
        world, pipeline = world_of(eve, app, NEWEST, 8), app.project.pipelines[PIPELINE]
        period = app.project.calendar.named(MONTH)
        said = []
        app.say = said.append
        sign(app.world(FixedClock(morning(NEWEST, 8))), pipeline, period, FINANCE)
        assert "changed since james signed" in said[0]
        assert standing_of(world, pipeline, period).missing() == ("owner",)


def test_who_may_not_sign(eve: Story):
    """Nobody signs an open month, twice, or in place of another."""
    with eve.app() as app:
        world, pipeline = world_of(eve, app), app.project.pipelines[PIPELINE]
        august, september = (app.project.calendar.named(name) for name in (MONTH, "2026-09"))
        with pytest.raises(WorldError, match="Close it first"):
            sign(world, pipeline, august, JAMES)
        with pytest.raises(WorldError, match="runs until 2026-09-30"):
            soft_close(world, pipeline, september, JAMES)
        soft_close(world, pipeline, august, JAMES)
        sign(world, pipeline, august, JAMES)
        with pytest.raises(DefinitionError, match="another person"):
            sign(world, pipeline, august, JAMES)
        with pytest.raises(DefinitionError, match="no signer"):
            sign(world, pipeline, august, Signer("jill", "jill"))
        assert standing_of(world, pipeline, august).state is CloseState.SOFT_CLOSED


def test_a_withdrawn_month_is_gone_until_two_people_release_it(eve: Story):
    """At once, by one person: figures, feed and tables; no run brings it back; two words and a run do."""
    signed_august(eve)
    first = total(eve, MONTH, "profit")
    with eve.app() as app:
        world, pipeline = world_of(eve, app), app.project.pipelines[PIPELINE]
        period = app.project.calendar.named(MONTH)
        assert withdraw(world, pipeline, period, Signer("jill", "jill"), "the rates were wrong") > 4000
        with pytest.raises(WorldError, match="withdrawn already"):
            withdraw(world, pipeline, period, JAMES, "again")

    gone = total(eve, MONTH, "profit")
    assert (gone.value, gone.state) == (None, FigureState.WITHDRAWN)
    assert gone.reason == "withdrawn by jill: the rates were wrong"
    assert total(eve, "2026-08-28", "profit").state is total(eve, "2026-Q3", "profit").state is FigureState.WITHDRAWN
    assert total(eve, "2026-09-01", "profit").state is FigureState.PRELIMINARY
    feed = json.loads((eve.folder / ".holdfast/outputs/feed/aggregate_profit-day-2026-08.json").read_text())
    assert {(each["state"], each["value"]) for each in feed["figures"]} == {("withdrawn", None)}
    august = "WHERE order_date BETWEEN '2026-08-01' AND '2026-08-31'"
    assert eve.sql(f"SELECT count(*) FROM agg_profit_daily {august}") == [(0,)]
    assert eve.sql(f"SELECT count(*) FROM fact_orders {august}") == [(0,)]

    eve.run(NEWEST)
    assert total(eve, MONTH, "profit").state is FigureState.WITHDRAWN
    assert total(eve, str(NEWEST), "profit").state is FigureState.PRELIMINARY, "other days go on"

    with eve.app() as app:
        world, pipeline = world_of(eve, app, NEWEST), app.project.pipelines[PIPELINE]
        release(world, pipeline, period, JAMES, "rates checked")
    eve.run(NEWEST, hour=10)
    assert total(eve, MONTH, "profit").state is FigureState.WITHDRAWN, "one word is not enough"
    with eve.app() as app:
        world, pipeline = world_of(eve, app, NEWEST), app.project.pipelines[PIPELINE]
        release(world, pipeline, period, FINANCE, "rates agreed with the bank")
    eve.run(NEWEST, hour=11)

    back = total(eve, MONTH, "profit")
    assert (back.value, back.state) == (first.value, FigureState.FINAL)
    assert back.reason == "released again by james and finance_lead: rates agreed with the bank"
    assert eve.sql(f"SELECT count(DISTINCT order_date) FROM fact_orders {august}") == [(29,)]
    truth_days = [f for f in eve.figures().values() if f.grain == "quarter" and not f.segment and f.metric == "profit"]
    assert truth_days[0].state is FigureState.PRELIMINARY and truth_days[0].value is not None
    assert eve.run(NEWEST, hour=12) == []


def test_a_withdrawn_day_leaves_its_month_without_a_number(eve: Story):
    """Whatever counts the day goes with it; the day before and the month before stay."""
    with eve.app() as app:
        world, pipeline = world_of(eve, app), app.project.pipelines[PIPELINE]
        withdraw(world, pipeline, app.project.calendar.named("2026-09-10"), Signer("jill", "jill"), "double orders")

    assert total(eve, "2026-09-10", "profit").state is total(eve, "2026-09", "profit").state is FigureState.WITHDRAWN
    assert total(eve, "2026-09-09", "profit").state is total(eve, MONTH, "profit").state is FigureState.PRELIMINARY
    assert eve.sql("SELECT count(*) FROM agg_profit_daily WHERE order_date = '2026-09-10'") == [(0,)]
    assert eve.sql("SELECT count(*) FROM agg_profit_daily WHERE order_date = '2026-09-09'") == [(1,)]


def test_a_missed_deadline_is_recorded_and_shown(eve: Story):
    """Ten business days after August is 14 September at noon: watched since the 19th it is not recorded, October's is."""
    eve.run(EVE, hour=12)
    with eve.app() as app:
        assert app.ledger.close_events(PIPELINE) == [], "nobody published here when it was due"
        pipeline = app.project.pipelines[PIPELINE]
        stands = standing_of(world_of(eve, app), pipeline, app.project.calendar.named(MONTH))
        assert stands.sentence(morning(EVE)) == "preliminary, unsigned"
        # The same project a month on, with September over.
        with_september = app.world(FixedClock(morning(date(2026, 10, 14), 13)))
        close_books(with_september, [pipeline])
        events = app.ledger.close_events(PIPELINE)
    assert {(e.period, e.kind) for e in events} == {("2026-09", CloseKind.MISSED), ("2026-Q3", CloseKind.MISSED)}


@pytest.mark.slow
def test_the_monthly_file_shows_both_lines_and_what_was_restated(eve: Story):
    """September's CSV has the adjustment beside the value; August's, once restated, the old value and the reason."""
    import csv  # noqa: PLC0415

    def row(period: str) -> dict[str, str]:
        path = eve.folder / f".holdfast/outputs/monthly/aggregate_profit-{period}.csv"
        with path.open(newline="") as file:
            return next(r for r in csv.DictReader(file) if (r["metric"], r["segment"]) == ("profit", ""))

    signed_august(eve)
    first = total(eve, MONTH, "profit").value
    refund(eve, "80.00", 9)
    eve.run(NEWEST)
    assert Decimal(row("2026-09")["adjustment"]) == -80 and row(MONTH)["restated_from"] == ""

    refund(eve, "30000.00", 8)
    eve.run(NEWEST, hour=4)
    eve.approve(eve.holds(), "the court ruled", morning(NEWEST, 5))
    eve.run(NEWEST, hour=6)
    august = row(MONTH)
    assert (Decimal(august["restated_from"]), august["restatement_reason"], august["version"]) == (first, "the court ruled", "2")
    assert Decimal(row("2026-09")["adjustment"]) == 0, "what was booked is taken back"
