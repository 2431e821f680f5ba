"""Published truths of the real shop, and their questions asked of Holdfast's tables instead of the raw files."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.real.conftest import DATA

FILE = re.compile(r"read_parquet\('\{root\}/online_retail_ii/(year_\d{4}_\d{4})\.parquet'\)")
LINE_TYPE = re.compile(r"case when price<0 .*? end as lt")


@dataclass(frozen=True)
class Truth:
    """One published number: its question as SQL, its value, and how far an answer may be from it."""

    name: str
    sql: str
    expected: Decimal
    tolerance: Decimal

    def agrees(self, value: Any) -> bool:
        """Whether the value lies within the truth's own tolerance."""
        return abs(Decimal(value) - self.expected) <= self.tolerance

    def of_source(self) -> str:
        """The question, asked of the landed source: each file becomes the rows that it brought and that count."""
        columns = "invoice, stock_code, description, quantity, invoiced_at AS invoice_date, price, customer_id, country"
        return FILE.sub(
            lambda found: f"(SELECT {columns} FROM src.invoice_lines WHERE yearly_extract = '{found[1]}')", self.sql
        )

    def of_table(self) -> str:
        """The question, asked of the fact table: the second file becomes its fiscal year, line types are the table's."""
        columns = "* EXCLUDE (invoiced_at, region), invoiced_at AS invoice_date, region AS country"
        year = f"(SELECT {columns} FROM fact_sales WHERE sale_date >= DATE '2010-12-01')"
        return LINE_TYPE.sub("category AS lt", FILE.sub(year, self.sql))


def truths() -> dict[str, Truth]:
    """Every published number of this shop by its name; none where the data is absent."""
    path = DATA / "truths.json"
    rows = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal) if path.is_file() else []
    return {
        row["name"]: Truth(row["name"], row["sql"], Decimal(row["expected"]), Decimal(row["tolerance"]))
        for row in rows
        if row["dataset"] == "online_retail_ii"
    }
