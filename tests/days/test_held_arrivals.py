"""Arrivals that lack rows or carry wrong ones: each is held by a check that names it, and the rest goes out."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from _pytest.mark.structures import ParameterSet
from story_company import (
    ALL_BUT_ORDERS,
    METRICS,
    NEWEST,
    Story,
    arrival,
    held,
    morning,
    moved,
    published,
    seen,
    truth_of,
)

from holdfast.runs.run import RunState
from holdfast.testing import faults

DAY = arrival(NEWEST)
EVERY = ""


@dataclass(frozen=True)
class Fault:
    """A fault, what must name it, and the metrics whose total waits because of it."""

    name: str
    inject: Callable[[Story], object]
    causes: set[tuple[str, str]]
    """(check, segment) that must be among what waits."""
    waits: set[str]
    regions: set[str] | None = None
    """Regions that wait; None for all of them."""


def _lose(source: str, where: str = "TRUE", share: float = 1.0) -> Callable[[Story], object]:
    return lambda story: faults.drop_share(story.data, source, DAY, where, share)


FAULTS = [
    Fault("F01 no orders", lambda s: faults.drop_day(s.data, "orders", DAY), {("orders_complete", "region=UK")}, METRICS),
    Fault("F03 no costs", lambda s: faults.drop_day(s.data, "costs", DAY), {("cost_coverage", "region=UK")}, ALL_BUT_ORDERS),
    Fault(
        "F02 half a day of orders",
        _lose("orders", "ordered_at >= '2026-09-20 14:00:00+00' AND ordered_at < '2026-09-20 23:00:00+00'"),
        {("ledger_revenue", "region=UK"), ("ledger_revenue", "region=EU")},
        METRICS,
    ),
    Fault("a day without rows", lambda s: faults.empty_rows(s.data, "orders", DAY), {("orders_complete", "region=EU")}, METRICS),
    Fault("a region without orders", _lose("orders", "region = 'BR'"), {("orders_complete", "region=BR")}, METRICS, {"BR"}),
    Fault(
        "F27 null users",
        lambda s: faults.null_out(s.data, "orders", DAY, "user_id", share=0.05),
        {("contract src.orders", EVERY)},
        METRICS,
    ),
    Fault(
        "F33 an unlabelled currency",
        lambda s: faults.relabel(s.data, "orders", DAY, "currency", "'GBP'", "region = 'BR'", 0.5),
        {("one_currency_per_region", "region=BR")},
        METRICS,
        {"BR"},
    ),
    Fault(
        "an unknown currency",
        lambda s: faults.unknown_currency(s.data, "orders", DAY, "region = 'BR' AND order_id % 3 = 0"),
        {("currencies_known", "region=BR"), ("orders_filled", "region=BR")},
        METRICS,
        {"BR"},
    ),
    Fault(
        "F22 cents for pounds",
        lambda s: faults.scale_amount(s.data, "orders", DAY, "region = 'APAC'"),
        {("ledger_revenue", "region=APAC")},
        ALL_BUT_ORDERS - {"cost"},
        {"APAC"},
    ),
    Fault(
        "F35 a region counted as another",
        lambda s: faults.relabel(s.data, "orders", DAY, "region", "'US'", "region = 'EU' AND order_id % 3 = 0"),
        {("ledger_revenue", "region=EU"), ("ledger_revenue", "region=US")},
        ALL_BUT_ORDERS - {"cost"},
    ),
]


SELDOM = ("F22", "F27", "F33", "F35", "a day without rows", "an unknown currency")


def _parameters() -> list[ParameterSet]:
    """The rarer half of the faults is left to the slow run."""
    return [
        pytest.param(fault, id=fault.name, marks=[pytest.mark.slow] if fault.name.startswith(SELDOM) else [])
        for fault in FAULTS
    ]


@pytest.mark.parametrize("fault", _parameters())
def test_a_broken_arrival_is_held(eve: Story, fault: Fault):
    """Its total waits under the name of what is wrong; other days move for late rows alone; good rows mend it."""
    before = eve.figures()
    fault.inject(eve)
    produced = eve.run(NEWEST)
    after = eve.figures()

    assert [each.state for each in produced] == [RunState.HELD], produced
    assert fault.causes <= eve.causes(), eve.causes()
    assert all(check in produced[0].message for check, _ in fault.causes)
    waiting = held(after, NEWEST)
    assert {metric for metric, segment in waiting if segment == EVERY} >= fault.waits
    if fault.regions is not None:
        out = {segment for metric, segment in published(after, NEWEST) if metric == "gross_revenue"}
        assert out == {f"region={r}" for r in {"UK", "EU", "US", "BR", "APAC", "unallocated"} - fault.regions}
    for old, new in moved(before, after):
        assert (new.grain != "day" and new.as_of == NEWEST) or new.reason.startswith("late rows: "), (old, new)

    for source in ("orders", "costs"):
        eve.repair(source, DAY)
    assert [each.state for each in eve.run(NEWEST, hour=5)] == [RunState.PUBLISHED]
    assert seen(eve.figures()) == truth_of(eve.folder)
    assert eve.holds() == []


def test_nothing_arrived(eve: Story):
    """Without any file the day is held, never a zero; readers see what they saw."""
    before = eve.figures()
    for source in ("orders", "refunds", "costs", "fx_rates", "ledger_totals"):
        if (eve.data / source / f"loaded_on={DAY}").is_dir():
            faults.drop_day(eve.data, source, DAY)
    produced = eve.run(NEWEST)
    after = eve.figures()

    assert [each.state for each in produced] == [RunState.HELD]
    assert ("orders_complete", "region=UK") in eve.causes()
    assert moved(before, after) == []
    assert {metric for metric, segment in held(after, NEWEST) if segment == EVERY} == METRICS
    assert all(f.value is None for f in after.values() if f.period == str(NEWEST) and f.segment in ("", "region=UK"))


@pytest.mark.slow
def test_a_hold_does_not_stop_the_next_day(start: Callable[[str], Story]):
    """A held day, then a good one: the good day is out, roll-ups end before the held day; repaired, all catch up."""
    story = start("before")
    eve_on = morning(NEWEST).date()
    lost = eve_on.replace(day=20)
    faults.drop_share(story.data, "costs", lost, "region = 'EU'", 0.5)
    story.run(NEWEST.replace(day=19))
    story.run(NEWEST)
    figures = story.figures()

    assert ("profit", "") in held(figures, NEWEST.replace(day=19))
    assert ("profit", "") in published(figures, NEWEST)
    for grain, period in (("week", "2026-W38"), ("month", "2026-09"), ("quarter", "2026-Q3")):
        assert figures[grain, period, "profit", ""].as_of == NEWEST.replace(day=18)
        assert figures[grain, period, "profit", ""].state == "held"
        assert figures[grain, period, "orders", ""].as_of == NEWEST

    story.repair("costs", lost)
    story.run(NEWEST, hour=5)
    assert seen(story.figures()) == truth_of(story.folder)
    assert story.holds() == []
