"""The real shop: the example's folder on the data that HOLDFAST_REAL_DATA names, and what is published of it."""

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from holdfast.app import App

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "online_retail"
DATA = Path(os.environ.get("HOLDFAST_REAL_DATA") or REPOSITORY.parent / "shared" / "data").resolve()
CONTRACT = "sources/invoice_lines.odcs.yaml"

FILE = re.compile(r"read_parquet\('\{root\}/online_retail_ii/(year_\d{4}_\d{4})\.parquet'\)")
LINE_TYPE = re.compile(r"case when price<0 .*? end as lt")


def copy_of_example(folder: Path) -> Path:
    """The example without what earlier runs left in it."""
    return Path(shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".holdfast")))


def open_app(folder: Path, at: datetime | None = None) -> App:
    """The project as a fresh process opens it; it says nothing."""
    return App(folder, environ={"HOLDFAST_REAL_DATA": str(DATA)}, at=at, say=lambda _: None)


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


def published_truths() -> dict[str, Truth]:
    """Every published number of this shop by its name; none where the data is absent."""
    path = DATA / "truths.json"
    rows = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal) if path.is_file() else []
    return {
        row["name"]: Truth(row["name"], row["sql"], Decimal(row["expected"]), Decimal(row["tolerance"]))
        for row in rows
        if row["dataset"] == "online_retail_ii"
    }
