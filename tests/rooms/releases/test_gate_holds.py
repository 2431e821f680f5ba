"""What a failed check keeps back, by hand on the reference team's shape: facts, sums by dimension, a month."""

from datetime import date

import pytest

from holdfast.calendars import Calendar, standard_periods
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.definitions.metric import Measure, Metric, Ratio
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.pipeline import EXPERIMENTS, INVESTORS, Pipeline
from holdfast.releases.figures import Scope
from holdfast.releases.gate import holds_of, scopes, ticket, waiting, withheld

DAY, NEXT = date(2026, 9, 29), date(2026, 9, 30)
CALENDAR = Calendar(standard_periods(date(2026, 9, 1), date(2026, 10, 31)))
UNTIL = date(2026, 10, 31)
DIMENSIONS = ("region", "category")
COSTS = Model("costs", "", "", (), "day", (Reads("src.costs"),), ("day", "region", "category"), segments=DIMENSIONS)
# A refund takes its region from an order of up to a day before.
REFUNDS = Model("refunds", "", "", (), "day", (Reads("src.refunds"), Reads("orders", -1, 0)), ("region", "category"), segments=DIMENSIONS)
ORDERS = Model("orders", "", "", (), "day", (Reads("src.orders"),), ("region", "category"), segments=DIMENSIONS)
SUMS = Model(
    "sums", "", "", (), "day", (Reads("costs"), Reads("orders"), Reads("refunds")), ("dimension", "member"), segments=DIMENSIONS
)
DAILY = Model("daily", "", "", (), "day", (Reads("costs"), Reads("orders")))
MONTHLY = Model("monthly", "", "", (), "month", (Reads("daily"),), period="month")
LINEAGE = [COSTS, ORDERS, REFUNDS, DAILY, MONTHLY, SUMS]
MEASURED = ("revenue", "cost", "orders")


def a_pipeline(audience: str = INVESTORS) -> Pipeline:
    """Three sums and a ratio of two of them."""
    metrics = tuple(Metric(name, "", "GBP", ("day", "month"), measures={"day": Measure("sums", name)}) for name in MEASURED)
    ratio = Metric("share", "", "ratio", ("day", "month"), ratio=Ratio(("cost",), "revenue"))
    return Pipeline("profit", "", audience, "james", "jill", date(2026, 9, 1), (*metrics, ratio), (), ("sums",))


def a_result(outcome: Outcome, severity: Severity = Severity.HOLD, **more) -> Result:
    """Coverage of EU's costs on the day."""
    given = {"dataset": "costs", "segment": "region=EU", "holds": ("cost",), **more}
    return Result("coverage", "profit", given["dataset"], DAY, given["segment"], outcome, severity, "0.5", "1", holds=given["holds"])


def holds(*results: Result, audience: str = INVESTORS):
    """The holds of these results."""
    return holds_of(results, a_pipeline(audience), LINEAGE, {DAY: "7:ab"})


@pytest.mark.parametrize(
    ("outcome", "severity", "audience", "held"),
    [
        (Outcome.FAIL, Severity.HOLD, INVESTORS, True),
        (Outcome.UNKNOWN, Severity.HOLD, INVESTORS, True),
        (Outcome.WARN, Severity.HOLD, INVESTORS, False),
        (Outcome.PASS, Severity.HOLD, INVESTORS, False),
        (Outcome.NOT_APPLICABLE, Severity.HOLD, INVESTORS, False),
        (Outcome.FAIL, Severity.FLAG, INVESTORS, False),
        (Outcome.UNKNOWN, Severity.WARN, INVESTORS, False),
        (Outcome.FAIL, Severity.HOLD, EXPERIMENTS, False),
    ],
)
def test_what_holds(outcome, severity, audience, held):
    """Failed and unknown hold investors' figures, when the check says hold; nothing else does."""
    assert bool(holds(a_result(outcome, severity), audience=audience)) is held


def test_a_hold_names_its_metrics_and_their_ratios():
    """A check on cost holds cost and the share made from it, not the orders."""
    (hold,) = holds(a_result(Outcome.FAIL))
    assert hold.metrics == ("cost", "share")

    (hold,) = holds(a_result(Outcome.FAIL, holds=None))
    assert hold.metrics == ("revenue", "cost", "orders", "share")
    assert holds(a_result(Outcome.FAIL, holds=None, dataset="monthly"))[0].metrics == ()


def test_a_member_waits_alone_while_its_models_are_row_wise():
    """Facts and sums tell EU apart: the day's cost waits for EU, one scope for the measured metric."""
    found = scopes(holds(a_result(Outcome.FAIL)), a_pipeline(), LINEAGE, CALENDAR, UNTIL)

    assert found == [Scope(DAY, "cost", "region=EU")]


def test_a_model_that_mixes_members_holds_all():
    """Of a source nothing says which way it is read apart; through a mixing model the whole day waits."""
    mixing = [Model(m.name, "", "", (), m.day, m.reads, m.columns, m.period) if m.name == "costs" else m for m in LINEAGE]

    assert scopes(holds(a_result(Outcome.FAIL)), a_pipeline(), mixing, CALENDAR, UNTIL) == [Scope(DAY, "cost", "")]
    whole_day = holds(a_result(Outcome.FAIL, segment=""))
    assert scopes(whole_day, a_pipeline(), LINEAGE, CALENDAR, UNTIL) == [Scope(DAY, "cost", "")]


def test_a_hold_reaches_the_days_that_read_it():
    """Orders of the 29th are read by the refunds of the 30th."""
    found = scopes(holds(a_result(Outcome.FAIL, dataset="orders", holds=("revenue",))), a_pipeline(), LINEAGE, CALENDAR, UNTIL)

    assert found == [Scope(DAY, "revenue", "region=EU"), Scope(NEXT, "revenue", "region=EU")]


@pytest.mark.parametrize(
    ("since", "days"),
    [
        (DAY, [DAY, NEXT]),
        (NEXT, [DAY, NEXT]),
        (UNTIL, [DAY]),  # its own day, however long ago
    ],
)
def test_of_an_old_hold_only_its_day_and_the_newest_are_asked(since, days):
    """Orders of the 29th are read by the refunds of the 30th, which whoever asks from later on does not get."""
    old = holds(a_result(Outcome.FAIL, dataset="orders", holds=("revenue",)))
    found = scopes(old, a_pipeline(), LINEAGE, CALENDAR, UNTIL, since)

    assert found == [Scope(day, "revenue", "region=EU") for day in days]


def test_tables_keep_back_the_rows_of_the_held_member():
    """Of fact rows the others' go out; a table that mixes members keeps back the day, its month the month."""
    back = withheld(holds(a_result(Outcome.FAIL)), a_pipeline(), LINEAGE, CALENDAR, UNTIL)

    keep = "\"region\" IS DISTINCT FROM 'EU' AND \"region\" IS NOT NULL"
    assert back["costs"].keep == {DAY: keep} and not back["costs"].wholly
    assert back["orders"].keep == {DAY: keep}, "revenue without its costs gives a wrong profit as well"
    assert back["sums"].keep == {DAY: "dimension = 'region' AND member <> 'EU'"}
    assert str(back["daily"].wholly) == "2026-09-29"
    assert str(back["monthly"].wholly) == "2026-09-01..2026-09-30"


def test_an_approval_counts_for_the_candidate_it_was_given_for():
    """Other rows need another word."""
    (hold,) = holds(a_result(Outcome.FAIL))
    (other,) = holds_of([a_result(Outcome.FAIL)], a_pipeline(), LINEAGE, {DAY: "8:cd"})

    assert waiting([hold], frozenset({ticket(hold)})) == []
    assert waiting([other], frozenset({ticket(hold)})) == [other]
