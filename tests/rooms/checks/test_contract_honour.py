"""Comparing a file's columns with its contract."""

from datetime import date

import pytest

from holdfast.checks.column_types import fits
from holdfast.checks.contract import Drift, day_results, honour
from holdfast.checks.results import Outcome
from holdfast.definitions.check import Severity
from holdfast.definitions.source import Changes, Column, Source

COLUMNS = (
    Column("order_id", "BIGINT", required=True),
    Column("ordered_at", "TIMESTAMPTZ"),
    Column("user_id", "BIGINT"),
    Column("amount", "DECIMAL(18,2)", required=True),
    Column("note", "VARCHAR"),
)
FOUND = [(column.name, column.kind) for column in COLUMNS]


def source(form: str = "parquet") -> Source:
    return Source(
        "orders", "", COLUMNS, ("order_id",), Changes.APPEND, "", format=form, business_time="ordered_at"
    )


def changed(**kinds: str | None) -> list[tuple[str, str]]:
    """The declared columns with other types; None leaves the column out."""
    pairs = [(name, kinds.get(name, kind)) for name, kind in FOUND]
    return [(name, kind) for name, kind in pairs if kind is not None]


def test_a_file_as_declared_has_no_findings_in_any_order_or_case():
    """Columns are known by name, and SQL names have no case."""
    assert honour(source(), [(name.upper(), kind) for name, kind in reversed(FOUND)]) == []


@pytest.mark.parametrize(
    ("gone", "new", "kind"),
    [
        ("amount", "amt", "DECIMAL(18,2)"),
        ("user_id", "userId", "BIGINT"),
        ("amount", "order_amount", "DECIMAL(12,2)"),
        ("note", "notes", "VARCHAR"),
    ],
)
def test_a_rename_is_inferred_from_a_like_name_and_type(gone, new, kind):
    """One finding, not a missing and a new column; it blocks even for an optional column."""
    (finding,) = honour(source(), [*changed(**{gone: None}), (new, kind)])
    assert (finding.kind, finding.column, finding.blocks) == (Drift.RENAMED, gone, True)
    assert f"renamed {gone} -> {new}" in finding.message


@pytest.mark.parametrize(("new", "kind"), [("amt", "VARCHAR"), ("shipping_method", "DECIMAL(18,2)")])
def test_another_type_or_name_is_no_rename(new, kind):
    """Then the column is missing, and another is new."""
    findings = honour(source(), [*changed(amount=None), (new, kind)])
    assert [(f.kind, f.column, f.blocks) for f in findings] == [
        (Drift.MISSING, "amount", True),
        (Drift.ADDED, new, False),
    ]


def test_two_renames_are_paired_best_first():
    """Each old name meets the name most like it, whatever their order."""
    findings = honour(
        source(), [*changed(user_id=None, order_id=None), ("orderid", "BIGINT"), ("userid", "BIGINT")]
    )
    assert [f.message.split(":")[0] for f in findings] == [
        "renamed order_id -> orderid",
        "renamed user_id -> userid",
    ]


@pytest.mark.parametrize(
    ("column", "blocks"), [("order_id", True), ("ordered_at", True), ("amount", True), ("note", False)]
)
def test_only_an_optional_column_may_be_missing(column, blocks):
    """Key, business time and required columns block."""
    (finding,) = honour(source(), changed(**{column: None}))
    assert (finding.kind, finding.column, finding.blocks) == (Drift.MISSING, column, blocks)


@pytest.mark.parametrize(
    ("found", "declared", "ok"),
    [
        ("INTEGER", "BIGINT", True),
        ("BIGINT", "INTEGER", False),
        ("UINTEGER", "BIGINT", True),
        ("UBIGINT", "BIGINT", False),
        ("DECIMAL(10,2)", "DECIMAL(18,2)", True),
        ("DECIMAL(18,4)", "DECIMAL(18,2)", False),
        ("DECIMAL(18,2)", "DECIMAL(18,4)", False),
        ("DECIMAL(16,2)", "DECIMAL(18,4)", True),
        ("INTEGER", "DECIMAL(18,2)", False),
        ("DECIMAL(12,0)", "DECIMAL(18,2)", False),
        ("INTEGER", "DECIMAL(10,0)", True),
        ("BIGINT", "DECIMAL(18,0)", False),
        ("FLOAT", "DOUBLE", True),
        ("DOUBLE", "DECIMAL(18,2)", False),
        ("INTEGER", "DOUBLE", True),
        ("BIGINT", "DOUBLE", False),
        ("VARCHAR", "DECIMAL(18,2)", False),
        ("ENUM('a', 'b')", "VARCHAR", True),
        ("text", "varchar(20)", True),
        ("DATE", "TIMESTAMP", False),
        ("TIMESTAMP", "TIMESTAMPTZ", False),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", True),
        ("TIMESTAMP_NS", "TIMESTAMP", True),
        ("numeric(18, 2)", "DECIMAL(18,2)", True),
        ("BIGINT[]", "BIGINT", False),
        ("STRUCT(a INTEGER)", "STRUCT(a INTEGER)", True),
        ("STRUCT(a INTEGER)", "STRUCT(b INTEGER)", False),
    ],
)
def test_a_type_fits_when_nothing_is_lost_or_guessed(found, declared, ok):
    """Whole numbers for money may be cents, and an instant without zone may be local time: both block."""
    assert fits(found, declared) is ok


def test_a_retyped_column_blocks():
    """With what was found and what the contract says."""
    (finding,) = honour(source(), changed(amount="VARCHAR"))
    assert (finding.kind, finding.blocks) == (Drift.RETYPED, True)
    assert finding.message.startswith("amount is VARCHAR, the contract says DECIMAL(18,2)")


def test_types_of_text_files_are_guesses():
    """A CSV of whole amounts looks like BIGINT; a text among numbers is still seen."""
    guessed = changed(amount="BIGINT", note="BIGINT", ordered_at="TIMESTAMP")
    assert honour(source("csv"), guessed) == []
    assert [f.kind for f in honour(source("csv"), changed(amount="VARCHAR"))] == [Drift.RETYPED]


def results(findings, **more):
    days = (date(2026, 3, 31), date(2026, 4, 1))
    return day_results(source(), findings, pipeline="aggregate_profit", days=days, **more)


def test_findings_become_one_result_a_day():
    """Blocking ones fail, harmless ones warn, none passes, an unreadable file is unknown."""
    missing, added = honour(source(), changed(amount=None)), honour(source(), [*FOUND, ("extra", "DATE")])

    assert [r.outcome for r in results(missing)] == [Outcome.FAIL] * 2
    assert [r.outcome for r in results(added)] == [Outcome.WARN] * 2
    assert [r.outcome for r in results([])] == [Outcome.PASS] * 2
    assert [r.outcome for r in results(missing, severity=Severity.WARN)] == [Outcome.WARN] * 2
    assert [r.outcome for r in results([], unreadable="not a Parquet file")] == [Outcome.UNKNOWN] * 2
    first = results(missing)[0]
    assert (first.check, first.dataset, first.observed) == (
        "contract src.orders",
        "src.orders",
        "missing amount",
    )
