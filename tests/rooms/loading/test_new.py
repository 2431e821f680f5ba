"""New things written into the folder: a drafted contract, a skeleton that lints, an annotation in its place."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from team_folder import PROFIT, Team

from holdfast.definitions.source import Changes, OverTime
from holdfast.errors import DefinitionError, WorldError
from holdfast.loading.new import add_annotation, draft_source, write_pipeline_skeleton
from holdfast.partitions import Interval

CHRISTMAS = Interval(date(2026, 12, 24), date(2026, 12, 27))
SALES = """
    SELECT
        i // 2 AS sale_id, CAST(i % 2 AS INTEGER) AS "on", i // 4 AS user_id,
        TIMESTAMPTZ '2026-01-05 10:00:00+00' + to_days(CAST(i // 20 + 2 * (i // 100) AS INTEGER)) AS sold_at,
        CAST(i AS DECIMAL(18, 2)) AS amount, ['EU', 'no', 'US'][i % 3 + 1] AS region,
        CASE WHEN i % 4 = 0 THEN NULL ELSE 'x' || i END AS note
    FROM range(600) AS t(i)
"""


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """600 sales on weekdays of six weeks, two lines each."""
    file = tmp_path / "loaded_on=2026-03-01" / "sales.parquet"
    file.parent.mkdir()
    duckdb.connect().execute(f"COPY ({SALES}) TO '{file}'")
    return file


def test_a_drafted_contract_lints_and_says_what_it_saw(team: Team, sales: Path) -> None:
    """Columns, key, business time, arrival, closed weekdays, personal and known values, in one go."""
    text = draft_source(sales, "sales")
    team.write("sources/sales.odcs.yaml", text)

    assert team.lint() == []
    source = team.project().sources["sales"]
    assert source.key == ("sale_id", "on")
    assert (source.business_time, source.changes, source.arrival) == ("sold_at", Changes.APPEND, "path")
    assert [(column.name, column.kind, column.required) for column in source.columns] == [
        ("sale_id", "BIGINT", True),
        ("on", "INTEGER", True),
        ("user_id", "BIGINT", True),
        ("sold_at", "TIMESTAMPTZ", True),
        ("amount", "DECIMAL(18,2)", True),
        ("region", "VARCHAR", True),
        ("note", "VARCHAR", False),
    ]
    assert source.columns[5].accepted == ("EU", "US", "no")
    assert source.columns[2].personal
    assert (date(2026, 1, 10) in source.closed, date(2026, 1, 12) in source.closed) == (True, False)
    assert "150 of 600 rows are null" in text
    assert text == draft_source(sales, "sales")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_drafts_come_from_text_files_too(team: Team, tmp_path: Path, form: str) -> None:
    """A file whose path names no arrival day arrives by its own newest day."""
    file = tmp_path / f"sales.{form}"
    duckdb.connect().execute(f"COPY ({SALES}) TO '{file}'")
    team.write("sources/sales.odcs.yaml", draft_source(file, "sales"))

    assert team.lint() == []
    source = team.project().sources["sales"]
    assert (source.format, source.arrival) == (form, "data")


def test_a_table_without_days_is_drafted_as_one(team: Team, tmp_path: Path) -> None:
    """No date, no key: each file is the whole table."""
    file = tmp_path / "regions.csv"
    file.write_text("code,region\nGB,UK\nGB,UK\n")
    team.write("sources/regions.odcs.yaml", draft_source(file, "regions"))

    assert team.lint() == []
    source = team.project().sources["regions"]
    assert (source.key, source.changes, source.over_time) == ((), Changes.SNAPSHOT, OverTime.OVERWRITTEN)


def test_what_cannot_be_drafted_is_said(tmp_path: Path) -> None:
    """A half-written file, a missing one, a kind nobody reads, a name that is none."""
    half = tmp_path / "half.parquet"
    half.write_bytes(b"PAR1\x00\x00")
    for file, name, error, match in (
        (half, "sales", WorldError, "cannot be read as parquet"),
        (tmp_path / "gone.csv", "sales", WorldError, "is not there"),
        (tmp_path / "sales.xlsx", "sales", DefinitionError, "is no data file"),
        (half, "Sales!", DefinitionError, "is no name"),
    ):
        with pytest.raises(error, match=match):
            draft_source(file, name)


def test_a_new_pipeline_lints_as_it_is(team: Team) -> None:
    """The skeleton has a model, a metric and a check over a source that exists."""
    written = write_pipeline_skeleton(team.project(), "returns")

    assert team.lint() == []
    pipeline = team.project().pipelines["returns"]
    assert pipeline.primary != pipeline.secondary
    assert team.folder / "pipelines/returns/pipeline.yml" in written
    assert all(file.is_file() for file in written)
    with pytest.raises(DefinitionError, match="is taken"):
        write_pipeline_skeleton(team.project(), "returns")


def test_an_annotation_is_added_and_nothing_else_moves(team: Team) -> None:
    """Comments, quotes and layout of the file stay; the new entry is the last."""
    path = f"{PROFIT}/annotations.yml"
    team.replace(path, "author: james}", "author: 'james'}   # the plan of October")
    before = (team.folder / path).read_text()

    add_annotation(team.folder, "aggregate_profit", CHRISTMAS, "Shops: closed # early", "jill", ("profit",))

    text = (team.folder / path).read_text()
    assert text.startswith(before)
    assert len(text.splitlines()) == len(before.splitlines()) + 1
    added = team.project().pipelines["aggregate_profit"].annotations[-1]
    assert (added.span, added.reason, added.author) == (CHRISTMAS, "Shops: closed # early", "jill")
    assert added.metrics == ("profit",)


@pytest.mark.parametrize("text", ["annotations: []\n", "# nothing yet\n", "", None])
def test_the_first_annotation_of_a_pipeline(team: Team, text: str | None) -> None:
    """An empty list, a file of comments, an empty file or none at all."""
    file = team.folder / PROFIT / "annotations.yml"
    file.unlink()
    if text is not None:
        file.write_text(text)

    add_annotation(team.folder, "aggregate_profit", CHRISTMAS, "Christmas", "jill")

    (only,) = team.project().pipelines["aggregate_profit"].annotations
    assert (only.span, only.metrics) == (CHRISTMAS, None)
    assert not text or not text.startswith("#") or file.read_text().startswith(text)


@pytest.mark.parametrize(
    ("pipeline", "reason", "author", "metrics", "match"),
    [
        ("agregate_profit", "x", "jill", None, "Did you mean 'aggregate_profit'"),
        ("../aggregate_profit", "x", "jill", None, "there is no pipeline"),
        ("aggregate_profit", "x", "gill", None, "Did you mean 'jill'"),
        ("aggregate_profit", "x", "jill", ("proft",), "Did you mean 'profit'"),
        ("aggregate_profit", "  ", "jill", None, "the reason is empty"),
    ],
)
def test_a_wrong_annotation_changes_nothing(
    team: Team, pipeline: str, reason: str, author: str, metrics: tuple[str, ...] | None, match: str
) -> None:
    """The file stays as it was, byte for byte."""
    file = team.folder / PROFIT / "annotations.yml"
    before = file.read_bytes()

    with pytest.raises(DefinitionError, match=match):
        add_annotation(team.folder, pipeline, CHRISTMAS, reason, author, metrics)

    assert file.read_bytes() == before
