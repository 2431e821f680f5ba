"""Checks that look at rows: filled, unique, known, related, in one currency, and the team's own queries."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from holdfast.checks.results import Outcome
from holdfast.definitions.check import Severity
from holdfast.definitions.source import Column, OverTime
from holdfast.partitions import Days

PASS, WARN, FAIL, UNKNOWN, NA = (
    Outcome.PASS,
    Outcome.WARN,
    Outcome.FAIL,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
MON, TUE, WED = date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)
ORDERS = "order_date DATE, order_id INT, line_no INT, region VARCHAR, currency VARCHAR, amount DECIMAL(18,4)"


def test_not_null_counts_rows_that_lack_any_of_the_columns(session, workshop):
    """One row lacks both columns and counts once; the month's last day has no rows and is not applicable."""
    session.model(
        "fact_orders",
        ORDERS,
        [(MON, 1, 1, "EU", "EUR", 5), (MON, None, None, "EU", "EUR", 5), (WED, 3, 1, "EU", "EUR", 5)],
    )
    check = workshop.check("not_null", "fact_orders", columns=("order_id", "line_no"))

    first = session.results(check)[0]
    assert session.by_day(check) == [FAIL, NA, PASS]
    assert (first.observed, first.expected) == ("1", "0")
    assert first.detail == "1 of 2 rows have no order_id or no line_no"


def test_not_null_tolerates_the_declared_share_and_no_row_more(session, workshop):
    """Two of four nulls are exactly half: tolerated at 0.5, not at 0.49."""
    session.days = Days.of_days([MON])
    rows = [(MON, order, 1, "EU", "EUR", 5) for order in (1, 2, None, None)]
    session.model("fact_orders", ORDERS, rows)

    results = session.results(
        workshop.check("not_null", "fact_orders", columns=("order_id",), tolerance=0.5, name="half"),
        workshop.check("not_null", "fact_orders", columns=("order_id",), tolerance=0.49, name="less"),
    )
    assert [result.outcome for result in results if result.day == MON] == [PASS, FAIL]


def test_not_null_takes_nan_in_a_floating_source_column_for_missing(session, workshop):
    """A NaN is no value, though it is not null."""
    session.source(
        "readings",
        "business_on DATE, value DOUBLE",
        [(MON, float("nan")), (TUE, 1.0), (WED, None)],
        kinds=(Column("value", "DOUBLE"),),
    )
    assert session.by_day(workshop.check("not_null", "src.readings", columns=("value",))) == [
        FAIL,
        PASS,
        FAIL,
    ]


def test_a_member_that_lacks_a_value_fails_alone(session, workshop):
    """By region: the region with the null fails, the other passes, rows without region are unallocated."""
    session.model(
        "fact_orders",
        ORDERS,
        [(MON, 1, 1, "EU", "EUR", None), (MON, 2, 1, "US", "USD", 5), (MON, 3, 1, None, "USD", 5)],
    )
    outcomes = session.outcomes(workshop.check("not_null", "fact_orders", columns=("amount",), by="region"))
    assert outcomes == {
        (MON, "region=EU"): FAIL,
        (MON, "region=US"): PASS,
        (MON, "region=unallocated"): PASS,
        (TUE, ""): NA,
        (WED, ""): NA,
    }


def test_a_key_repeated_in_the_days_under_test_fails_each_of_its_days(session, workshop):
    """Order 1 line 1 stands on Monday and on Wednesday; order 2 has two lines and is fine."""
    session.model(
        "fact_orders",
        ORDERS,
        [
            (MON, 1, 1, "EU", "EUR", 5),
            (WED, 1, 1, "EU", "EUR", 5),
            (TUE, 2, 1, "EU", "EUR", 5),
            (TUE, 2, 2, "EU", "EUR", 5),
        ],
    )
    assert session.by_day(workshop.check("unique", "fact_orders", columns=("order_id", "line_no"))) == [
        FAIL,
        PASS,
        FAIL,
    ]


@pytest.mark.parametrize("other_day", [MON - timedelta(days=1), WED + timedelta(days=1), date(2020, 2, 29)])
def test_a_key_of_another_day_is_found_before_and_after_the_days_under_test(session, workshop, other_day):
    """History on either side counts; two equal keys that both lie in history are not this day's fault."""
    session.model(
        "fact_orders",
        ORDERS,
        [
            (TUE, 7, 1, "EU", "EUR", 5),
            (other_day, 7, 1, "EU", "EUR", 5),
            (other_day, 8, 1, "EU", "EUR", 5),
            (other_day, 8, 1, "EU", "EUR", 5),
            (MON, 9, 1, "EU", "EUR", 5),
        ],
    )
    check = workshop.check("unique", "fact_orders", columns=("order_id", "line_no"))
    assert session.by_day(check) == [PASS, FAIL, NA]


def test_history_between_separate_days_under_test_is_searched(workshop):
    """Monday and Wednesday are tested; the same key on the untested Tuesday between them is found."""
    session = workshop.session(days=Days.of_days([MON, WED]))
    session.model("fact_orders", ORDERS, [(MON, 1, 1, "EU", "EUR", 5), (TUE, 1, 1, "EU", "EUR", 5)])

    assert session.by_day(workshop.check("unique", "fact_orders", columns=("order_id",))) == [FAIL, NA]


def test_a_null_key_equals_nothing(session, workshop):
    """Two rows without order id are for not_null to judge."""
    session.model("fact_orders", ORDERS, [(MON, None, 1, "EU", "EUR", 5), (MON, None, 1, "EU", "EUR", 5)])
    assert session.by_day(workshop.check("unique", "fact_orders", columns=("order_id", "line_no"))) == [
        PASS,
        NA,
        NA,
    ]


def test_accepted_values_leaves_null_to_not_null(session, workshop):
    """XX is strange, null is merely missing."""
    session.model(
        "fact_orders",
        ORDERS,
        [(MON, 1, 1, "EU", "EUR", 5), (TUE, 2, 1, "XX", "EUR", 5), (WED, 3, 1, None, "EUR", 5)],
    )
    check = workshop.check("accepted_values", "fact_orders", column="region", values=("EU", "US"))
    assert session.by_day(check) == [PASS, FAIL, PASS]


def test_a_row_finds_its_partner_on_any_day(session, workshop):
    """Monday's refund belongs to an order of last year, Tuesday's to none, Wednesday's names no order."""
    session.model("fact_orders", ORDERS, [(date(2025, 12, 31), 1, 1, "EU", "EUR", 5)])
    session.model("fact_refunds", "refund_date DATE, order_ref INT", [(MON, 1), (TUE, 2), (WED, None)])
    check = workshop.check(
        "relationship", "fact_refunds", columns=("order_ref",), to="fact_orders", to_columns=("order_id",)
    )
    assert session.by_day(check) == [PASS, FAIL, PASS]

    near = workshop.check(
        "relationship",
        "fact_refunds",
        columns=("order_ref",),
        to="fact_orders",
        to_columns=("order_id",),
        within_days=35,
    )
    assert session.by_day(near) == [FAIL, FAIL, PASS]


def test_a_source_without_days_may_be_related_to_and_checked(session, workshop):
    """Its rows have no day: each day under test gets the same result."""
    session.source("region_map", "code VARCHAR", [("EU",), ("EU",)], over_time=OverTime.GROWS)
    session.model("fact_orders", ORDERS, [(MON, 1, 1, "EU", "EUR", 5), (TUE, 1, 1, "XX", "EUR", 5)])

    to_map = workshop.check(
        "relationship", "fact_orders", columns=("region",), to="src.region_map", to_columns=("code",)
    )
    assert session.by_day(to_map) == [PASS, FAIL, NA]
    assert session.by_day(workshop.check("unique", "src.region_map", columns=("code",))) == [FAIL, FAIL, FAIL]


@pytest.mark.parametrize(
    ("codes", "parameters", "outcome"),
    [
        (["EUR", "EUR"], {}, PASS),
        (["EUR", "BRL"], {}, FAIL),
        (["EUR", None], {}, FAIL),
        ([None, None], {}, FAIL),
        (["eur", "eur"], {}, FAIL),
        (["XXX", "XXX"], {"known": ("EUR", "GBP")}, FAIL),
        (["EUR", "EUR"], {"expected": "GBP"}, FAIL),
        (["GBP", "GBP"], {"expected": "GBP"}, PASS),
        (["GBP", None], {"expected": "GBP"}, FAIL),
    ],
)
def test_a_day_is_in_one_known_currency(session, workshop, codes, parameters, outcome):
    """Mixed, missing, unknown and unexpected codes fail."""
    session.model("fact_orders", ORDERS, [(MON, i, 1, "EU", code, 5) for i, code in enumerate(codes)])
    assert session.by_day(workshop.check("single_currency", "fact_orders", **parameters)) == [outcome, NA, NA]


def test_each_region_may_have_its_own_currency(session, workshop):
    """By region: EUR and USD side by side are fine, one dollar in Europe is not."""
    session.model(
        "fact_orders",
        ORDERS,
        [(MON, 1, 1, "EU", "EUR", 5), (MON, 2, 1, "US", "USD", 5)]
        + [(TUE, 3, 1, "EU", "EUR", 5), (TUE, 4, 1, "EU", "EUR", 5), (TUE, 5, 1, "EU", "USD", 5)],
    )
    results = {
        (result.day, result.segment): result
        for result in session.results(workshop.check("single_currency", "fact_orders", by="region"))
    }
    assert results[MON, "region=EU"].outcome is results[MON, "region=US"].outcome is PASS
    assert results[TUE, "region=EU"].outcome is FAIL
    assert results[TUE, "region=EU"].observed == "1"


@pytest.mark.parametrize(
    ("sql", "outcomes"),
    [
        ("SELECT 1 AS wrong WHERE false", {(MON, ""): PASS, (TUE, ""): PASS, (WED, ""): PASS}),
        ("SELECT 1 AS wrong", {(MON, ""): FAIL, (TUE, ""): FAIL, (WED, ""): FAIL}),
        ("SELECT DATE '2026-03-31' AS day;", {(MON, ""): PASS, (TUE, ""): FAIL, (WED, ""): PASS}),
        ("SELECT CAST(NULL AS DATE) AS day", {(MON, ""): FAIL, (TUE, ""): FAIL, (WED, ""): FAIL}),
        (
            "SELECT DATE '2020-01-01' AS day -- not under test",
            {(MON, ""): PASS, (TUE, ""): PASS, (WED, ""): PASS},
        ),
        (
            """SELECT day, 'region=EU' AS segment FROM due_days WHERE day < DATE '2026-04-01'
            UNION ALL SELECT DATE '2026-03-30', NULL""",
            {(MON, "region=EU"): FAIL, (MON, ""): FAIL, (TUE, "region=EU"): FAIL, (WED, ""): PASS},
        ),
        (
            "WITH a AS (SELECT 'region=EU' AS segment) SELECT * FROM a",
            {(MON, "region=EU"): FAIL, (TUE, "region=EU"): FAIL, (WED, "region=EU"): FAIL},
        ),
    ],
)
def test_a_returned_row_is_a_failure(session, workshop, sql, outcomes):
    """Of its day and segment when the query has such columns, else of every day under test."""
    assert session.outcomes(workshop.check("sql", "fact_orders", sql=sql)) == outcomes


def test_own_sql_by_a_dimension_returns_the_member(session, workshop):
    """With `by: region` the query's own column region is the member; without that column the day fails whole."""
    sql = "SELECT DATE '2026-03-30' AS day, r AS region FROM (VALUES ('EU'), (NULL), ('EU')) AS v(r)"
    results = session.results(workshop.check("sql", "fact_orders", sql=sql, by="region"))
    assert [(r.day, r.segment, r.outcome, r.observed) for r in results] == [
        (MON, "region=EU", FAIL, "2"),
        (MON, "region=unallocated", FAIL, "1"),
        (TUE, "", PASS, "0"),
        (WED, "", PASS, "0"),
    ]
    whole = workshop.check("sql", "fact_orders", sql="SELECT DATE '2026-03-30' AS day", by="region")
    assert session.outcomes(whole) == {(MON, ""): FAIL, (TUE, ""): PASS, (WED, ""): PASS}


def test_a_check_that_only_warns_never_fails(session, workshop):
    """Severity warn turns the failure into a warning, severity flag leaves it a failure."""
    session.model("fact_orders", ORDERS, [(MON, None, 1, "EU", "EUR", 5)])
    for severity, outcome in ((Severity.WARN, WARN), (Severity.FLAG, FAIL), (Severity.HOLD, FAIL)):
        check = workshop.check("not_null", "fact_orders", columns=("order_id",), severity=severity)
        assert session.by_day(check)[0] is outcome


def test_where_restricts_the_rows(session, workshop):
    """Rows the condition leaves out are neither bad nor counted, also when it ends in a comment."""
    session.model("fact_orders", ORDERS, [(MON, None, 1, "EU", "EUR", 5), (MON, 2, 1, "US", "USD", 5)])
    check = workshop.check(
        "not_null", "fact_orders", columns=("order_id",), where="region = 'US' -- Europe later"
    )
    assert session.by_day(check) == [PASS, NA, NA]


def test_a_roll_up_gives_each_day_the_result_of_its_month(session, workshop):
    """Two days of March share March's row, which is bad; April's is good."""
    session.model(
        "agg_profit_monthly",
        "order_month DATE, profit DECIMAL(18,4)",
        [(date(2026, 3, 1), None), (date(2026, 4, 1), Decimal(5)), (date(2026, 2, 1), None)],
        period="month",
    )
    check = workshop.check("not_null", "agg_profit_monthly", columns=("profit",))
    assert session.by_day(check) == [FAIL, FAIL, PASS]
    assert (
        session.by_day(workshop.check("unique", "agg_profit_monthly", columns=("order_month",))) == [PASS] * 3
    )


def test_names_that_need_quotes_are_quoted(session, workshop):
    """A check, column or member with quotes in its name is a name, not SQL."""
    session.model("odd", 'on_day DATE, "a""b" INT, r VARCHAR', [(MON, None, "d'or")])
    check = workshop.check("not_null", "odd", columns=('a"b',), by="r", name='isn\'t "filled"')
    assert session.outcomes(check)[MON, "r=d'or"] is FAIL
