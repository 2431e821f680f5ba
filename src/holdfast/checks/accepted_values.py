"""A column holds only known values.

observed: rows with another value (null is for not_null to judge); expected: 0; n: rows.
Parameters: column; values; tolerance (share of rows, default 0); where.
"""

from holdfast.checks.datasets import bad_rows
from holdfast.checks.outcomes import Measured, few_bad_rows
from holdfast.checks.parameters import names, number, optional_text, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import literal, quoted


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member; values are compared as text."""
    number(check, "tolerance", 0)
    known = ", ".join(literal(each) for each in names(check, "values"))
    strange = f"CAST({quoted(text(check, 'column'))} AS VARCHAR) NOT IN ({known})"
    return bad_rows(check, scope, strange, optional_text(check, "where"))


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails when more rows than tolerated hold another value; a day without rows is not applicable."""
    what = f"have a {text(check, 'column')} other than {', '.join(names(check, 'values'))}"
    return few_bad_rows(check, row, scope, number(check, "tolerance", 0), what)
