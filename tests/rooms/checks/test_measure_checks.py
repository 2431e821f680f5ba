"""Running checks together: one query, isolation of what breaks, and a result for every day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.calendars import Calendar
from holdfast.checks.kinds import KINDS
from holdfast.checks.measure import measure
from holdfast.checks.outcomes import Measured
from holdfast.checks.ports import ProbeError
from holdfast.checks.results import Outcome, Result, blocks
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check, CheckKind, Severity
from holdfast.definitions.metric import Metric
from holdfast.definitions.pipeline import Pipeline
from holdfast.definitions.source import Changes, Source
from holdfast.partitions import Days

PASS, WARN, FAIL, UNKNOWN, NA = (
    Outcome.PASS,
    Outcome.WARN,
    Outcome.FAIL,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
MON, TUE, WED = date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)


@pytest.fixture
def orders(session):
    """One good order on Monday, one without amount on Tuesday, none on Wednesday."""
    session.model("fact_orders", "order_date DATE, order_id INT, amount INT", [(MON, 1, 5), (TUE, 2, None)])
    return session


def test_one_query_answers_all_checks(orders, workshop):
    """Three checks, one question, results by check, day and segment."""
    results = orders.results(
        workshop.check("unique", "fact_orders", columns=("order_id",), name="b"),
        workshop.check("not_null", "fact_orders", columns=("amount",), name="c"),
        workshop.check("sql", "fact_orders", sql="SELECT 1 AS n WHERE false", name="a"),
    )
    assert len(orders.probe.asked) == 1
    assert [(r.check, r.day, r.outcome) for r in results] == [
        ("a", MON, PASS),
        ("a", TUE, PASS),
        ("a", WED, PASS),
        ("b", MON, PASS),
        ("b", TUE, PASS),
        ("b", WED, NA),
        ("c", MON, PASS),
        ("c", TUE, FAIL),
        ("c", WED, NA),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "sql", "sql": "SELECT no_such_column FROM fact_orders"},
        {"kind": "sql", "sql": "SELEC 1"},
        {"kind": "sql", "sql": "SELECT order_id FROM fact_orders WHERE segment = 'region=EU'"},
        {"kind": "sql", "sql": "SELECT 1 AS n FROM fact_orders WHERE CAST('x' || order_id AS INT) > 0"},
        {"kind": "not_null", "columns": ("no_such_column",)},
        {"kind": "not_null", "columns": ("",)},
        {"kind": "not_null"},
        {"kind": "coverage", "against": "no_such_table", "on": ("order_id",), "at_least": 1},
        {"kind": "coverage", "against": "fact_orders", "on": ("order_id",), "at_least": "most"},
        {"kind": "band", "numerator": "proft", "denominator": "revenue", "min": 0},
        {"kind": "band", "numerator": "profit", "denominator": "revenue"},
        {"kind": "volume"},
        {"kind": "freshness"},
        {"kind": "completeness", "expected": "src.nowhere"},
        {"kind": "relationship", "columns": ("order_id",), "to": "fact_orders", "to_columns": ("a", "b")},
    ],
)
def test_a_broken_check_is_unknown_and_spoils_no_other(orders, workshop, broken):
    """Its days are unknown with the reason; the check beside it is judged as ever."""
    results = orders.results(
        workshop.check(dataset="fact_orders", name="broken", **broken),
        workshop.check("not_null", "fact_orders", columns=("amount",), name="sound"),
    )
    assert [(r.check, r.day, r.outcome) for r in results] == [
        ("broken", MON, UNKNOWN),
        ("broken", TUE, UNKNOWN),
        ("broken", WED, UNKNOWN),
        ("sound", MON, PASS),
        ("sound", TUE, FAIL),
        ("sound", WED, NA),
    ]
    assert all(r.detail for r in results if r.outcome is UNKNOWN)


def test_a_day_the_check_says_nothing_about_is_unknown(orders, workshop):
    """An engine that loses a row does not make the day pass."""

    class Forgetful:
        def rows(self, sql):
            return [row for row in orders.probe.rows(sql) if row[1] != TUE]

    check = workshop.check("not_null", "fact_orders", columns=("amount",))
    results = measure([check], orders.scope(), Forgetful())
    assert [(r.day, r.outcome) for r in results] == [(MON, PASS), (TUE, UNKNOWN), (WED, NA)]


def test_a_dead_engine_makes_everything_unknown(orders, workshop):
    """Severity is kept, so investors wait and a check that only warns holds nothing."""

    class Dead:
        def rows(self, sql):
            raise ProbeError("out of memory")

    checks = [
        workshop.check("not_null", "fact_orders", columns=("amount",), name="hold"),
        workshop.check("not_null", "fact_orders", columns=("amount",), name="warn", severity=Severity.WARN),
    ]
    results = measure(checks, orders.scope(), Dead())
    assert {r.outcome for r in results} == {UNKNOWN}
    assert {r.detail for r in results} == {"out of memory"}
    assert {r.check for r in results if blocks(r, "investors")} == {"hold"}


def test_the_same_checks_give_the_same_question(orders, workshop):
    """SQL text depends on declarations only."""
    checks = [
        workshop.check("unique", "fact_orders", columns=("order_id",), name="a"),
        workshop.check("volume", "fact_orders", min_ratio=0.5, name="b"),
    ]
    orders.results(*checks)
    orders.results(*checks)
    assert orders.probe.asked[0] == orders.probe.asked[1]


def test_contract_checks_and_no_days_ask_nothing(orders, workshop):
    """Contracts are judged from files; a run without days has nothing to check."""
    assert orders.results(workshop.check("contract", "src.orders")) == []
    orders.days = Days()
    assert orders.results(workshop.check("not_null", "fact_orders", columns=("amount",))) == []
    assert orders.probe.asked == []


def test_a_result_carries_what_the_check_holds(orders, workshop):
    """The gate needs metrics, dataset, pipeline and severity."""
    check = workshop.check("not_null", "fact_orders", columns=("amount",), holds=("profit",))
    (_, tuesday, _) = orders.results(check)
    assert (tuesday.holds, tuesday.dataset, tuesday.pipeline, tuesday.severity) == (
        ("profit",),
        "fact_orders",
        "aggregate_profit",
        Severity.HOLD,
    )


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("audience", ["investors", "experiments"])
def test_only_a_failed_or_unknown_holding_check_blocks_investors(outcome, severity, audience):
    """Two of fifteen combinations block, and none for experiments."""
    result = Result("c", "p", "d", MON, "", outcome, severity, "", "")
    must = audience == "investors" and (outcome, severity) in [
        (FAIL, Severity.HOLD),
        (UNKNOWN, Severity.HOLD),
    ]
    assert blocks(result, audience) is must


def test_each_kind_but_contract_has_its_pair():
    """A kind without a file would raise at its first use."""
    assert set(KINDS) == set(CheckKind) - {CheckKind.CONTRACT}


PARAMETERS = {
    "columns": ("a", "b"),
    "column": "a",
    "values": ("x",),
    "to": "t",
    "against": "t",
    "on": ("a",),
    "at_least": Decimal("0.9"),
    "tolerance": Decimal("0.1"),
    "numerator": "profit",
    "denominator": "revenue",
    "min": Decimal("-0.5"),
    "max": Decimal("0.5"),
    "min_ratio": Decimal("0.5"),
    "max_ratio": Decimal(2),
    "metric": "profit",
    "percent": 20,
    "sql": "SELECT 1",
}
NUMBERS = st.none() | st.decimals() | st.integers().map(Decimal) | st.decimals(-(10**32), 10**32, places=6)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    day=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    segment=st.sampled_from(["", "region=EU"]),
    observed=NUMBERS,
    expected=NUMBERS,
    n=st.integers(-1, 2**63 - 1),
    severity=st.sampled_from(Severity),
)
def test_judging_never_raises_and_null_never_passes(kind, day, segment, observed, expected, n, severity):
    """Any row of any kind gets one of the five outcomes; what is no number is unknown or not applicable."""
    parameters = {**PARAMETERS, "against": "average"} if kind is CheckKind.DEVIATION else PARAMETERS
    check = Check("c", kind, "src.orders", severity, "p", tuple(parameters.items()))
    profit = Metric("profit", "", "GBP", ("day",))
    pipeline = Pipeline("p", "", "investors", "a", "b", date(2024, 1, 1), (profit,), (check,), ())
    source = Source("orders", "", (), (), Changes.APPEND, "")
    scope = Scope(
        pipeline,
        Days.of_days([day]),
        datetime(2026, 1, 1, tzinfo=UTC),
        ZoneInfo("Europe/London"),
        Calendar(),
        {},
        {"orders": source},
    )
    result = KINDS[kind].judge(check, Measured("c", day, segment, observed, expected, n), scope)

    assert (result.day, result.segment, result.severity) == (day, segment, severity)
    if observed is None or not observed.is_finite():
        assert result.outcome in (UNKNOWN, NA)
