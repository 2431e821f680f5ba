"""A warehouse that sells in seven currencies: without rates no sum is published, with them all of it, in dollars."""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from real_shop import DATA, REPOSITORY, Shop, copy_of_example, published_truths

from holdfast.checks.results import Outcome
from holdfast.definitions.check import Severity
from holdfast.loading.project import lint_project, load_project
from holdfast.partitions import Interval

EXAMPLE = REPOSITORY / "examples" / "adventureworks"
MODEL = "pipelines/aggregate_profit/models/fact_sales.sql"
WAREHOUSE = DATA / "adventureworks_dw"
TRUTHS = published_truths("adventureworks_dw")
EXTRACT = Interval(date(2010, 12, 29), date(2014, 1, 29))
LAST_MONTHS = "2013-11-01"
"""Where the quick tests begin: two months in four currencies with the last batch of resellers, one in dollars only."""
SOURCES = ("internet_sales", "reseller_sales", "products", "product_subcategories", "product_categories")
MONEY = ("gross_revenue", "revenue", "cost", "profit", "tax", "freight")
IN_SOURCE = {
    "FactInternetSales": "SELECT product_key AS ProductKey, currency_key AS CurrencyKey, ordered_on AS OrderDate, "
    "amount AS SalesAmount, cost AS TotalProductCost FROM src.internet_sales",
    "FactResellerSales": "SELECT product_key AS ProductKey, currency_key AS CurrencyKey, ordered_on AS OrderDate, "
    "amount AS SalesAmount, cost AS TotalProductCost FROM src.reseller_sales",
    "DimProduct": "SELECT product_key AS ProductKey, subcategory_key AS ProductSubcategoryKey FROM src.products",
    "DimProductSubcategory": "SELECT subcategory_key AS ProductSubcategoryKey, category_key AS ProductCategoryKey "
    "FROM src.product_subcategories",
    "DimProductCategory": "SELECT category_key AS ProductCategoryKey, category AS EnglishProductCategoryName "
    "FROM src.product_categories",
}
"""The warehouse's table -> the landed source under the names that the truths use."""
INTERNET, RESELLER, DOLLARS = "channel = 'internet'", "channel = 'reseller'", "channel = 'internet' AND currency = 'USD'"
IN_TABLE = {
    "internet sales": ("source_amount", INTERNET),
    "reseller sales": ("source_amount", RESELLER),
    "internet cost": ("source_cost", INTERNET),
    "internet gross profit": ("source_amount - source_cost", INTERNET),
    "internet rows in USD": ("lines", DOLLARS),
    "internet USD sales": ("source_amount", DOLLARS),
    "internet USD cost": ("source_cost", DOLLARS),
    "2013-11 USD sales": ("source_amount", f"{DOLLARS} AND strftime(order_date, '%Y-%m') = '2013-11'"),
    "2013-12 USD sales": ("source_amount", f"{DOLLARS} AND strftime(order_date, '%Y-%m') = '2013-12'"),
    "2013-12 USD cost": ("source_cost", f"{DOLLARS} AND strftime(order_date, '%Y-%m') = '2013-12'"),
    "FactInternetSales Accessories": ("source_amount", f"{INTERNET} AND category = 'Accessories'"),
    "FactResellerSales Accessories": ("source_amount", f"{RESELLER} AND category = 'Accessories'"),
    "FactInternetSales Bikes": ("source_amount", f"{INTERNET} AND category = 'Bikes'"),
    "FactResellerSales Bikes": ("source_amount", f"{RESELLER} AND category = 'Bikes'"),
}
"""Truth -> what to add up in agg_sales_by_currency, and where."""


def of_source(sql: str) -> str:
    """A truth's question, asked of the landed sources."""
    return re.sub(
        r"read_parquet\('\{root\}/adventureworks_dw/(\w+)\.parquet'\)(?: (\w)\b(?! join))?",
        lambda found: f"({IN_SOURCE[found[1]]}) {found[2] or ''}",
        sql,
    )


def of_table(*names: str) -> str:
    """One SELECT with the answer to each truth from the published table."""
    return " UNION ALL ".join(
        f"SELECT '{name}' AS name, CAST(SUM({what}) AS DECIMAL(38, 4)) AS value FROM agg_sales_by_currency WHERE {where}"
        for name in names
        for what, where in [IN_TABLE[name]]
    )


def example(folder: Path, starts_on: str = LAST_MONTHS) -> Shop:
    """A copy of the example."""
    return Shop(copy_of_example(folder / "adventureworks", starts_on, EXAMPLE), sources=SOURCES, span=EXTRACT)


def raw(sql: str) -> list[tuple[object, ...]]:
    """Rows of the warehouse itself, asked without the product."""
    with duckdb.connect() as connection:
        for file in WAREHOUSE.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM read_parquet('{file}')")
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> SimpleNamespace:
    """The example's last three months, run once, and what the run told."""
    shop = example(tmp_path_factory.mktemp("bound"))
    return SimpleNamespace(shop=shop, told=shop.tells("run"))


@pytest.fixture(scope="module")
def unbound(tmp_path_factory) -> SimpleNamespace:
    """The same months by the model that knows of no rates, and then by the one that does."""
    shop = example(tmp_path_factory.mktemp("unbound"))
    shutil.copyfile(EXAMPLE / "without_rates" / "fact_sales.sql", shop.folder / MODEL)
    lint = lint_project(shop.folder, environ={"HOLDFAST_REAL_DATA": str(DATA)}, cache=shop.folder / "cache")
    seen = SimpleNamespace(shop=shop, lint=lint, told=shop.tells("run"))
    seen.failed = shop.results(Outcome.FAIL, Outcome.UNKNOWN)
    seen.held = shop.tells("status")["pipelines"][0]["held"]
    seen.figures = shop.figures("--period", "EXTRACT")
    seen.totals = shop.totals()
    shutil.copyfile(EXAMPLE / MODEL, shop.folder / MODEL)
    seen.told_after = shop.tells("run")
    return seen


def test_the_warehouse_has_nothing_for_lint_to_say(tmp_path):
    """No error and no warning."""
    assert lint_project(EXAMPLE, environ={"HOLDFAST_REAL_DATA": str(tmp_path)}, cache=tmp_path / "cache") == ()


def test_every_truth_is_asked_of_the_table_too():
    """A number added to the published ones needs a place in the table."""
    assert set(TRUTHS) == set(IN_TABLE)


@pytest.fixture(scope="module")
def in_source(ran) -> dict[str, Decimal]:
    """Truth -> its answer from the landed sources."""
    return dict(zip(TRUTHS, ran.shop.landed(*(of_source(truth.sql) for truth in TRUTHS.values())), strict=True))


@pytest.mark.parametrize("name", TRUTHS)
def test_the_landed_sources_give_the_published_number(in_source, name):
    """Sums across currencies, of dollars alone, of months and of categories, over the whole extract."""
    assert TRUTHS[name].agrees(in_source[name])


def test_without_rates_the_currencies_are_named(unbound):
    """Each day's foreign currencies fail by name, as the raw files have them; dollars pass."""
    found = raw(
        "SELECT DISTINCT CAST(OrderDate AS DATE), 'currency=' || CurrencyAlternateKey FROM ("
        "SELECT OrderDate, CurrencyKey FROM FactInternetSales UNION ALL SELECT OrderDate, CurrencyKey FROM FactResellerSales"
        f") JOIN DimCurrency USING (CurrencyKey) WHERE OrderDate >= DATE '{LAST_MONTHS}' AND CurrencyAlternateKey <> 'USD'"
    )

    assert unbound.lint == ()
    assert {each.check for each in unbound.failed if each.severity is Severity.HOLD} == {"one_currency"}
    assert {(each.day, each.segment) for each in unbound.failed if each.check == "one_currency"} == set(found)
    assert {segment for _, segment in found} == {"currency=AUD", "currency=CAD", "currency=EUR", "currency=GBP"}
    assert {each["check"] for each in unbound.held} == {"one_currency"}


def test_without_rates_no_money_is_published(unbound):
    """Neither the total nor any channel of a day, month or extract with foreign money; orders and units are."""
    assert [each["state"] for each in unbound.told] == ["held"] * 3
    for metric in (*MONEY, "margin"):
        for period in ("2013-11-29", "2013-11", "2013-12-29", "2013-12", "2013-Q4", "2013", "EXTRACT"):
            assert (period, metric) not in unbound.totals
        assert not any(key[1] == metric for key in unbound.figures)
    for metric in ("orders", "units"):
        assert unbound.totals["EXTRACT", metric] > unbound.totals["2013-11", metric] > 0


def test_without_rates_dollars_alone_are_published(unbound):
    """January has no other currency; its revenue is the raw sum."""
    [(expected,)] = raw("SELECT SUM(SalesAmount) FROM FactInternetSales WHERE OrderDate >= DATE '2014-01-01'")

    assert unbound.totals["2014-01", "revenue"] == expected


@pytest.mark.slow
def test_bound_rates_release_what_waited(ran, unbound):
    """The next run publishes every day, as if the rates had always been there."""
    assert [each["state"] for each in unbound.told_after] == ["published"]
    assert unbound.shop.tells("status")["pipelines"][0]["held"] == []
    assert unbound.shop.totals() == ran.shop.totals()
    assert unbound.shop.figures("--period", "EXTRACT") == ran.shop.figures("--period", "EXTRACT")


def test_a_figure_is_the_sum_of_lines_converted_one_by_one(ran):
    """Each line times its day's rate, rounded half-even to a hundredth of a cent in Python, and then added."""
    step, found = Decimal("0.0001"), defaultdict(Decimal)
    columns = "'{0}', ExtendedAmount, SalesAmount, TotalProductCost, TaxAmt, Freight, CAST(AverageRate AS DECIMAL(20, 12))"
    for name in ("internet", "reseller"):
        lines = raw(
            f"SELECT {columns.format(name)} FROM Fact{name.title()}Sales AS s JOIN FactCurrencyRate AS r "
            f"ON r.CurrencyKey = s.CurrencyKey AND r.DateKey = s.OrderDateKey WHERE OrderDate >= DATE '{LAST_MONTHS}'"
        )
        with localcontext(prec=60):
            for channel, *amounts, rate in lines:
                for metric, amount in zip(("gross_revenue", "revenue", "cost", "tax", "freight"), amounts, strict=True):
                    found[metric, f"channel={channel}"] += (amount * rate).quantize(step, ROUND_HALF_EVEN)
                    found[metric, ""] += (amount * rate).quantize(step, ROUND_HALF_EVEN)
    published = {key[1:]: value for key, value in ran.shop.figures("--period", "EXTRACT").items()}

    assert [each["state"] for each in ran.told] == ["published"] * 3
    assert {key: published[key] for key in found} == found
    for segment in ("", "channel=internet", "channel=reseller"):
        assert published["profit", segment] == found["revenue", segment] - found["cost", segment]


@pytest.mark.parametrize("name", [name for name in TRUTHS if name.startswith("2013-")])
def test_the_table_gives_a_months_dollars(ran, name):
    """Source amounts of one currency may be added up."""
    [answer] = ran.shop.tells("sql", of_table(name))

    assert TRUTHS[name].agrees(Decimal(answer["value"]))


def test_a_member_of_a_dimension_without_sales_is_zero_not_absent(ran):
    """Resellers buy nothing after 2013-11-29; what the channels have still adds up to the total."""
    figures = {key[1:]: value for key, value in ran.shop.figures("--period", "2013-12").items()}

    assert figures["revenue", "channel=reseller"] == 0
    for dimension in ("channel", "category", "country"):
        members = [value for (metric, at), value in figures.items() if metric == "revenue" and at.startswith(f"{dimension}=")]
        assert sum(members) == figures["revenue", ""]


def test_the_contract_knows_the_days_without_sales():
    """1,124 days of 1,127 have internet sales, and the three others are the declared ones."""
    sold = {day for (day,) in raw("SELECT DISTINCT CAST(OrderDate AS DATE) FROM FactInternetSales")}
    project = load_project(EXAMPLE, environ={}).project

    assert set(project.sources["internet_sales"].expects(EXTRACT)) == sold
    assert set(EXTRACT.days()) - sold == {date(2011, 2, 13), date(2011, 3, 11), date(2011, 4, 23)}


LEFT_OUT = {
    "reseller_sales": "NOT (ordered_on = DATE '2013-11-29' AND territory_key = 6)",
    "internet_sales": "ordered_on <> DATE '2013-12-10'",
    "fx_rates": "rate_on < DATE '2014-01-29' AND NOT (currency_key = 98 AND rate_on > DATE '2013-12-15')",
}
"""Source -> the rows that arrive: Canada's last batch, a day's internet sales and the later pound rates do not."""


@pytest.fixture(scope="module")
def thinned(tmp_path_factory) -> SimpleNamespace:
    """A run in which a batch, a day and rates are missing."""
    shop = example(tmp_path_factory.mktemp("thinned"))
    for source, keep in LEFT_OUT.items():
        path = shop.folder / f"sources/{source}.odcs.yaml"
        text = path.read_text(encoding="utf-8").partition("  - property: rules")[0]
        rule = f"{{sentence: Some rows are missing., keep: \"{keep}\", approver: finance_lead, reason: A test.}}"
        path.write_text(f"{text}  - property: rules\n    value:\n      - {rule}\n", encoding="utf-8")
    return SimpleNamespace(shop=shop, told=shop.tells("run"), failed=shop.results(Outcome.FAIL, Outcome.UNKNOWN))


@pytest.mark.slow
def test_a_batch_that_is_missing_is_held(thinned):
    """The ledger has Canada's 2,018 units of the last batch; the sales have none. Other countries pass."""
    [missed] = [each for each in thinned.failed if each.check == "ledger_units"]

    assert (missed.day, missed.segment) == (date(2013, 11, 29), "country=Canada")
    assert (missed.observed, missed.expected) == ("0", "2018")
    assert ("2013-11-29", "revenue") not in thinned.shop.totals()
    [month] = thinned.shop.tells(
        "sql", "SELECT as_of, state FROM figures WHERE period = '2013-11' AND metric = 'revenue' AND segment = ''"
    )
    assert (month["as_of"], month["state"]) == ("2013-11-28", "held")


def test_a_day_that_is_missing_is_held(thinned):
    """An internet day outside the three that are known to be empty."""
    missed = [each for each in thinned.failed if each.check == "internet_complete"]

    assert [each.day for each in missed] == [date(2013, 12, 10)]


def test_a_rate_counts_for_five_days_and_no_longer(thinned):
    """The pound's last rate is of the 15th: the 20th is converted with it, the 21st is held, by name."""
    held = {each.day for each in thinned.failed if (each.check, each.segment) == ("one_currency", "currency=GBP")}
    [kept] = thinned.shop.tells(
        "sql", "SELECT MIN(rate) AS low, MAX(rate) AS high FROM fact_sales WHERE currency = 'GBP' "
        "AND order_date BETWEEN DATE '2013-12-15' AND DATE '2013-12-20'"
    )  # fmt: skip
    [(last,)] = raw(
        "SELECT CAST(AverageRate AS DECIMAL(20, 12)) FROM FactCurrencyRate "
        "WHERE CurrencyKey = 98 AND CAST(Date AS DATE) = DATE '2013-12-15'"
    )

    assert held == {date(2013, 12, 21) + timedelta(days=n) for n in range(9)}
    assert Decimal(kept["low"]) == Decimal(kept["high"]) == last


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> SimpleNamespace:
    """The example as it is shipped: 1,127 days in 38 months."""
    shop = example(tmp_path_factory.mktemp("whole"), "")
    return SimpleNamespace(shop=shop, told=shop.tells("run"))


@pytest.mark.slow
def test_the_table_gives_every_published_number(whole):
    """All of them from agg_sales_by_currency, which adds within a currency; who asks across, does so knowingly."""
    answers = {each["name"]: Decimal(each["value"]) for each in whole.shop.tells("sql", of_table(*TRUTHS))}

    assert [each["state"] for each in whole.told] == ["published"] * 38
    assert {name for name, truth in TRUTHS.items() if not truth.agrees(answers[name])} == set()


@pytest.mark.slow
def test_the_extract_in_dollars_is_what_others_found(whole):
    """26,054,827.45, 76,494,758.25 and 10,733,021.19 before rounding; figures differ by each line's rounding alone."""
    rows = whole.shop.tells(
        "sql",
        "SELECT channel, CAST(ROUND(SUM(source_amount * rate), 2) AS DECIMAL(18, 2)) AS revenue, "
        "CAST(ROUND(SUM((source_amount - source_cost) * rate), 2) AS DECIMAL(18, 2)) AS profit FROM fact_sales GROUP BY channel",
    )
    exact = {each["channel"]: (Decimal(each["revenue"]), Decimal(each["profit"])) for each in rows}
    figures = whole.shop.figures("--period", "EXTRACT")

    assert exact["internet"] == (Decimal("26054827.45"), Decimal("10733021.19"))
    assert exact["reseller"][0] == Decimal("76494758.25")
    # 26,998 foreign internet lines of few prices: the same rounding often goes the same way. 5 cents are 2e-9 of it.
    for channel, (revenue, profit) in exact.items():
        assert abs(figures["EXTRACT", "revenue", f"channel={channel}"] - revenue) < Decimal("0.05")
        assert abs(figures["EXTRACT", "profit", f"channel={channel}"] - profit) < Decimal("0.05")


@pytest.mark.slow
def test_the_ledger_agrees_on_units_and_on_nothing_else(whole):
    """108 of 108 batches of four countries agree on units; Germany 5 of 28; revenue in the United States 0 of 36."""
    outcomes = defaultdict(list)
    for each in whole.shop.results(Outcome.PASS, Outcome.WARN, Outcome.UNKNOWN):
        outcomes[each.check].append(each.outcome)
    counts = {
        check: tuple(outcomes[check].count(outcome) for outcome in (Outcome.PASS, Outcome.WARN, Outcome.UNKNOWN))
        for check in ("ledger_units", "ledger_units_germany", "ledger_revenue")
    }

    assert counts == {"ledger_units": (108, 0, 0), "ledger_units_germany": (5, 19, 4), "ledger_revenue": (0, 36, 0)}


@pytest.mark.slow
def test_the_readme_says_what_happens(tmp_path):
    """Every command of it, run word for word from a repository's root, prints what stands below it."""
    root = tmp_path / "holdfast"
    copy_of_example(root / "examples" / "adventureworks", example=EXAMPLE)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "data").symlink_to(DATA)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    command = bin_folder / "holdfast"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m holdfast "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environ = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY / "src")}
    environ.pop("HOLDFAST_REAL_DATA", None)
    for block in re.findall(r"^```console\n(.*?)^```$", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M | re.S):
        commands = "\n".join(line[2:] for line in block.splitlines() if line.startswith("$ "))
        expected = "".join(f"{line}\n" for line in block.splitlines() if not line.startswith("$ "))
        done = subprocess.run(
            ["bash", "-euc", commands], cwd=root, env=environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, expected), done.stderr
