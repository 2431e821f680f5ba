"""The truth against a second implementation, and against ten wrong ones."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from naive_profit import Decisions, Key, figures
from small_company import COMPANY

from holdfast.testing.company import SOURCES, add_days, read_company, write_company, write_truth

RIGHT = Decisions()
WRONG = {
    "refund on its order's date": replace(
        RIGHT, refund_on="l.on_day", refund_rate_on="l.on_day"
    ),
    "days from UTC midnight": replace(RIGHT, zone="UTC"),
    "late rows dropped": replace(
        RIGHT, arrived="loaded_on <= CAST({at} AT TIME ZONE 'Europe/London' AS DATE) + 1"
    ),
    "next rate": replace(RIGHT, rate_for="f.rate_on >= d.day ORDER BY f.rate_on"),
    "Friday's rate for the whole week": replace(
        RIGHT, rate_for="f.rate_on <= d.day AND (dayofweek(f.rate_on) = 5) ORDER BY f.rate_on DESC"
    ),
    "INNER JOIN of costs to orders": replace(RIGHT, cost_join="JOIN"),
    "lines counted as orders": replace(RIGHT, order_key="(order_id, line_no)::VARCHAR"),
    "a cost's own region": replace(RIGHT, cost_region="c.region"),
    "replayed costs counted twice": replace(RIGHT, cost_once="count(*) OVER () > 0"),
    "replayed refunds counted twice": replace(RIGHT, refund_once="count(*) OVER () > 0"),
    "first version of a line wins": replace(
        RIGHT, order_version=RIGHT.order_version.replace("DESC", "ASC")
    ),
    "refund at its order's rate": replace(RIGHT, refund_rate_on="l.on_day"),
    "lines without a category dropped": replace(RIGHT, category_rows="category IS NOT NULL"),
}  # fmt: skip


def truth(folder: Path) -> dict[Key, Decimal | None]:
    """The written truth by grain, period, metric and segment."""
    rows = duckdb.execute(
        f"SELECT grain, period, metric, segment, value FROM '{folder}/truth/figures.parquet'"
        " WHERE pipeline = 'aggregate_profit'"
    ).fetchall()
    assert len({row[:4] for row in rows}) == len(rows)
    return {(g, p, m, s): value for g, p, m, s, value in rows}


def test_plain_sql_over_the_files_gives_the_truth(company_folder: Path) -> None:
    """Files and truth were made apart; taken in the right way, every key and value agrees exactly."""
    assert figures(company_folder, RIGHT) == truth(company_folder)


@pytest.mark.parametrize("decision", WRONG)
def test_one_wrong_decision_disagrees_with_the_truth(company_folder: Path, decision: str) -> None:
    """Whoever gets one decision wrong is found out by some total or segment."""
    assert figures(company_folder, WRONG[decision]) != truth(company_folder)


def test_truth_covers_each_grain_to_the_last_day_counted(company_folder: Path) -> None:
    """A running period ends with the company: 2027-W01 (to 10 January) is counted as of 5 January."""
    rows = duckdb.execute(
        f"""SELECT grain, period, as_of FROM '{company_folder}/truth/figures.parquet'
            WHERE metric = 'profit' AND segment = '' AND period IN
            ('2026-10-20', '2026-W43', '2027-W01', '2026-10', '2026-Q4', '2027-Q1') ORDER BY ALL"""
    ).fetchall()
    assert rows == [
        ("day", "2026-10-20", date(2026, 10, 20)),
        ("month", "2026-10", date(2026, 10, 31)),
        ("quarter", "2026-Q4", date(2026, 12, 31)),
        ("quarter", "2027-Q1", date(2027, 1, 5)),
        ("week", "2026-W43", date(2026, 10, 25)),
        ("week", "2027-W01", date(2027, 1, 5)),
    ]


def test_margin_has_no_value_without_revenue(company_folder: Path) -> None:
    """Costs of no region have no revenue beside them, so their margin is null and not 0."""
    values = truth(company_folder)

    assert values["month", "2026-11", "margin", "region=unallocated"] is None
    cost = values["month", "2026-11", "cost", "region=unallocated"]
    assert cost is not None
    assert cost > 0


def test_margin_of_the_month_is_a_healthy_companys(company_folder: Path) -> None:
    """Profit is 15 to 25 per cent of revenue."""
    margin = truth(company_folder)["month", "2026-11", "margin", ""]

    assert margin is not None
    assert Decimal("0.15") < margin < Decimal("0.25")


def test_an_extended_company_keeps_its_earlier_days(tmp_path: Path) -> None:
    """Days added one by one bring only new arrival days, change no earlier file, and truth still agrees."""
    company = replace(COMPANY, last_on=date(2026, 11, 20), orders_per_day=60, events_per_day=60)
    write_company(company, tmp_path)
    write_truth(company, tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "data").rglob("*.parquet")}
    old_days = {key: value for key, value in truth(tmp_path).items() if key[0] == "day"}

    extended = add_days(add_days(company, tmp_path, 1), tmp_path, 3)

    assert read_company(tmp_path) == extended
    assert extended.last_on == date(2026, 11, 24)
    assert {path: path.read_bytes() for path in before} == before
    assert old_days.items() <= truth(tmp_path).items()
    assert figures(tmp_path, RIGHT) == truth(tmp_path)
    arrivals = sorted(path.name for path in (tmp_path / "data" / "orders").iterdir())
    assert arrivals[-4:] == [f"loaded_on=2026-11-{day}" for day in (22, 23, 24, 25)]


def test_an_extended_company_written_at_once_is_the_same(tmp_path: Path) -> None:
    """Adding days is writing the extended company: both hold the same rows in files of the same names."""
    company = replace(COMPANY, last_on=date(2026, 11, 5), orders_per_day=30, events_per_day=30)
    write_company(company, tmp_path / "lived")
    extended = add_days(company, tmp_path / "lived", 2)
    write_company(extended, tmp_path / "at_once")

    def rows(folder: Path, source: str) -> list[tuple[object, ...]]:
        files = f"read_parquet('{folder}/data/{source}/*/*.parquet')"
        return duckdb.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {files} ORDER BY ALL").fetchall()

    for source in SOURCES:
        assert rows(tmp_path / "lived", source) == rows(tmp_path / "at_once", source)
