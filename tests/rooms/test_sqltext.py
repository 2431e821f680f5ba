"""Names and values as SQL text."""

from datetime import datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.sqltext import literal, quoted

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(TEXTS | st.dates() | st.integers(-(2**63), 2**63 - 1) | st.decimals(-(10**20), 10**20, places=6))
def test_the_engine_reads_a_literal_back_as_it_was(value):
    """Whatever quotes or signs it has."""
    assert duckdb.sql(f"SELECT {literal(value)}").fetchall() == [(value,)]


@given(TEXTS.filter(bool))
def test_a_quoted_name_names_one_column(name):
    """It never ends early."""
    assert duckdb.sql(f"SELECT 1 AS {quoted(name)}").columns == [name]


@pytest.mark.parametrize("value", [0.5, Decimal("NaN"), datetime(2026, 1, 1), None])
def test_a_value_of_several_spellings_is_refused(value):
    """Floats and naive instants have no literal here."""
    with pytest.raises(TypeError):
        literal(value)


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_cannot_be_a_name_is_refused(name):
    """Rather than quoted into something else."""
    with pytest.raises(ValueError, match="cannot name"):
        quoted(name)
