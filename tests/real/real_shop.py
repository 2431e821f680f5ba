"""An example's folder on the data that HOLDFAST_REAL_DATA names, and what is published of that data."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.app import App
from holdfast.checks.results import Outcome, Result
from holdfast.partitions import Interval

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "online_retail"
DATA = Path(os.environ.get("HOLDFAST_REAL_DATA") or REPOSITORY.parent / "shared" / "data").resolve()
BOTH_YEARS = Interval(date(2009, 12, 1), date(2011, 12, 10))
CONTRACT = "sources/invoice_lines.odcs.yaml"

FILE = re.compile(r"read_parquet\('\{root\}/online_retail_ii/(year_\d{4}_\d{4})\.parquet'\)")
LINE_TYPE = re.compile(r"case when price<0 .*? end as lt")


def copy_of_example(folder: Path, starts_on: str = "", example: Path = EXAMPLE) -> Path:
    """The example without what earlier runs left in it, reporting from another day on when asked."""
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns(".holdfast"))
    if starts_on:
        for pipeline in sorted(folder.glob("pipelines/*/pipeline.yml")):
            text, found = re.subn(r"starts_on: \S+", f"starts_on: {starts_on}", pipeline.read_text(encoding="utf-8"))
            assert found == 1
            pipeline.write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Shop:
    """A copy of the example, used by its command line as its team would."""

    folder: Path
    at: tuple[str, ...] = ()
    """`--at` and an instant, for a shop that stands in the past."""
    sources: tuple[str, ...] = ("invoice_lines",)
    """What `landed` may be asked about."""
    span: Interval = BOTH_YEARS
    """The days that `landed` sees."""

    def says(self, verb: str, *rest: str) -> str:
        """What `holdfast VERB` prints. AssertionError with its complaint when it does not end well."""
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", verb, "-C", str(self.folder), *self.at, *rest],
            env={**os.environ, "HOLDFAST_REAL_DATA": str(DATA), "PYTHONPATH": str(REPOSITORY / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tells(self, verb: str, *rest: str) -> Any:
        """The same as data: `--json`, whose decimals are text."""
        return json.loads(self.says(verb, *rest, "--json"))

    def figures(self, *rest: str, pipeline: str = "aggregate_profit") -> dict[tuple[str, str, str], Decimal]:
        """(period, metric, segment) -> published value."""
        found = self.tells("figures", pipeline, *rest)
        keys = ("period", "metric", "segment")
        return {tuple(each[k] for k in keys): Decimal(each["value"]) for each in found if each["value"] is not None}

    def totals(self) -> dict[tuple[str, str], Decimal]:
        """(period, metric) -> the total that readers have, of every grain."""
        sql = (
            "SELECT period, metric, value FROM figures "
            "WHERE pipeline = 'aggregate_profit' AND segment = '' AND value IS NOT NULL"
        )
        rows = self.tells("sql", "--limit", "100000", sql)
        return {(each["period"], each["metric"]): Decimal(each["value"]) for each in rows}

    def landed(self, *questions: str) -> list[Any]:
        """The single answer to each query over the landed sources, which only models and checks see otherwise."""
        app = App(self.folder, environ={"HOLDFAST_REAL_DATA": str(DATA)}, say=lambda _: None)
        bench = app.bench("investors")
        for source in self.sources:
            bench.show_source(source, self.span)
        try:
            return [bench.engine.rows(sql)[0][0] for sql in questions]
        finally:
            app.session.close()

    def results(self, *outcomes: Outcome) -> list[Result]:
        """Check results as the ledger keeps them."""
        with open_ledger(self.folder / ".holdfast" / "ledger.db") as ledger:
            return ledger.results("aggregate_profit", outcomes=outcomes)


@dataclass(frozen=True)
class Truth:
    """One published number: its question as SQL, its value, and how far an answer may be from it."""

    name: str
    sql: str
    expected: Decimal
    tolerance: Decimal

    def agrees(self, value: Decimal | int) -> bool:
        """Whether the value lies within the truth's own tolerance."""
        return abs(Decimal(value) - self.expected) <= self.tolerance

    def of_source(self) -> str:
        """The question, asked of the landed source: each file becomes the rows it brought that count."""
        columns = "invoice, stock_code, description, quantity, invoiced_at AS invoice_date, price, customer_id, country"
        return FILE.sub(
            lambda found: f"(SELECT {columns} FROM src.invoice_lines WHERE yearly_extract = '{found[1]}')", self.sql
        )

    def of_table(self) -> str:
        """The question, asked of the fact table: the second file is its fiscal year, line types are the table's."""
        columns = "* EXCLUDE (invoiced_at, region), invoiced_at AS invoice_date, region AS country"
        year = f"(SELECT {columns} FROM fact_sales WHERE sale_date >= DATE '2010-12-01')"
        return LINE_TYPE.sub("category AS lt", FILE.sub(year, self.sql))


def published_truths(dataset: str = "online_retail_ii") -> dict[str, Truth]:
    """Every published number of a data set by its name; none where the data is absent."""
    path = DATA / "truths.json"
    rows = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal) if path.is_file() else []
    return {
        row["name"]: Truth(row["name"], row["sql"], Decimal(row["expected"]), Decimal(row["tolerance"]))
        for row in rows
        if row["dataset"] == dataset
    }
