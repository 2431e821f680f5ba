"""A real shop, from its two yearly files to its published figures, against numbers other people published of it."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from real_shop import BOTH_YEARS, CONTRACT, DATA, EXAMPLE, Shop, Truth, copy_of_example, published_truths

from holdfast.checks.results import Outcome
from holdfast.definitions.check import Severity
from holdfast.loading.project import lint_project, load_project

pytestmark = pytest.mark.slow

TRUTHS = published_truths()
SECOND_YEAR = [name for name in TRUTHS if name.startswith("2010-11")]
BOTH = [name for name in TRUTHS if name not in SECOND_YEAR]
REVENUES = {
    "revenue": "2010-11 line-type baseline: net revenue",
    "revenue_all_lines": "2010-11 sum quantity*price",
    "revenue_known_customers": "2010-11 clean (customer known, q>0, p>0) revenue",
    "orders": "2010-11 line-type baseline: orders",
    "units": "2010-11 line-type baseline: units sold",
}
SHARED_DAYS = [f"2010-12-0{day}" for day in (1, 2, 3, 5, 6, 7, 8, 9)]
"""Days that both files bring; 2010-12-04 was a Saturday."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> SimpleNamespace:
    """The example run once, both files landed, and what the run told.

    It reports from 2010-11-01 on, a month before the files meet, to save half the time; the test marked slow
    takes the example as it is.
    """
    shop = Shop(copy_of_example(tmp_path_factory.mktemp("shop") / "online_retail", "2010-11-01"))
    return SimpleNamespace(shop=shop, told=shop.tells("run"))


@pytest.fixture(scope="module")
def shop(ran) -> Shop:
    """The example after its run."""
    return ran.shop


@pytest.fixture(scope="module")
def in_source(shop) -> dict[str, Any]:
    """Truth -> its answer from the landed source."""
    return dict(zip(TRUTHS, shop.landed(*(truth.of_source() for truth in TRUTHS.values())), strict=True))


@pytest.fixture(scope="module")
def in_table(shop) -> dict[str, Decimal]:
    """Truth -> its answer from the published fact table, all asked at once."""
    asked = [f"SELECT '{name}' AS name, CAST(({TRUTHS[name].of_table()}) AS DECIMAL(38, 4)) AS value" for name in SECOND_YEAR]
    return {each["name"]: Decimal(each["value"]) for each in shop.tells("sql", " UNION ALL ".join(asked))}


@pytest.fixture(scope="module")
def fiscal_years(shop) -> dict[tuple[str, str, str], Decimal]:
    """Figures of the fiscal years."""
    return shop.figures("--grain", "fiscal_year")


def test_the_example_has_nothing_for_lint_to_say(tmp_path):
    """No error and no warning, and its contract is one by the standard's own package."""
    assert lint_project(EXAMPLE, environ={"HOLDFAST_REAL_DATA": str(tmp_path)}, cache=tmp_path / "cache") == ()


def test_every_month_is_published_and_nothing_is_held(ran):
    """The rule in the contract settles the double count, so all 14 months go out."""
    assert [each["state"] for each in ran.told] == ["published"] * 14 * 3
    assert [each["held"] for each in ran.shop.tells("status")["pipelines"]] == [[], [], []]


@pytest.mark.parametrize("name", SECOND_YEAR)
def test_the_landed_source_gives_the_published_number(in_source, name):
    """Rows, invoices, customers, countries, sums: counted in what was landed of the second file."""
    assert TRUTHS[name].agrees(in_source[name])


def test_the_landed_files_together_have_every_distinct_row_once(in_source):
    """The rule leaves 22,523 rows of the first file out, and no row that stands nowhere else."""
    rows, overlap = "both years rows (UCI 502 minus 1 row)", "overlap of the two extracts: rows counted twice"

    assert TRUTHS["both years distinct rows"].agrees(in_source["both years distinct rows"])
    assert in_source[rows] == TRUTHS[rows].expected - TRUTHS[overlap].expected
    assert in_source[overlap] == 0


@pytest.mark.parametrize("name", SECOND_YEAR)
def test_the_fact_table_gives_the_published_number(in_table, name):
    """The same questions, asked of the fiscal year in fact_sales and of its own line types."""
    assert TRUTHS[name].agrees(in_table[name])


def test_the_roll_ups_give_the_published_revenues(shop):
    """The fiscal year's row is the sum of its trading days."""
    found = shop.tells("sql", "SELECT * FROM agg_revenue_yearly WHERE period = 'FY2010-11'")[0]

    assert int(found["trading_days"]) == 305  # one file a day in the publisher's own copy of the second year
    for column, name in REVENUES.items():
        assert TRUTHS[name].agrees(Decimal(found[column]))


@pytest.mark.parametrize("metric", REVENUES)
def test_the_published_figure_is_the_published_number(fiscal_years, metric):
    """FY2010-11 of each of the three definitions of revenue, and of orders and units."""
    assert TRUTHS[REVENUES[metric]].agrees(fiscal_years["FY2010-11", metric, ""])


@pytest.mark.parametrize(
    ("metric", "segment", "name", "sign"),
    [
        ("revenue_all_lines", "region=United Kingdom", "2010-11 UK revenue", 1),
        ("revenue", "category=sale", "2010-11 line-type baseline: gross sales", 1),
        ("revenue", "category=cancellation", "2010-11 line-type baseline: cancellation value", -1),
    ],
)
def test_a_segments_figure_is_the_published_number(fiscal_years, metric, segment, name, sign):
    """What was published of a country or a kind of line."""
    assert TRUTHS[name].agrees(sign * fiscal_years["FY2010-11", metric, segment])


@pytest.mark.parametrize("metric", REVENUES)
@pytest.mark.parametrize("dimension", ["region", "category"])
def test_segments_add_up_to_the_total(fiscal_years, metric, dimension):
    """Each dimension alone; orders too, because an invoice has one country and one day."""
    year = {(of, segment): value for (period, of, segment), value in fiscal_years.items() if period == "FY2010-11"}
    members = [value for (of, segment), value in year.items() if of == metric and segment.startswith(f"{dimension}=")]

    assert sum(members) == year[metric, ""]


def test_the_fiscal_year_is_the_sum_of_its_months_and_days(shop, fiscal_years):
    """13 months, the last of nine days, and 374 days."""
    revenue = {period: value for (period, metric), value in shop.totals().items() if metric == "revenue"}
    for length, pieces in ((len("2010-12"), 13), (len("2010-12-01"), 374)):
        values = [revenue[p] for p in revenue if p >= "2010-12" and p[0] == "2" and "Q" not in p and len(p) == length]
        assert len(values) == pieces
        assert sum(values) == fiscal_years["FY2010-11", "revenue", ""]


def test_the_contract_knows_the_days_the_shop_was_closed(shop):
    """604 trading days of 739; one of them a Saturday, and no day declared open is without a line."""
    traded = set(shop.landed("SELECT list(DISTINCT business_on) FROM src.invoice_lines")[0])
    project = load_project(EXAMPLE, environ={}, cache=shop.folder / ".holdfast" / "cache").project
    expected = set(project.sources["invoice_lines"].expects(BOTH_YEARS))

    assert len(traded) == 604
    assert traded - expected == {date(2009, 12, 5)}
    assert expected - traded == set()


def test_odd_lines_are_reported(shop):
    """Two lines of bad debt, and the two mistyped orders with their cancellations, are told and hold nothing."""
    told = shop.results(Outcome.WARN)
    rows = {
        check: sum(int(each.observed) for each in told if each.check == check)
        for check in ("negative_prices", "mistyped_quantities")
    }

    assert {each.severity for each in told} == {Severity.WARN}
    assert rows == {"negative_prices": 2, "mistyped_quantities": 4}


def test_a_second_run_changes_nothing(shop):
    """Nothing is due, and no table, figure, output or landed file has another byte."""
    before = _digests(shop.folder / ".holdfast")

    assert shop.tells("run") == []
    assert _digests(shop.folder / ".holdfast") == before


def _digests(state: Path) -> dict[str, str]:
    seen = [path for name in ("store", "outputs", "landing") for path in (state / name).rglob("*")]
    assert seen
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in seen if path.is_file()}


def held_of_profit(shop: Shop) -> list[dict[str, Any]]:
    """What waits of the pipeline whose checks judge the source."""
    return next(each["held"] for each in shop.tells("status")["pipelines"] if each["pipeline"] == "aggregate_profit")


CUSTOMERS = {
    "customers": "2010-11 line-type baseline: customers with sales",
    "customers_all_lines": "2010-11 customers",
    "customers_positive_lines": "2010-11 clean (customer known, q>0, p>0) customers",
}


@pytest.mark.parametrize("metric", CUSTOMERS)
def test_the_published_customers_are_the_published_number(shop, metric):
    """Distinct customers of the fiscal year, by each of the three definitions that people published."""
    figures = shop.figures("--grain", "fiscal_year", pipeline="aggregate_engagement")

    assert TRUTHS[CUSTOMERS[metric]].agrees(figures["FY2010-11", metric, ""])


def test_customers_of_months_are_those_a_plain_count_finds(shop):
    """Months of the second file, counted with nothing but DISTINCT on the raw file."""
    figures = shop.figures("--grain", "month", "--metric", "mau", pipeline="aggregate_engagement")
    lines = TRUTHS[CUSTOMERS["customers"]].sql.format(root=DATA).partition(" from ")[2]
    counted = duckdb.sql(
        "SELECT strftime(invoice_date, '%Y-%m'), count(DISTINCT customer_id) FILTER (lt = 'sale') "
        f"FROM {lines} GROUP BY 1 ORDER BY 1"
    ).fetchall()

    assert len(counted) == 13
    assert [(month, int(figures[month, "mau", ""])) for month, _ in counted] == counted


def test_a_neighbours_hold_holds_customers_too(unruled):
    """The double count is aggregate_profit's check; the customers of those days wait with the revenue."""
    rows = unruled.waiting

    assert {day for day, _ in rows} >= set(SHARED_DAYS)
    assert {value for day, value in rows if day in SHARED_DAYS} == {None}


@pytest.fixture(scope="module")
def unruled(tmp_path_factory) -> SimpleNamespace:
    """A copy that never declared the rule: four weeks around the two files' seam, then the rule put back."""
    folder = copy_of_example(tmp_path_factory.mktemp("unruled") / "online_retail", "2010-11-15")
    contract = folder / CONTRACT
    shipped = contract.read_text(encoding="utf-8")
    contract.write_text(shipped[: shipped.index("  - property: rules")], encoding="utf-8")
    shop = Shop(folder, ("--at", "2010-12-13T03:00Z"))

    seen = SimpleNamespace(shop=shop, told=shop.tells("run"))
    seen.answers = dict(zip(BOTH, shop.landed(*(TRUTHS[name].of_source() for name in BOTH)), strict=True))
    seen.failed = shop.results(Outcome.FAIL, Outcome.UNKNOWN)
    seen.held = held_of_profit(shop)
    seen.totals = shop.totals()
    found = shop.tells("figures", "aggregate_engagement", "--grain", "day", "--metric", "dau")
    seen.waiting = [(each["period"], each["value"]) for each in found if each["segment"] == ""]

    contract.write_text(shipped, encoding="utf-8")
    seen.told_after = shop.tells("run")
    return seen


@pytest.mark.parametrize("name", BOTH)
def test_without_the_rule_the_landed_source_has_every_row_twice(unruled, name):
    """Rows of both files, and what they have in common, as they were measured in the raw files."""
    assert TRUTHS[name].agrees(unruled.answers[name])


def test_without_the_rule_the_double_count_is_found(unruled):
    """The check names 22,523 rows, on the eight trading days that both files bring."""
    assert {each.check for each in unruled.failed} == {"double_count"}
    assert [str(each.day) for each in unruled.failed] == SHARED_DAYS
    assert sum(int(each.observed) for each in unruled.failed) == 22_523


def test_without_the_rule_the_figures_wait(unruled):
    """No figure of those days, their month or their fiscal year is published; those before and after are."""
    assert [each["state"] for each in unruled.told] == ["published", "held"] * 3
    assert [(each["check"], each["day"]) for each in unruled.held] == [("double_count", day) for day in SHARED_DAYS]
    for metric in REVENUES:
        assert not any((period, metric) in unruled.totals for period in (*SHARED_DAYS, "2010-12", "FY2010-11"))
        assert unruled.totals["2010-11", metric] > 0
        assert unruled.totals["2010-12-10", metric] > 0


def test_the_rule_releases_what_waited(shop, unruled):
    """Once it is in the contract the next run publishes, and each day as if the rule had always been there."""
    ruled, always = unruled.shop.totals(), shop.totals()
    days = {key: value for key, value in ruled.items() if len(key[0]) == len("2010-12-01")}

    assert [each["state"] for each in unruled.told_after] == ["published"] * 3
    assert held_of_profit(unruled.shop) == []
    assert len(days) == 28 * len(REVENUES)
    assert days == {key: always[key] for key in days}
    assert ruled["FY2010-11", "revenue"] == sum(
        value for (period, metric), value in days.items() if metric == "revenue" and period >= "2010-12"
    )


@pytest.mark.slow
def test_the_example_as_it_is_shipped(tmp_path, shop):
    """All 739 days in 25 months: the same second year, a first one from the first file alone, nothing held."""
    whole = Shop(copy_of_example(tmp_path / "online_retail"))

    assert [each["state"] for each in whole.tells("run")] == ["published"] * 25 * 3
    totals, known = whole.totals(), shop.totals()
    assert sum(len(period) == len("2010-12-01") for period, metric in totals if metric == "revenue" and "Q" not in period) == 739
    for metric in REVENUES:
        assert totals["FY2010-11", metric] == known["FY2010-11", metric]
    # Counted by hand in the raw first file: all of it less the 377,488.45 it shares with the second.
    assert totals["FY2009-10", "revenue_all_lines"] == Decimal("9539484.634") - Decimal("377488.450")
    told = whole.results(Outcome.WARN)
    assert sum(int(each.observed) for each in told if each.check == "negative_prices") == 5


def test_a_truth_is_not_met_by_chance():
    """The comparison itself: a tolerance of half a penny refuses a penny."""
    truth = Truth("one", "", Decimal("1.00"), Decimal("0.005"))

    assert truth.agrees(Decimal("1.005"))
    assert not truth.agrees(Decimal("1.01"))
