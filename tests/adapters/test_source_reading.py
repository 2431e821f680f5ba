"""Source files read through their contract."""

from pathlib import Path

import pytest

from holdfast.adapters.warehouses.session import Session
from holdfast.adapters.warehouses.sources_sql import as_contract
from holdfast.definitions.source import Changes, Column, Rule, Source


@pytest.fixture
def session(tmp_path):
    """An engine."""
    found = Session(tmp_path / "spill")
    yield found
    found.close()


def a_source(select: str, *rules: Rule, form: str = "parquet") -> Source:
    """A source of one column, `taken_from`."""
    return Source(
        "sales", "Sales.", (Column("taken_from", "VARCHAR"),), (), Changes.APPEND, "*", form, select, rules=rules
    )


def written(session: Session, path: Path, rows: str) -> Path:
    """A file of these rows."""
    path.parent.mkdir(exist_ok=True)
    session.run(f"COPY ({rows}) TO '{path}'")
    return path


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_a_select_knows_the_file_of_each_row(session, tmp_path, form):
    """`filename` is the file's name without its folder, so data that moved reads the same."""
    paths = [written(session, tmp_path / folder / f"{folder}.{form}", "SELECT 1 AS amount") for folder in ("a", "b")]

    rows = session.rows(as_contract(a_source("SELECT filename AS taken_from FROM raw", form=form), paths))

    assert sorted(rows) == [(f"a.{form}",), (f"b.{form}",)]


def test_a_column_called_filename_is_the_files_own(session, tmp_path):
    """Data with a column of that name keeps it."""
    path = written(session, tmp_path / "a.parquet", "SELECT 'theirs' AS filename")

    assert session.rows(as_contract(a_source("SELECT filename AS taken_from FROM raw"), [path])) == [("theirs",)]


def test_a_rule_speaks_of_the_contracts_columns(session, tmp_path):
    """Rows of one file are left out by a rule on what the select made of its name."""
    paths = [written(session, tmp_path / f"{name}.parquet", "SELECT 1 AS amount") for name in ("a", "b")]
    rule = Rule("Only b.", "taken_from = 'b.parquet'", "finance_lead", "a is b's copy")

    rows = session.rows(as_contract(a_source("SELECT filename AS taken_from FROM raw", rule), paths))

    assert rows == [("b.parquet",)]
