"""Checks that compare tables, days and figures: coverage, reconciliation, bands, completeness, volume, deviation."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from holdfast.checks.results import Outcome
from holdfast.checks.scope import Landed
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.pipeline import Annotation
from holdfast.definitions.source import ClosedDays
from holdfast.partitions import Days, Interval

PASS, FAIL, UNKNOWN, NA = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
MON, TUE, WED = date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)
ORDERS = "order_date DATE, order_id INT, region VARCHAR"
TUESDAYS = [TUE - timedelta(days=7 * weeks) for weeks in (1, 2, 3, 4)]


def note(day: date, *metrics: str) -> Annotation:
    return Annotation("aggregate_profit", Interval.of_day(day), "strike", "jill", metrics or None)


def test_coverage_counts_orders_not_lines_and_cost_rows_of_any_day(session, workshop):
    """Europe: orders 1 and 2, of which 1 has its cost a week later; a fee is not a cost of goods."""
    session.model(
        "fact_orders",
        ORDERS,
        [(MON, 1, "EU"), (MON, 1, "EU"), (MON, 2, "EU"), (MON, 3, "US"), (TUE, 4, None)],
    )
    session.model(
        "fact_costs",
        "cost_date DATE, order_id INT, kind VARCHAR",
        [(MON + timedelta(days=7), 1, "cogs"), (MON, 2, "platform_fee"), (MON, 3, "cogs"), (MON, 3, "cogs")],
    )
    check = workshop.check(
        "coverage",
        "fact_costs",
        against="fact_orders",
        on=("order_id",),
        where="kind = 'cogs'",
        at_least=0.999,
        by="region",
    )
    results = session.results(check)
    assert [(r.day, r.segment, r.outcome, r.observed) for r in results] == [
        (MON, "region=EU", FAIL, "0.5"),
        (MON, "region=US", PASS, "1"),
        (TUE, "region=unallocated", FAIL, "0"),
        (WED, "", NA, ""),
    ]
    assert results[0].expected == "at least 0.999"
    assert results[0].detail == "1 of 2 order_id of fact_orders covered"


@pytest.mark.parametrize(("at_least", "outcome"), [(0.75, PASS), (0.7500001, FAIL)])
def test_coverage_passes_at_exactly_its_limit(session, workshop, at_least, outcome):
    """Three of four."""
    session.model("fact_orders", ORDERS, [(MON, order, "EU") for order in range(4)])
    session.model("fact_costs", "cost_date DATE, order_id INT", [(MON, order) for order in range(3)])
    check = workshop.check(
        "coverage", "fact_costs", against="fact_orders", on=("order_id",), at_least=at_least
    )
    assert session.by_day(check) == [outcome, NA, NA]


def test_counts_are_compared_per_day_and_member_of_either_side(session, workshop):
    """A region only the source has is seen; no rows on both sides is not applicable."""
    session.model("fact_orders", ORDERS, [(MON, 1, "EU"), (TUE, 2, "EU")])
    session.source(
        "orders",
        "business_on DATE, order_id INT, region VARCHAR",
        [(MON, 1, "EU"), (TUE, 2, "EU"), (TUE, 3, "US")],
    )
    check = workshop.check("reconciliation", "fact_orders", against="src.orders", by="region")
    assert session.outcomes(check) == {
        (MON, "region=EU"): PASS,
        (TUE, "region=EU"): PASS,
        (TUE, "region=US"): FAIL,
        (WED, ""): NA,
    }


@pytest.mark.parametrize(
    ("mine", "theirs", "outcome"),
    [
        ("101", "100", PASS),
        ("101.01", "100", FAIL),
        ("-101", "-100", PASS),
        ("-102", "-100", FAIL),
        ("0", "0", PASS),
        ("0.01", "0", FAIL),
        (None, "100", UNKNOWN),
        ("100", None, UNKNOWN),
    ],
)
def test_sums_agree_within_a_share_of_the_absolute_expected_value(session, workshop, mine, theirs, outcome):
    """One percent of 100, also of a loss of 100; nothing but zero agrees with zero; null agrees with nothing."""
    session.model("agg", "order_date DATE, revenue DECIMAL(18,4)", [(MON, mine)])
    session.source("ledger_totals", "business_on DATE, total DECIMAL(18,4)", [(MON, theirs)])
    check = workshop.check(
        "reconciliation",
        "agg",
        against="src.ledger_totals",
        compare="sum",
        column="revenue",
        against_column="total",
        tolerance=0.01,
    )
    assert session.by_day(check)[0] is outcome


def test_a_sum_without_rows_to_compare_with_is_unknown(session, workshop):
    """The finance system has not spoken yet: that is not a total of zero."""
    session.model("agg", "order_date DATE, revenue DECIMAL(18,4)", [(MON, 0), (TUE, 5)])
    session.source("ledger_totals", "booked_on DATE, revenue DECIMAL(18,4)", [(TUE, 5)])
    check = workshop.check(
        "reconciliation",
        "agg",
        against="src.ledger_totals",
        compare="sum",
        column="revenue",
        against_day="booked_on",
    )
    assert session.by_day(check) == [UNKNOWN, PASS, NA]


def test_a_sum_that_is_not_a_number_spoils_its_own_day_only(session, workshop):
    """NaN on Monday is unknown; Tuesday still passes, in one query."""
    session.model("agg", "order_date DATE, revenue DOUBLE", [(MON, float("nan")), (TUE, 5.0)])
    session.source("ledger_totals", "business_on DATE, revenue DOUBLE", [(MON, 5.0), (TUE, 5.0)])
    check = workshop.check(
        "reconciliation", "agg", against="src.ledger_totals", compare="sum", column="revenue"
    )
    assert session.by_day(check) == [UNKNOWN, PASS, NA]
    assert len(session.probe.asked) == 1


@pytest.mark.parametrize(
    ("profit", "revenue", "outcome"),
    [
        (10, 100, PASS),
        (60, 100, PASS),
        ("60.01", 100, FAIL),
        ("9.99", 100, FAIL),
        (-10, -100, FAIL),
        (0, 0, NA),
        (-5, 0, NA),
        (None, 100, UNKNOWN),
    ],
)
def test_a_margin_lies_in_its_band(session, workshop, profit, revenue, outcome):
    """0.1..0.6, ends included. A loss on negative revenue is -0.1, not +0.1; over nothing there is no ratio."""
    session.figures("profit", {MON: profit})
    session.figures("revenue", {MON: revenue})
    check = workshop.check("band", "agg", numerator="profit", denominator="revenue", min=0.1, max=0.6)
    assert session.by_day(check)[0] is outcome


def test_a_day_without_figures_is_unknown_unless_it_is_closed(session, workshop):
    """Tuesday is closed in the source that feeds the model; half a ratio is unknown on any day."""
    session.source("orders", "business_on DATE", [], closed=ClosedDays(days=frozenset({TUE})))
    session.model("agg", "order_date DATE", [], reads="src.orders")
    session.figures("profit", {WED: 5})
    check = workshop.check("band", "agg", numerator="profit", denominator="revenue", min=0)
    assert session.by_day(check) == [UNKNOWN, NA, UNKNOWN]


def test_a_band_by_region_leaves_other_dimensions_alone(session, workshop):
    """Only segments of the dimension are judged, neither the total nor categories."""
    for segment, profit in (("", 1), ("region=EU", 50), ("region=US", 1), ("category=toys", 1)):
        session.figures("profit", {MON: profit}, segment)
        session.figures("revenue", {MON: 100}, segment)
    check = workshop.check("band", "agg", numerator="profit", denominator="revenue", min=0.1, by="region")
    outcomes = session.outcomes(check)
    assert {key: value for key, value in outcomes.items() if key[0] == MON} == {
        (MON, "region=EU"): PASS,
        (MON, "region=US"): FAIL,
    }


def test_a_member_seen_within_28_days_must_be_there(session, workshop):
    """EU was there 28 days before Monday: missed on Monday, forgotten on Tuesday. Rows of nobody are not missed."""
    session.model(
        "fact_orders",
        ORDERS,
        [
            (MON - timedelta(days=28), 1, "EU"),
            (MON - timedelta(days=1), 2, "US"),
            (MON - timedelta(days=1), 3, None),
        ]
        + [(day, 4, "US") for day in (MON, TUE, WED)]
        + [(WED, 5, "BR")],
    )
    check = workshop.check("completeness", "fact_orders", by="region")
    assert session.outcomes(check) == {
        (MON, "region=EU"): FAIL,
        (MON, "region=US"): PASS,
        (TUE, "region=US"): PASS,
        (WED, "region=US"): PASS,
        (WED, "region=BR"): PASS,
    }


def test_a_rare_member_is_not_missed_when_so_declared(session, workshop):
    """Seen on one of 28 days where two are asked for: its absence is not applicable."""
    session.model("fact_orders", ORDERS, [(MON - timedelta(days=3), 1, "EU"), (MON, 4, "US")])
    check = workshop.check("completeness", "fact_orders", by="region", seen_on=2)
    assert session.outcomes(check)[MON, "region=EU"] is NA


def test_an_expected_day_without_rows_fails_and_a_closed_one_does_not(workshop):
    """The first day of all has no history and no rows: it fails. Tuesday is closed. Before the start: not asked."""
    session = workshop.session(days=Days.of([Interval(MON - timedelta(days=1), WED)]), starts_on=MON)
    session.source("orders", "business_on DATE", [], closed=ClosedDays(weekdays=(1,)))
    session.model("fact_orders", ORDERS, [])
    check = workshop.check("completeness", "fact_orders", expected="src.orders", by="region")
    assert session.by_day(check) == [NA, FAIL, NA]


@pytest.mark.parametrize(("today", "outcome"), [(5, PASS), (4, FAIL), (20, PASS), (21, FAIL), (0, FAIL)])
def test_volume_compares_with_the_same_weekday(workshop, today, outcome):
    """Tuesdays had 10 rows each, other days one: between half and twice of ten, ends included."""
    session = workshop.session(days=Days.of_days([TUE]))
    before = [(day, i, "EU") for day in TUESDAYS for i in range(10)]
    others = [(TUE - timedelta(days=back), 0, "EU") for back in range(1, 29) if back % 7]
    session.model("fact_orders", ORDERS, before + others + [(TUE, i, "EU") for i in range(today)])
    check = workshop.check("volume", "fact_orders", min_ratio=0.5, max_ratio=2, by=None)

    assert session.by_day(check) == [outcome]
    assert session.results(check)[0].expected == "0.5..2 of 10"


def test_volume_leaves_closed_and_annotated_days_out_of_the_baseline(workshop):
    """Of four Tuesdays one was closed, one annotated; the other two had 10 rows. An annotated day is not judged."""
    session = workshop.session(days=Days.of_days([TUE]))
    session.source("orders", "business_on DATE", [], closed=ClosedDays(days=frozenset({TUESDAYS[0]})))
    session.annotations = (note(TUESDAYS[1]),)
    sizes = (1000, 2000, 10, 10)
    rows = [(day, i, "EU") for day, size in zip(TUESDAYS, sizes, strict=True) for i in range(size)]
    session.connection.execute(f"CREATE TABLE fact_orders({ORDERS})")
    session.connection.executemany(
        "INSERT INTO fact_orders VALUES (?, ?, ?)", rows[-20:] + [(TUE, 1, "EU")] * 10
    )
    session.connection.execute(
        "INSERT INTO fact_orders SELECT CAST(? AS DATE), range, 'EU' FROM range(1000)", [TUESDAYS[0]]
    )
    session.connection.execute(
        "INSERT INTO fact_orders SELECT CAST(? AS DATE), range, 'EU' FROM range(2000)", [TUESDAYS[1]]
    )
    session.models["fact_orders"] = Model("fact_orders", "", "", (), "order_date", (Reads("src.orders"),))
    check = workshop.check("volume", "fact_orders", min_ratio=0.9, max_ratio=1.1)
    assert session.by_day(check) == [PASS]

    session.annotations += (note(TUE),)
    assert session.by_day(check) == [NA]


def test_volume_without_history_is_not_applicable_and_a_vanished_member_fails(session, workshop):
    """Monday has no Monday before it; on Tuesday Europe is gone, and Brazil is new."""
    session.model(
        "fact_orders",
        ORDERS,
        [(MON, 1, "EU"), (TUESDAYS[0], 1, "EU"), (TUESDAYS[0], 2, "US"), (TUE, 3, "US"), (TUE, 4, "BR")],
    )
    outcomes = session.outcomes(workshop.check("volume", "fact_orders", min_ratio=0.5, by="region"))
    assert outcomes == {
        (MON, "region=EU"): NA,
        (TUE, "region=EU"): FAIL,
        (TUE, "region=US"): PASS,
        (TUE, "region=BR"): NA,
        (WED, ""): NA,
    }


@pytest.mark.parametrize(
    ("yesterday", "today", "outcome"),
    [
        (100, 120, PASS),
        (100, "120.01", FAIL),
        (100, 80, PASS),
        (-100, -80, PASS),
        (-100, -121, FAIL),
        (-100, 100, FAIL),
        (0, 50, NA),
        (None, 50, NA),
        (100, None, UNKNOWN),
    ],
)
def test_profit_may_move_20_percent_of_yesterdays_absolute_value(workshop, yesterday, today, outcome):
    """Also when yesterday was a loss; nothing is a percentage of zero."""
    session = workshop.session(days=Days.of_days([TUE]))
    session.figures("profit", {MON: yesterday, TUE: today})
    assert session.by_day(workshop.check("deviation", "agg", metric="profit", percent=20)) == [outcome]


def test_a_smaller_loss_is_a_rise(workshop):
    """From -100 to -50 profit rose by 50 %; the brief's own formula, dividing by -100, calls it a fall."""
    session = workshop.session(days=Days.of_days([TUE]))
    session.figures("profit", {MON: -100, TUE: -50})
    (result,) = session.results(workshop.check("deviation", "agg", metric="profit", percent=20))
    assert result.detail == "profit moved 50 % from -100"


def test_an_average_is_over_the_last_comparable_days(workshop):
    """Seven days of 100 before a closed, an annotated and a null day; the days before them, 900, are too old."""
    session = workshop.session(days=Days.of_days([WED]))
    session.source("orders", "business_on DATE", [], closed=ClosedDays(days=frozenset({TUE})))
    session.annotations = (note(MON, "profit"), note(WED, "orders"))
    null_on = MON - timedelta(days=1)
    hundreds = [MON - timedelta(days=back) for back in range(2, 9)]
    older = [MON - timedelta(days=back) for back in range(9, 20)]
    values = {
        TUE: 5000,
        MON: 7000,
        null_on: None,
        **dict.fromkeys(hundreds, 100),
        **dict.fromkeys(older, 900),
    }
    session.figures("profit", {**values, WED: 126})
    check = workshop.check(
        "deviation", "agg", metric="profit", against="average", over_days=7, percent=25, expected="orders"
    )
    (result,) = session.results(check)
    assert result.outcome is FAIL
    assert result.detail == "profit moved 26 % from 100"


def test_an_annotated_or_first_day_is_not_judged(session, workshop):
    """Monday is the first day of all, Tuesday is annotated, so Wednesday is compared with Monday."""
    session.annotations = (note(TUE),)
    session.figures("profit", {MON: 100, TUE: 1, WED: 110})
    check = workshop.check("deviation", "agg", metric="profit", percent=20)
    assert session.by_day(check) == [NA, NA, PASS]


@pytest.mark.parametrize(
    ("landed", "now", "outcome"),
    [
        (Landed(5, WED, WED), datetime(2026, 4, 2, 3, tzinfo=UTC), PASS),
        (
            Landed(5, WED + timedelta(days=1), WED + timedelta(days=1)),
            datetime(2026, 4, 2, 3, tzinfo=UTC),
            FAIL,
        ),
        (Landed(5, WED, WED + timedelta(days=5)), datetime(2026, 4, 9, tzinfo=UTC), PASS),
        (Landed(5, WED, WED + timedelta(days=6)), datetime(2026, 4, 9, tzinfo=UTC), FAIL),
        (None, datetime(2026, 4, 1, 1, 59, tzinfo=UTC), UNKNOWN),
        (None, datetime(2026, 4, 1, 2, 0, tzinfo=UTC), FAIL),
    ],
)
def test_rows_arrive_by_the_sources_deadline(workshop, landed, now, outcome):
    """31 March ends 23:00 UTC in British summer: with three hours the deadline is 02:00 UTC on 1 April."""
    session = workshop.session(days=Days.of_days([TUE]), now=now)
    session.source("orders", "business_on DATE", [], late_rows_within=timedelta(days=5))
    session.landed = {"orders": {TUE: landed} if landed else {}}
    assert session.by_day(workshop.check("freshness", "src.orders")) == [outcome]


def test_nothing_arrives_on_a_closed_day(workshop):
    """Not even late."""
    session = workshop.session(days=Days.of_days([date(2025, 12, 25)]))
    session.source("orders", "business_on DATE", [], closed=ClosedDays(yearly=((12, 25),)))
    assert session.by_day(workshop.check("freshness", "src.orders")) == [NA]


def test_figures_are_written_plainly(session, workshop):
    """No exponents and no trailing zeros in what people read."""
    session.figures("profit", {MON: Decimal(1000000)})
    session.figures("revenue", {MON: Decimal(4000000)})
    (first, *_) = session.results(
        workshop.check("band", "agg", numerator="profit", denominator="revenue", min=0.5)
    )
    assert (first.observed, first.expected) == ("0.25", "0.5..")
    assert first.detail == "profit 1000000 over revenue 4000000"
