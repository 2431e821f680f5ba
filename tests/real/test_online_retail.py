"""A real shop, from its two yearly files to its published figures, against numbers other people published of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from real_shop import CONTRACT, EXAMPLE, Truth, copy_of_example, open_app, published_truths

from holdfast.adapters.stores.reader import reading_tables
from holdfast.app import App
from holdfast.checks.results import Outcome
from holdfast.day import run_day
from holdfast.definitions.check import Severity
from holdfast.loading.project import lint_project
from holdfast.partitions import Interval
from holdfast.releases.produce import Produced
from holdfast.runs.run import RunState

TRUTHS = published_truths()
SECOND_YEAR = [name for name in TRUTHS if name.startswith("2010-11")]
REVENUES = {
    "revenue": "2010-11 line-type baseline: net revenue",
    "revenue_all_lines": "2010-11 sum quantity*price",
    "revenue_known_customers": "2010-11 clean (customer known, q>0, p>0) revenue",
    "orders": "2010-11 line-type baseline: orders",
    "units": "2010-11 line-type baseline: units sold",
}
BOTH_YEARS = Interval(date(2009, 12, 1), date(2011, 12, 10))
SHARED_DAYS = [date(2010, 12, day) for day in (1, 2, 3, 5, 6, 7, 8, 9)]
"""Days that both files bring; 2010-12-04 was a Saturday."""


@dataclass
class Shop:
    """The example after its run, open for questions."""

    app: App
    produced: list[Produced]

    def landed(self, sql: str) -> list[tuple]:
        """Rows of a query over the landed source."""
        bench = self.app.bench("investors")
        bench.show_source("invoice_lines", BOTH_YEARS)
        return bench.engine.rows(sql)

    def table(self, sql: str) -> list[tuple]:
        """Rows of a query over the published tables, as readers ask it."""
        with reading_tables(self.app.stores, self.app.project.calendar, self.app.clock.now()) as connection:
            return connection.execute(sql).fetchall()

    def figures(self, grain: str) -> dict[tuple[str, str, str], Decimal | None]:
        """(period, metric, segment) -> what readers see."""
        found = self.app.figures.current(self.app.pipeline("aggregate_profit"), grain)
        return {(each.period, each.metric, each.segment): each.value for each in found}

    def totals(self, grain: str) -> dict[tuple[str, str], Decimal]:
        """(period, metric) -> the total that readers see, where there is one; in SQL, since there are 190,000 days."""
        rows = self.table(f"SELECT period, metric, value FROM figures WHERE grain = '{grain}' AND segment = ''")
        return {(period, metric): value for period, metric, value in rows if value is not None}


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Iterator[Shop]:
    """The shipped example, run once over all 739 days."""
    app = open_app(copy_of_example(tmp_path_factory.mktemp("shop") / "online_retail"))
    yield Shop(app, run_day(app.world()))
    app.session.close()


@pytest.fixture(scope="module")
def fiscal_years(shop) -> dict[tuple[str, str, str], Decimal | None]:
    """Figures of the fiscal years."""
    return shop.figures("fiscal_year")


def test_the_example_has_nothing_for_lint_to_say():
    """No error and no warning, and its contract is one by the standard's own package."""
    assert lint_project(EXAMPLE, environ={"HOLDFAST_REAL_DATA": "/tmp"}) == ()


def test_every_month_is_published_and_nothing_is_held(shop):
    """The rule in the contract settles the double count, so 25 months go out."""
    assert [each.state for each in shop.produced] == [RunState.PUBLISHED] * 25
    assert shop.app.ledger.open_holds("aggregate_profit") == []


@pytest.mark.parametrize("name", SECOND_YEAR)
def test_the_landed_source_gives_the_published_number(shop, name):
    """Rows, invoices, customers, countries, sums: counted in what was landed of the second file."""
    assert TRUTHS[name].agrees(shop.landed(TRUTHS[name].of_source())[0][0])


def test_the_landed_files_together_have_every_distinct_row_once(shop):
    """The rule leaves 22,523 rows of the first file out and no row that stands nowhere else."""
    distinct = TRUTHS["both years distinct rows"]
    rows = TRUTHS["both years rows (UCI 502 minus 1 row)"]
    overlap = TRUTHS["overlap of the two extracts: rows counted twice"]

    assert distinct.agrees(shop.landed(distinct.of_source())[0][0])
    assert shop.landed(rows.of_source())[0][0] == rows.expected - overlap.expected


@pytest.mark.parametrize("name", SECOND_YEAR)
def test_the_fact_table_gives_the_published_number(shop, name):
    """The same questions, asked of the fiscal year in fact_sales and of its own line types."""
    assert TRUTHS[name].agrees(shop.table(TRUTHS[name].of_table())[0][0])


def test_the_roll_ups_give_the_published_revenues(shop):
    """The fiscal year's row is the sum of its trading days."""
    columns = ", ".join(REVENUES)
    found = shop.table(f"SELECT trading_days, {columns} FROM agg_revenue_yearly WHERE period = 'FY2010-11'")[0]

    assert found[0] == 305  # one file a day in the publisher's own copy of the second year
    for value, name in zip(found[1:], REVENUES.values(), strict=True):
        assert TRUTHS[name].agrees(value)


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
    """Each dimension alone, in both fiscal years; orders too, because an invoice has one country and one day."""
    for year in ("FY2009-10", "FY2010-11"):
        members = [
            value for (period, of, segment), value in fiscal_years.items()
            if (period, of) == (year, metric) and segment.startswith(f"{dimension}=")
        ]  # fmt: skip
        assert sum(members) == fiscal_years[year, metric, ""]


def test_the_fiscal_year_is_the_sum_of_its_months_and_days(shop, fiscal_years):
    """13 months, the last of nine days, and 374 days."""
    for grain, pieces in (("month", 13), ("day", 374)):
        totals = shop.totals(grain).items()
        values = [value for (period, metric), value in totals if metric == "revenue" and period >= "2010-12"]
        assert len(values) == pieces
        assert sum(values) == fiscal_years["FY2010-11", "revenue", ""]


def test_the_contract_knows_the_days_the_shop_was_closed(shop):
    """604 trading days of 739; one of them a Saturday, none declared open without a line."""
    traded = {day for (day,) in shop.landed("SELECT DISTINCT business_on FROM src.invoice_lines")}
    expected = set(shop.app.project.sources["invoice_lines"].expects(BOTH_YEARS))

    assert len(traded) == 604
    assert traded - expected == {date(2009, 12, 5)}
    assert expected - traded == set()


def test_odd_lines_are_reported(shop):
    """Five lines of bad debt, and the two mistyped orders with their cancellations, are told and hold nothing."""
    told = shop.app.ledger.results("aggregate_profit", outcomes=[Outcome.WARN])
    rows = {
        check: sum(int(each.observed) for each in told if each.check == check)
        for check in ("negative_prices", "mistyped_quantities")
    }

    assert {each.severity for each in told} == {Severity.WARN}
    assert rows == {"negative_prices": 5, "mistyped_quantities": 4}


def test_a_second_run_changes_nothing(shop):
    """Nothing is due, and no file readers see has another byte."""
    before = _digests(shop.app.state)
    again = open_app(shop.app.folder)

    assert run_day(again.world()) == []
    assert _digests(shop.app.state) == before
    again.session.close()


def _digests(state: Path) -> dict[str, str]:
    seen = [*(state / "store").rglob("*"), *(state / "outputs").rglob("*"), *(state / "landing").rglob("*")]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in seen if path.is_file()}


@pytest.fixture(scope="module")
def unruled(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A copy that never declared the rule: four weeks around the two files' seam, then the rule put back."""
    folder = copy_of_example(tmp_path_factory.mktemp("unruled") / "online_retail")
    contract, pipeline = folder / CONTRACT, folder / "pipelines/aggregate_profit/pipeline.yml"
    shipped = contract.read_text(encoding="utf-8")
    contract.write_text(shipped[: shipped.index("  - property: rules")], encoding="utf-8")
    text = pipeline.read_text(encoding="utf-8")
    pipeline.write_text(text.replace("starts_on: 2009-12-01", "starts_on: 2010-11-15"), encoding="utf-8")
    at = datetime(2010, 12, 13, 3, tzinfo=UTC)

    app = open_app(folder, at)
    run_day(app.world())
    held = Shop(app, [])
    seen = SimpleNamespace(
        answers={name: held.landed(TRUTHS[name].of_source())[0][0] for name in TRUTHS if name not in SECOND_YEAR},
        results=app.ledger.results("aggregate_profit", outcomes=[Outcome.FAIL]),
        holds=app.ledger.open_holds("aggregate_profit"),
        totals={grain: held.totals(grain) for grain in ("day", "month", "fiscal_year")},
    )
    app.session.close()

    contract.write_text(shipped, encoding="utf-8")
    app = open_app(folder, at)
    seen.after = Shop(app, run_day(app.world()))
    yield seen
    app.session.close()


@pytest.mark.parametrize("name", [name for name in TRUTHS if name not in SECOND_YEAR])
def test_without_the_rule_the_landed_source_has_every_row_twice(unruled, name):
    """Rows of both files, and what they have in common, as they were measured in the raw files."""
    assert TRUTHS[name].agrees(unruled.answers[name])


def test_without_the_rule_the_double_count_is_found(unruled):
    """The check names 22,523 rows on the eight trading days that both files bring."""
    assert {each.check for each in unruled.results} == {"double_count"}
    assert [each.day for each in unruled.results] == SHARED_DAYS
    assert sum(int(each.observed) for each in unruled.results) == 22_523


def test_without_the_rule_the_figures_wait(unruled):
    """No figure of those days, their month or their fiscal year is published; those before and after are."""
    days, months, years = (unruled.totals[grain] for grain in ("day", "month", "fiscal_year"))

    assert sorted({hold.day for hold in unruled.holds}) == SHARED_DAYS
    assert {hold.cause for hold in unruled.holds} == {"double_count"}
    for metric in REVENUES:
        assert ("FY2010-11", metric) not in years
        assert ("2010-12", metric) not in months
        assert not any((str(day), metric) in days for day in SHARED_DAYS)
        assert months["2010-11", metric] > 0
        assert days["2010-12-10", metric] > 0


def test_the_rule_releases_what_waited(shop, unruled):
    """Once it is in the contract the next run publishes, and each day as if the rule had always been there."""
    with_rule, found = shop.totals("day"), unruled.after.totals("day")

    assert [each.state for each in unruled.after.produced] == [RunState.PUBLISHED]
    assert unruled.after.app.ledger.open_holds("aggregate_profit") == []
    assert len(found) == 28 * len(REVENUES)
    assert found == {key: with_rule[key] for key in found}


def test_a_truth_is_not_met_by_chance():
    """The comparison itself: a tolerance of half a penny refuses a penny."""
    truth = Truth("one", "", Decimal("1.00"), Decimal("0.005"))

    assert truth.agrees(Decimal("1.005"))
    assert not truth.agrees(Decimal("1.01"))
