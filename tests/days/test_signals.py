"""What the pager sees of each failure, from the records of real runs: one cause, its deadline, what readers lack."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from story_company import ALL_BUT_ORDERS, METRICS, NEWEST, PIPELINE, Story, arrival, morning
from test_revisions import FINANCE_CHECKS, OLD, _send_a_late_refund

from holdfast.clock import FixedClock
from holdfast.day import land
from holdfast.incidents.signals import Harm, Signal
from holdfast.paging.gathering import Builder, gather
from holdfast.partitions import Days
from holdfast.releases.closing import CloseEvent, CloseKind
from holdfast.runs.run import Run, RunState
from holdfast.testing import faults

ON = arrival(NEWEST)
"""Monday 2026-09-21: the week to the 20th is due at noon."""
DAY = str(NEWEST)
OF_THE_DAY = f"CAST(timezone('Europe/London', ordered_at) AS DATE) = DATE '{NEWEST}'"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(ON.year, ON.month, ON.day, hour, minute, tzinfo=UTC)


def signals(story: Story, now: datetime, builder: Builder | None = None) -> list[Signal]:
    """What is wrong at that time, but for the hand-off of the Monday, which nobody has acknowledged here."""
    with story.app() as app:
        found = gather(app.project, app.ledger, now, app.roster_at(now), builder)
    return [each for each in found if each.key.kind != "hand_off"]


def told(found: list[Signal]) -> list[tuple[str, datetime | None, tuple[str, ...]]]:
    return [(str(each.key), each.page_at, each.tell) for each in found]


def missing(signal: Signal) -> set[tuple[str, str]]:
    return {(each.grain, each.period) for each in signal.affects}


def test_nothing_is_wrong_on_a_good_day(eve: Story):
    """After the run of a good morning no signal is there, before the deadlines or after them."""
    eve.run(NEWEST)

    for now in (at(3, 5), at(8, 1), at(12, 1), at(23)):
        assert signals(eve, now) == []


CAUSES: dict[str, tuple[Callable[[Path], object], str, datetime, tuple[str, ...]]] = {
    # F01: the source's team is told at once, ours is paged at the deadline and not before.
    "orders late": (
        lambda data: faults.drop_share(data, "orders", ON, OF_THE_DAY), "late/orders/2026-09-20", at(8), ("transactions_team",),
    ),
    # F03
    "costs late": (
        lambda data: faults.drop_day(data, "costs", ON), "late/costs/2026-09-20", at(8), ("finance_systems_team",),
    ),
    # A reconciliation that cannot be asked holds, and what it lacks says why.
    "the ledger's totals late": (
        lambda data: faults.drop_day(data, "ledger_totals", ON),
        "late/ledger_totals/2026-09-20", at(8), ("finance_systems_team",),
    ),
    # F05: since the last day it was read whole, less the days in which rows may come late.
    "orders unreachable": (
        lambda data: faults.drop_source(data, "orders"), "contract/orders/2026-09-15", at(8), ("transactions_team",),
    ),
    "half a file": (
        lambda data: faults.truncate_file(data, "orders", ON), "contract/orders/2026-09-20", at(8), ("transactions_team",),
    ),
    # F21
    "a column renamed": (
        lambda data: faults.rename_column(data, "orders", ON, "amount", "amt"),
        "contract/orders/2026-09-20", at(8), ("transactions_team",),
    ),
    # F27: nulls in a required column fail the contract, and four checks below it.
    "users null": (
        lambda data: faults.null_out(data, "orders", ON, "user_id", share=0.05),
        "contract/orders/2026-09-20", at(8), ("transactions_team",),
    ),
    # F02, F04: nothing is absent or refused, so it is ours: two hours before the deadline.
    "half a day of orders": (
        lambda data: faults.drop_share(data, "orders", ON, f"{OF_THE_DAY} AND hour(ordered_at) >= 14"),
        "check/fact_costs/2026-09-20", at(6), (),
    ),
    "costs of one region": (
        lambda data: faults.drop_share(data, "costs", ON, "region = 'EU'"), "check/fact_costs/2026-09-20", at(6), (),
    ),
    # F22, F33: late rows of the days before are a hundred times too large, too, and would revise them.
    "amounts in pence": (
        lambda data: faults.scale_amount(data, "orders", ON), "check/agg_profit_by_dimension/2026-09-17", at(6), (),
    ),
}  # fmt: skip


RARER = {"costs late", "half a file", "a column renamed", "costs of one region"}


@pytest.mark.parametrize(
    "cause", [pytest.param(name, marks=pytest.mark.slow) if name in RARER else name for name in CAUSES]
)
def test_one_cause_is_one_signal(eve: Story, cause: str):
    """Whatever fails because of it, before the deadline there is one signal, and it names the right cause."""
    inject, key, page_at, tell = CAUSES[cause]
    inject(eve.data)
    eve.run(NEWEST)

    found = signals(eve, at(3, 5))

    assert told(found) == [(key, page_at, tell)]
    assert found[0].pipeline == PIPELINE
    assert found[0].since == at(3), "the run's time, not that of the look"
    assert found[0].detail
    assert missing(found[0]) == {("day", DAY)}
    assert {each.due_at for each in found[0].affects} == {at(8)}
    assert {each.metric for each in found[0].affects} >= ALL_BUT_ORDERS - {"gross_revenue", "refunds", "revenue", "cost"}


def test_a_harmless_column_pages_nobody(eve: Story):
    """F20: a column nobody knows is no signal."""
    faults.add_column(eve.data, "orders", ON, "new_one")
    eve.run(NEWEST)

    assert signals(eve, at(8, 1)) == []


def test_late_orders_from_the_morning_to_their_end(eve: Story):
    """The times of a signal do not depend on when somebody looks; what is missing grows with each deadline."""
    faults.drop_share(eve.data, "orders", ON, OF_THE_DAY)
    eve.run(NEWEST)

    early, late = signals(eve, at(3, 5)), signals(eve, at(12, 1))
    assert [(each.key, each.since, each.page_at) for each in early] == [(each.key, each.since, each.page_at) for each in late]
    assert {each.metric for each in early[0].affects} == METRICS
    assert not any(each.is_impact(at(7, 59)) for each in early[0].affects)
    assert all(each.is_impact(at(8)) for each in early[0].affects)
    assert missing(late[0]) == {("day", DAY), ("week", "2026-W38")}

    eve.repair("orders", ON)
    with eve.app() as app:
        land(app.world(FixedClock(at(12, 30))), [app.project.sources["orders"]])
    assert told(signals(eve, at(12, 30))) == told(late), "landed, and not published yet"

    eve.run(NEWEST, hour=13)
    assert signals(eve, at(13)) == []


def test_what_was_let_through_waits_for_its_release(eve: Story):
    """An approved hold still keeps its figures from readers until a run has released them."""
    faults.drop_share(eve.data, "costs", ON, "region = 'EU'")
    eve.run(NEWEST)
    before = signals(eve, at(9))
    eve.approve(eve.holds(), "the warehouse was closed", at(9))

    assert told(signals(eve, at(9, 1))) == told(before)

    eve.run(NEWEST, hour=10)
    assert signals(eve, at(10)) == []


def test_a_revision_is_told_and_pages_by_the_next_deadline_that_needs_it(eve: Story):
    """Readers have the old figure of the day, its week and month; the quarter, due on 1 October, waits for a word."""
    eve.drop_checks(*FINANCE_CHECKS)
    _send_a_late_refund(eve)
    eve.run(NEWEST)

    found = signals(eve, at(3, 5))

    assert [str(each.key) for each in found] == [f"decision/{PIPELINE}/{OLD}"]
    assert found[0].tell == ("finance_lead",)
    assert missing(found[0]) == {("quarter", "2026-Q3")}
    assert found[0].page_at == datetime(2026, 10, 1, 10, tzinfo=UTC)


def test_a_run_that_never_began(eve: Story):
    """F15, F46: half an hour after its time it is a signal, which pages two hours before the deadline."""
    assert signals(eve, at(3, 29)) == []

    found = signals(eve, at(3, 31))

    assert told(found) == [("not_run/scheduler/2026-09-20", at(6), ())]
    assert missing(found[0]) == {("day", DAY)}


def test_a_silent_builder_is_the_cause_of_the_run_that_never_began(eve: Story):
    """The dead builder and the run that it did not begin are one key, one signal for the team and one for the pipeline."""
    beat_at = at(2)
    found = signals(eve, at(3, 31), Builder(expected=True, beat_at=beat_at, looked_once=True))

    assert {str(each.key) for each in found} == {"builder/builder/2026-09-21"}
    assert {each.pipeline: each.page_at for each in found} == {"": beat_at + timedelta(minutes=2), PIPELINE: at(6)}
    assert signals(eve, at(3), Builder(expected=True, beat_at=at(2, 59), looked_once=True)) == []


def _attempt(story: Story, hour: int, state: RunState, message: str = "") -> None:
    """What arrived is landed, and a run of the newest day that releases nothing is recorded."""
    with story.app() as app:
        land(app.world(FixedClock(at(hour))), list(app.project.sources.values()))
        days = Days.of_days([NEWEST])
        run_id = f"{PIPELINE}-{app.ledger.next_run_number():07d}-{NEWEST:%Y%m%d}"
        app.ledger.start_run(run_id, Run(PIPELINE, days, {}, ()), at(hour))
        app.ledger.end_run(run_id, state, at(hour, 1), message)


def test_a_failed_run_until_a_good_one(eve: Story):
    """F42, F47: since the first failure, on what broke; a run that ends well clears it."""
    for hour in (3, 4):
        _attempt(eve, hour, RunState.FAILED, "models/fact_orders.sql: out of memory")

    found = signals(eve, at(5))

    assert told(found) == [("failed/fact_orders/2026-09-20", at(6), ())]
    assert found[0].since == at(3, 1)
    assert "2 time(s)" in found[0].summary
    assert missing(found[0]) == {("day", DAY)}
    eve.run(NEWEST, hour=6)
    assert signals(eve, at(6)) == []


def test_a_deadline_missed_and_nobody_knows_why(eve: Story):
    """A run ended well, nothing waits, and yet the day is not out: at the deadline that is a signal of its own."""
    _attempt(eve, 3, RunState.PUBLISHED)

    assert signals(eve, at(7, 59)) == []
    assert told(signals(eve, at(8))) == [(f"missed/{PIPELINE}/day/2026-09-20", at(8), ())]


def test_an_output_that_cannot_be_delivered(eve: Story):
    """F49: told from the first failed attempt, paged for after an hour, or three; gone with its receipt."""
    blocked = eve.folder / ".holdfast/outputs/monthly"
    if blocked.is_dir():
        blocked.rename(blocked.with_name("kept"))
    blocked.write_text("a file where a folder should be")
    eve.run(NEWEST)

    found = signals(eve, at(3, 5))
    assert told(found) == [("delivery/own/2026-09-21", at(4), ())]
    assert found[0].affects == ()

    blocked.unlink()
    eve.run(NEWEST, hour=5)
    assert signals(eve, at(5)) == []


def test_a_withdrawn_period(eve: Story):
    """A person took August back: a page at once, and readers are told to have nothing of it."""
    eve.run(NEWEST)
    taken = CloseEvent(PIPELINE, "month", "2026-08", CloseKind.WITHDRAWN, "james", "test", at(9), reason="a wrong rate")
    with eve.app() as app:
        app.ledger.record_close(taken)

    found = signals(eve, at(9, 1))

    assert told(found) == [(f"withdrawn/{PIPELINE}/2026-08-01", at(9), ())]
    assert [(each.grain, each.period, each.harm) for each in found[0].affects] == [("month", "2026-08", Harm.WITHDRAWN)]
    with eve.app() as app:
        app.ledger.record_close(replace(taken, kind=CloseKind.RETURNED, at=at(10)))
    assert signals(eve, at(10, 1)) == []


def test_gathering_never_loads_the_engine(eve: Story):
    """The pager's process has neither the engine nor the SQL parser in it after a gather, also of a failure."""
    faults.drop_share(eve.data, "orders", ON, OF_THE_DAY)
    eve.run(NEWEST)
    code = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC; from holdfast.app import App\n"
        "from holdfast.paging.gathering import gather\n"
        "app = App(Path(sys.argv[1])); now = datetime(2026, 9, 21, 8, 1, tzinfo=UTC)\n"
        "print(len(gather(app.project, app.ledger, now, app.roster_at(now))))\n"
        "print(sorted({'duckdb', 'sqlglot', 'pandas', 'pyarrow'} & set(sys.modules)))\n"
    )
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code, str(eve.folder)],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(source)},
    )  # fmt: skip

    assert done.stdout.splitlines() == ["1", "[]"]


def test_a_day_long_published_is_not_missing_when_it_is_held_again(eve: Story):
    """A check that fails on a day readers have had for long pages only by a deadline that still lies ahead."""
    eve.run(NEWEST)
    with eve.app() as app:
        held = replace(_a_hold(date(2026, 9, 15)), opened_at=at(5))
        app.ledger.prepare(_prepared(held))
        app.ledger.publish("later")

    found = signals(eve, at(5, 1))

    assert told(found) == [("check/fact_costs/2026-09-15", datetime(2026, 10, 1, 10, tzinfo=UTC), ())]
    # The week was whole at three this morning, before the check failed; the month and the quarter are still running.
    assert missing(found[0]) == {("month", "2026-09"), ("quarter", "2026-Q3")}


def _a_hold(day: date):
    from holdfast.releases.release import Hold, HoldKind

    return Hold(
        PIPELINE, HoldKind.CHECK, "cost_coverage", day, "region=EU", ("cost", "profit", "margin"), "fact_costs",
        "0.5", "at least 0.97", run_id=f"{PIPELINE}-0009999-20260920",
    )  # fmt: skip


def _prepared(hold):
    from holdfast.releases.prepared import Prepared

    return Prepared("later", hold.run_id, "investors", (), (), (), (hold,), Days.of_days([hold.day]))


def test_every_morning_of_the_company_was_good(start: Callable[[str], Story]):
    """The mornings on which the company's history was built show nothing either, late rows of every source included."""
    story = start("before")

    assert signals(story, morning(NEWEST - timedelta(days=2), hour=3)) == []
