"""Text that becomes typed files: what fits a type exactly, and what stays text for people to see."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sources_under_test import Outside, morning, of_sqlite, row

from holdfast.adapters.sources.fetched import FetchedFiles, Progress, write_text
from holdfast.checks.arrivals import unread
from holdfast.clock import FixedClock
from holdfast.day import fetch
from holdfast.definitions.source import Changes, Column, Database, Source
from holdfast.errors import WorldError

AT = datetime(2026, 9, 18, 3, tzinfo=UTC)
ASKED = Database("sqlite", table="t", path="t.db")


def a_source(kind: str) -> Source:
    """A source of one optional column `v`."""
    return Source("s", "S.", (Column("v", kind),), ("v",), Changes.APPEND, "x", fetched_from=ASKED)


def kept(folder: Path, kind: str, *values: str | None) -> tuple[str, list[Any]]:
    """Type and values of the file that is made of these values under that contract."""
    files = FetchedFiles(folder, a_source(kind))
    write_text(files.text, ["v"], [{"v": value} for value in values])
    files.keep(["v"], files.progress(), AT)
    (path,) = folder.rglob("*.parquet")
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        read = engine.execute(f"SELECT typeof(v), v FROM '{path}'").fetchall()
    return read[0][0], [value for _, value in read]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("DECIMAL(18,2)", "12.3", Decimal("12.30")),
        ("DECIMAL(18,2)", "-0.0500", Decimal("-0.05")),
        ("DECIMAL(38,0)", "9" * 38, Decimal("9" * 38)),
        ("INTEGER", "-7", -7),
        ("BIGINT", "9223372036854775807", 2**63 - 1),
        ("DATE", "2026-02-28", date(2026, 2, 28)),
        ("TIMESTAMPTZ", "2026-03-29T02:30:00+01:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("TIMESTAMPTZ", "2026-03-29 01:30:00.123456Z", datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)),
        ("TIMESTAMP", "2026-03-29 01:30:00", datetime(2026, 3, 29, 1, 30)),
        ("BOOLEAN", "true", True),
        ("DOUBLE", "0.1", 0.1),
        ("VARCHAR", "", ""),
        ("VARCHAR", "\\N", "\\N"),
        ("VARCHAR", 'a "b",\r\nü', 'a "b",\r\nü'),
    ],
)
def test_a_value_of_the_type_is_read_exactly(tmp_path: Path, kind: str, text: str, value: object):
    """Beside a null, which stays one."""
    _, found = kept(tmp_path / "s", kind, text, None)

    assert found == [value, None]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("DECIMAL(18,2)", "12.345"),
        ("DECIMAL(18,2)", "NaN"),
        ("DECIMAL(18,2)", "12,30"),
        ("DECIMAL(4,2)", "123.00"),
        ("INTEGER", "1.5"),
        ("INTEGER", "2147483648"),
        ("DATE", "2026-09-18 10:00:00"),
        ("DATE", "2026-02-29"),
        ("TIMESTAMPTZ", "2026-09-18 10:00:00"),
        ("TIMESTAMP", "2026-09-18T10:00:00+02:00"),
    ],
)
def test_a_value_that_would_change_is_refused(tmp_path: Path, kind: str, text: str):
    """A cast would round it, cut it or move it; so the contract is broken, and nothing is kept."""
    with pytest.raises(WorldError, match="v is VARCHAR, the contract says"):
        kept(tmp_path / "s", kind, text)

    assert list((tmp_path / "s").rglob("*.parquet")) == []


def test_progress_that_cannot_be_read_is_none(tmp_path: Path):
    """A damaged record, or one of another question, begins anew instead of stopping the source."""
    files = FetchedFiles(tmp_path, a_source("DATE"))
    files.record(files.progress().opened(date(2026, 9, 1)).after("x", 3, "c").ended(date(2026, 9, 18)))
    assert files.progress().whole_on == date(2026, 9, 18)
    record = tmp_path / "progress.json"
    good = json.loads(record.read_text())

    for damaged in ("", "{", "[]", json.dumps(good | {"asked": "else"}), json.dumps({"asked": good["asked"]})):
        record.write_text(damaged)
        assert files.progress() == Progress(asked=good["asked"])


@pytest.fixture
def lite(tmp_path: Path) -> Outside:
    """A project over a SQLite table that is read whole each time, with two rows."""
    outside = of_sqlite(tmp_path / "project")
    outside.bring([row("c-1", 17, "1.00", 18), row("c-2", 17, "2.00", 18)])
    outside.server = outside.server.rpartition("\n")[0]
    outside.write_project()
    return outside


def test_a_contracts_select_reads_what_was_fetched_as_text(lite: Outside):
    """It casts, renames and filters as it does for files."""
    contract = lite.folder / "sources/spend.odcs.yaml"
    select = (
        'SELECT campaign_id, CAST("on" AS DATE) AS "on", channel, CAST(spend AS DECIMAL(18,2)) * 2 AS spend, '
        "CAST(attributed_signups AS INTEGER) AS attributed_signups, CAST(loaded_at AS TIMESTAMPTZ) AS loaded_at FROM raw"
    )
    contract.write_text(contract.read_text() + f"  - property: select\n    value: |\n      {select}\n")

    assert lite.look(morning(18)) == [], lite.said
    assert [each[3] for each in lite.counting()] == [Decimal("2.00"), Decimal("4.00")]


def test_a_snapshot_without_rows_is_one(lite: Outside):
    """Other than a source of changes, where no row says nothing, an empty table is its newest state."""
    contract = lite.folder / "sources/spend.odcs.yaml"
    contract.write_text(contract.read_text().replace("newest_wins", "snapshot"))
    lite.look(morning(18))
    with sqlite3.connect(lite.folder / "data/shop.db") as shop:
        shop.execute("DELETE FROM spend")
    shop.close()
    lite.look(morning(19))

    with lite.app() as app:
        assert [file.rows for file in app.ledger.landed_files("spend")] == [2, 0]


def test_a_fault_of_ours_in_one_source_is_told_and_stops_nothing(lite: Outside):
    """It is a problem of that source, with a request to report it."""

    def broken(system: str) -> Any:
        raise ZeroDivisionError("by zero")

    with lite.app() as app:
        app.sources = replace(app.sources, rows=broken)
        (refused,) = fetch(app.world(FixedClock(AT)), [app.project.sources["spend"]])

    assert "Holdfast broke (ZeroDivisionError: by zero); please report it" in str(refused)
    assert refused.concerns(date(2026, 9, 17))


def test_a_source_that_was_whole_today_lacks_nothing():
    """A second look on the same day that fails takes nothing back."""
    source = a_source("DATE")

    assert not unread(source, "gone", date(2026, 9, 18), date(2026, 9, 18)).concerns(date(2026, 9, 17))
    assert unread(source, "gone", date(2026, 9, 17), date(2026, 9, 18)).concerns(date(2026, 9, 17))
    assert unread(source, "gone", date.min, date(2026, 9, 18)).concerns(date(2026, 1, 1))
