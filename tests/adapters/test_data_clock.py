"""The data's clock where files say by their rows alone when they arrived."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from holdfast.app import App
from holdfast.day import run_day
from holdfast.runs.run import RunState

EXAMPLE = Path(__file__).parents[2] / "examples" / "online_retail"


def bring(data: Path, extract: str, *days: date | None) -> None:
    """An extract with one invoice line a day; None is a line that lost its time."""
    folder = data / "online_retail_ii"
    folder.mkdir(parents=True, exist_ok=True)
    lines = ", ".join(f"('{day:%Y%m%d}', TIMESTAMP '{day} 12:00')" if day else "('536365', NULL)" for day in days)
    duckdb.sql(
        "SELECT invoice, '22423' AS stock_code, 'CAKESTAND' AS description, CAST(2 AS INTEGER) AS quantity, "
        "t.sold_at AS invoice_date, CAST(12.75 AS DECIMAL(12,3)) AS price, CAST(17850 AS INTEGER) AS customer_id, "
        f"'United Kingdom' AS country FROM (VALUES {lines}) AS t(invoice, sold_at)"
    ).write_parquet(str(folder / f"{extract}.parquet"))


def opened(folder: Path, data: Path) -> App:
    """The project as a fresh process opens it."""
    return App(folder, environ={"HOLDFAST_REAL_DATA": str(data)}, say=lambda _: None)


def test_a_file_that_comes_after_the_first_run_moves_the_clock(tmp_path):
    """The first run after a new extract builds its days; it does not take a second run to notice them."""
    folder, data = tmp_path / "online_retail", tmp_path / "data"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".holdfast"))
    bring(data, "year_2009_2010", date(2009, 12, 1), date(2009, 12, 2))
    first = opened(folder, data)
    assert first.clock.now() == datetime(2009, 12, 3, 3, tzinfo=UTC)
    run_day(first.world())

    bring(data, "year_2010_2011", date(2009, 12, 3))
    second = opened(folder, data)

    assert second.clock.now() == datetime(2009, 12, 4, 3, tzinfo=UTC)
    assert [each.days for each in run_day(second.world(), ["aggregate_profit"])] == ["2009-12-03"]


def test_figures_are_read_without_the_data(tmp_path):
    """After a run the clock stands where it was, also on a machine that has no data."""
    folder, data = tmp_path / "online_retail", tmp_path / "data"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".holdfast"))
    bring(data, "year_2009_2010", date(2009, 12, 1))
    run_day(opened(folder, data).world())

    elsewhere = App(folder, environ={}, say=lambda _: None)

    assert elsewhere.clock.now() == datetime(2009, 12, 2, 3, tzinfo=UTC)


def test_a_row_without_a_day_is_not_lost_in_silence(tmp_path):
    """It breaks the contract on the newest day of its file, which is held; the day before is not."""
    folder, data = tmp_path / "online_retail", tmp_path / "data"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".holdfast"))
    bring(data, "year_2010_2011", date(2009, 12, 1), date(2009, 12, 2), None)

    told = run_day(opened(folder, data).world(), ["aggregate_profit"])

    assert [(each.days, each.state) for each in told] == [
        ("2009-12-01", RunState.PUBLISHED),
        ("2009-12-02", RunState.HELD),
    ]
