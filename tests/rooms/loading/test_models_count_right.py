"""The reference models, run on small rows whose figures are worked out by hand or by Python's Decimal."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from team_folder import Team

from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Project
from holdfast.partitions import Interval

THURSDAY = date(2025, 10, 2)
ONE_DAY = timedelta(days=1)
SOURCES = {
    "orders": "order_id BIGINT, line_no INTEGER, user_id BIGINT, product_id INTEGER, category VARCHAR, region VARCHAR,"
    " business_unit VARCHAR, amount DECIMAL(18,2), currency VARCHAR, business_on DATE",
    "refunds": "refund_id BIGINT, order_id BIGINT, line_no INTEGER, amount DECIMAL(18,2), currency VARCHAR,"
    " business_on DATE",
    "costs": "cost_id BIGINT, order_id BIGINT, kind VARCHAR, region VARCHAR, amount DECIMAL(18,2), currency VARCHAR,"
    " business_on DATE",
    "fx_rates": "rate_on DATE, currency VARCHAR, rate DECIMAL(18,6), business_on DATE",
}


class Session:
    """Sources in memory, and the models built from them over any days, each input cut to its window."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA src; CREATE SCHEMA every")
        for name, columns in SOURCES.items():
            self.connection.execute(f"CREATE TABLE every.{name} ({columns})")
        self.connection.execute('CREATE TABLE calendar (grain VARCHAR, name VARCHAR, "start" DATE, "end" DATE)')
        rows = [(p.grain, p.name, p.interval.start, p.interval.end) for p in project.calendar.periods]
        self.connection.executemany("INSERT INTO calendar VALUES (?, ?, ?, ?)", rows)

    def rows(self, source: str, *rows: tuple[object, ...]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        self.connection.executemany(f"INSERT INTO every.{source} VALUES ({marks})", rows)

    def rates(self, *rates: tuple[date, str, str]) -> None:
        self.rows("fx_rates", *[(on, currency, Decimal(rate), on) for on, currency, rate in rates])

    def build(self, name: str, written: Interval, built: Mapping[str, str]) -> str:
        """Build one model over the days into a table; `built` says in which tables its inputs lie."""
        model: Model = self.project.models[name]
        whole = self.project.calendar.widen(model.period, _days(written)).intervals
        span = Interval(whole[0].start, whole[-1].end)
        for reads in model.reads:
            window = model.days_read(reads, span, self.project.calendar)
            source = reads.input.startswith("src.")
            table = f"every.{reads.input[4:]}" if source else built[reads.input]
            day = "business_on" if source else self.project.models[reads.input].day
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW {reads.input.replace('src.', 'in_')} AS SELECT * FROM {table} "
                f"WHERE {day} >= DATE '{window.start}' AND {day} < DATE '{window.end}'"
            )
        sql = model.sql.replace("src.", "in_").replace("$start", f"DATE '{span.start}'")
        target = f"every.{name}_{span.start:%y%m%d}_{span.end:%y%m%d}"
        self.connection.execute(f"CREATE OR REPLACE TABLE {target} AS {sql.replace('$end', f'DATE {chr(39)}{span.end}{chr(39)}')}")
        return target

    def all_models(self, written: Interval) -> dict[str, str]:
        built: dict[str, str] = {}
        for model in self.project.lineage(self.project.pipelines["aggregate_profit"]):
            built[model.name] = self.build(model.name, written, built)
        return built

    def ask(self, query: str) -> list[tuple[object, ...]]:
        return self.connection.execute(query).fetchall()


def _days(interval: Interval):
    from holdfast.partitions import Days

    return Days.of([interval])


@pytest.fixture
def session(team: Team) -> Iterator[Session]:
    found = Session(team.project())
    yield found
    found.connection.close()


def order(number: int, amount: str, on: date = THURSDAY, **other: object) -> tuple[object, ...]:
    line = {
        "line_no": 1, "user_id": 1, "product_id": 7, "category": "toys", "region": "EU", "business_unit": "retail",
        "currency": "EUR", **other,
    }  # fmt: skip
    return (
        number, line["line_no"], line["user_id"], line["product_id"], line["category"], line["region"],
        line["business_unit"], Decimal(amount), line["currency"], on,
    )  # fmt: skip


def test_a_row_is_converted_at_the_latest_rate_up_to_five_days_old(session: Session) -> None:
    """Friday's rate holds over the weekend; on the sixth day there is none, and the amount is null, not wrong."""
    friday = date(2025, 10, 3)
    session.rates((THURSDAY, "EUR", "0.80"), (friday, "EUR", "0.90"))
    session.rows("orders", *[order(n, "100.00", THURSDAY + n * ONE_DAY) for n in range(8)])

    built = session.build("fact_orders", Interval(THURSDAY, THURSDAY + 8 * ONE_DAY), {})

    amounts = [row[0] for row in session.ask(f"SELECT amount FROM {built} ORDER BY order_id")]
    assert amounts == [Decimal("80.0000"), *[Decimal("90.0000")] * 6, None]


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [
        ("0.01", "0.005000", "0.0000"),  # 0.00005 lies between 0.0000 and 0.0001: the even one is 0.0000
        ("0.01", "0.015000", "0.0002"),  # 0.00015: between 0.0001 and 0.0002
        ("0.01", "0.025000", "0.0002"),
        ("0.01", "0.035000", "0.0004"),
        ("-0.01", "0.005000", "0.0000"),
        ("-0.01", "0.025000", "-0.0002"),
        ("0.01", "0.005001", "0.0001"),
        ("0.01", "0.004999", "0.0000"),
        ("123456789.01", "1.234567", "152415677.6377"),
    ],
)
def test_halves_go_to_the_even_neighbour(session: Session, amount: str, rate: str, expected: str) -> None:
    """Rounding is half-even at the fourth decimal, in exact numbers, either side of zero."""
    session.rates((THURSDAY, "EUR", rate))
    session.rows("orders", order(1, amount))

    built = session.build("fact_orders", Interval.of_day(THURSDAY), {})

    assert session.ask(f"SELECT amount FROM {built}") == [(Decimal(expected),)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.decimals(-99_999, 99_999, places=2),
            st.sampled_from([Decimal(n) / 1_000_000 for n in (1, 5_000, 15_000, 25_000, 333_333, 1_234_567)]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_conversion_equals_pythons_decimal(session: Session, rows: list[tuple[Decimal, Decimal]]) -> None:
    """Any amount at any rate: the same as Decimal.quantize, half to even."""
    session.connection.execute("DELETE FROM every.orders; DELETE FROM every.fx_rates")
    session.rates(*[(THURSDAY, f"C{at}", str(rate)) for at, (_, rate) in enumerate(rows)])
    session.rows("orders", *[order(at, str(amount), currency=f"C{at}") for at, (amount, _) in enumerate(rows)])

    built = session.build("fact_orders", Interval.of_day(THURSDAY), {})

    expected = [(amount * rate).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for amount, rate in rows]
    assert [row[0] for row in session.ask(f"SELECT amount FROM {built} ORDER BY order_id")] == expected


def test_refunds_and_costs_take_the_segments_of_their_order(session: Session) -> None:
    """On their own day; unknown orders count as unallocated; an order of two categories has none; worked by hand.

    Order 1: toys 10.00 and books 20.00 EUR at 0.5 = 5 and 10. Order 2: home 8.00 GBP, no category given.
    Refund on Saturday of line 2 of order 1: 4.00 EUR at Friday's 0.6 = 2.40. Refund of an unknown order: 1.00 GBP.
    Costs on Thursday: 6.00 EUR for order 1 = 3; 2.00 GBP for order 2 written as US; 5.00 GBP of no order in UK;
    1.50 GBP of no order and no region; 0.25 GBP of order 99, which is nowhere.
    """
    friday, saturday = THURSDAY + ONE_DAY, THURSDAY + 2 * ONE_DAY
    session.rates((THURSDAY, "EUR", "0.5"), (THURSDAY, "GBP", "1"), (friday, "EUR", "0.6"), (friday, "GBP", "1"))
    session.rows(
        "orders",
        order(1, "10.00"),
        order(1, "20.00", line_no=2, category="books"),
        order(2, "8.00", category=None, region="UK", currency="GBP", business_unit="wholesale"),
    )
    session.rows(
        "refunds",
        (1, 1, 2, Decimal("4.00"), "EUR", saturday),
        (2, 99, 1, Decimal("1.00"), "GBP", saturday),
    )
    session.rows(
        "costs",
        (1, 1, "cogs", "EU", Decimal("6.00"), "EUR", THURSDAY),
        (2, 2, "cogs", "US", Decimal("2.00"), "GBP", THURSDAY),
        (3, None, "platform_fee", "UK", Decimal("5.00"), "GBP", THURSDAY),
        (4, None, "other", None, Decimal("1.50"), "GBP", THURSDAY),
        (5, 99, "cogs", "UK", Decimal("0.25"), "GBP", THURSDAY),
    )

    built = session.all_models(Interval(THURSDAY, saturday + ONE_DAY))

    rows = session.ask(
        "SELECT order_date, dimension, member, gross_revenue, refunds, revenue, cost, profit, orders "
        f"FROM {built['agg_profit_segments']} ORDER BY ALL"
    )
    found = {(str(day), dim, member): tuple(f"{float(value):g}" for value in rest) for day, dim, member, *rest in rows}
    thursday = {
        ("", ""): ("23", "0", "23", "11.75", "11.25", "2"),
        ("business_unit", "retail"): ("15", "0", "15", "3", "12", "1"),
        ("business_unit", "unallocated"): ("0", "0", "0", "6.75", "-6.75", "0"),
        ("business_unit", "wholesale"): ("8", "0", "8", "2", "6", "1"),
        ("category", "books"): ("10", "0", "10", "0", "10", "1"),
        ("category", "toys"): ("5", "0", "5", "0", "5", "1"),
        ("category", "unallocated"): ("8", "0", "8", "11.75", "-3.75", "1"),
        ("region", "EU"): ("15", "0", "15", "3", "12", "1"),
        ("region", "UK"): ("8", "0", "8", "7", "1", "1"),
        ("region", "unallocated"): ("0", "0", "0", "1.75", "-1.75", "0"),
    }
    assert {key[1:]: value for key, value in found.items() if key[0] == "2025-10-02"} == thursday
    assert found[("2025-10-04", "category", "books")] == ("0", "2.4", "-2.4", "0", "-2.4", "0")
    assert found[("2025-10-04", "region", "unallocated")] == ("0", "1", "-1", "0", "-1", "0")
    assert found[("2025-10-04", "", "")] == ("0", "3.4", "-3.4", "0", "-3.4", "0")
    assert session.ask(f"SELECT period, days, profit, orders FROM {built['agg_profit_weekly']}") == [
        ("2025-W40", 2, Decimal("7.8500"), 2)
    ]
    assert session.ask(f"SELECT SUM(profit), SUM(refunds) FROM {built['agg_profit_by_dimension']}") == [
        (Decimal("7.8500"), Decimal("3.4000"))
    ]


def test_a_day_built_alone_equals_the_same_day_of_a_range(session: Session) -> None:
    """Windows are named in the joins: a refund 36 days after its order is unallocated either way."""
    late, in_time = THURSDAY + 36 * ONE_DAY, THURSDAY + 35 * ONE_DAY
    session.rates(*[(THURSDAY + n * ONE_DAY, "EUR", "0.5") for n in range(40)])
    session.rows("orders", order(1, "10.00"), order(2, "10.00"))
    session.rows("refunds", (1, 1, 1, Decimal("1.00"), "EUR", in_time), (2, 2, 1, Decimal("1.00"), "EUR", late))
    session.rows(
        "costs",
        (1, 1, "returns", "EU", Decimal("1.00"), "EUR", in_time),
        (2, 2, "returns", "EU", Decimal("1.00"), "EUR", late),
    )
    ranged = session.all_models(Interval(THURSDAY, late + ONE_DAY))

    for model in ("fact_refunds", "fact_costs"):
        day = session.project.models[model].day
        assert session.ask(f"SELECT category FROM {ranged[model]} ORDER BY {day}") == [("toys",), ("unallocated",)]
        for on in (in_time, late):
            alone = session.build(model, Interval.of_day(on), {"fact_orders": ranged["fact_orders"]})
            expected = session.ask(f"SELECT * FROM {ranged[model]} WHERE {day} = DATE '{on}' ORDER BY ALL")
            assert session.ask(f"SELECT * FROM {alone} ORDER BY ALL") == expected
