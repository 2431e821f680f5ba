"""No row lacks a value in the named columns.

observed: rows with a null (NaN in a floating column of a source) in any of `columns`; expected: 0; n: rows.
Parameters: columns; tolerance (share of rows that may lack one, default 0); where.
"""

from holdfast.checks.datasets import bad_rows
from holdfast.checks.outcomes import Measured, few_bad_rows
from holdfast.checks.parameters import names, number, optional_text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.sqltext import quoted

FLOATING = ("DOUBLE", "FLOAT", "REAL", "FLOAT4", "FLOAT8")


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member."""
    number(check, "tolerance", 0)
    missing = " OR ".join(_is_missing(check, scope, column) for column in names(check, "columns"))
    return bad_rows(check, scope, missing, optional_text(check, "where"))


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails when more rows than tolerated lack a value; a day without rows is not applicable."""
    lacking = f"have no {' or no '.join(names(check, 'columns'))}"
    return few_bad_rows(check, row, scope, number(check, "tolerance", 0), lacking)


def _is_missing(check: Check, scope: Scope, column: str) -> str:
    name = quoted(column)
    if check.dataset.startswith(SOURCE_PREFIX):
        declared = scope.source(check.dataset).column(column)
        if declared and declared.kind.upper() in FLOATING:
            return f"{name} IS NULL OR isnan({name})"
    return f"{name} IS NULL"
