"""All rows of a day and member are in one known currency.

observed: rows not in the expected currency (without `expected`: in the one most rows of the day and member
have), or in none that is known; expected: 0; n: rows.
Parameters: column (default currency); expected (a currency code); known (codes; default: any three capital
letters); where. Rows labelled with a wrong code are invisible here: a band or a reconciliation sees those.
"""

from decimal import Decimal

from holdfast.checks.datasets import bad_rows, per_day, tested
from holdfast.checks.outcomes import Measured, few_bad_rows
from holdfast.checks.parameters import names, optional_text, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import literal, quoted


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member; null is not a known currency."""
    column, where = text(check, "column", "currency"), optional_text(check, "where")
    expected = optional_text(check, "expected")
    if expected:
        return bad_rows(check, scope, f"{quoted(column)} IS DISTINCT FROM {literal(expected)}", where)
    known = f"regexp_full_match(code, {literal('[A-Z]{3}')})"
    if check.parameter("known") is not None:
        known = f"code IN ({', '.join(literal(each) for each in names(check, 'known'))})"
    grouped = (
        f"SELECT tested_on, tested_member,"
        f" sum(amount) - coalesce(max(amount) FILTER (WHERE {known}), 0) AS observed, 0 AS expected,"
        f" sum(amount) AS n"
        f" FROM (SELECT tested_on, tested_member, {quoted(column)} AS code, count(*) AS amount"
        f" FROM {tested(scope, check.dataset, check.by, where)} GROUP BY ALL) GROUP BY ALL"
    )
    return per_day(check, scope, grouped, check.dataset)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails on the first row of another or an unknown currency; a day without rows is not applicable."""
    expected = optional_text(check, "expected") or "the day's one known currency"
    return few_bad_rows(check, row, scope, Decimal(0), f"are not in {expected}")
