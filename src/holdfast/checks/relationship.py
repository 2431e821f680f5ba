"""Every row finds its partner in another table.

observed: rows whose filled `columns` have no equal in `to`; expected: 0; n: rows.
Rows with a null among the columns point nowhere and are not judged.
Parameters: columns; to (a model, or src.NAME); to_columns (default: columns); tolerance (share of rows,
default 0); within_days (partners lie so near the days under test, default anywhere); where.
"""

from holdfast.checks.datasets import columns, equal, near, per_day, table, tested
from holdfast.checks.outcomes import Measured, few_bad_rows
from holdfast.checks.parameters import days, names, number, optional_text, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.errors import DefinitionError
from holdfast.sqltext import quoted


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member."""
    number(check, "tolerance", 0)
    mine, to = names(check, "columns"), text(check, "to")
    theirs = names(check, "to_columns") if check.parameter("to_columns") is not None else mine
    if len(mine) != len(theirs):
        raise DefinitionError(
            f"{check.file}:{check.line}: check '{check.name}' compares {len(mine)} columns "
            f"with {len(theirs)} to_columns; name as many of each."
        )
    within = days(check, "within_days", 1) if check.parameter("within_days") is not None else None
    filled = " AND ".join(f"{quoted(each)} IS NOT NULL" for each in mine)
    rows = tested(scope, check.dataset, check.by, optional_text(check, "where"))
    grouped = (
        f"WITH mine AS (SELECT tested_on, tested_member, {columns(mine)}, {filled} AS is_filled FROM {rows}),"
        f" partners AS (SELECT DISTINCT {columns(theirs)}"
        f" FROM (SELECT {columns(theirs)} FROM {table(to)} WHERE {near(scope, to, within)}) AS others"
        f" WHERE EXISTS (SELECT 1 FROM mine WHERE {equal('mine', mine, 'others', theirs)}))"
        f" SELECT tested_on, tested_member,"
        f" count(*) FILTER (WHERE is_filled AND partners.{quoted(theirs[0])} IS NULL) AS observed,"
        f" 0 AS expected, count(*) AS n"
        f" FROM mine LEFT JOIN partners ON {equal('mine', mine, 'partners', theirs)} GROUP BY ALL"
    )
    return per_day(check, scope, grouped, check.dataset)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails when more rows than tolerated find none; a day without rows is not applicable."""
    what = f"have no partner in {text(check, 'to')} by {', '.join(names(check, 'columns'))}"
    return few_bad_rows(check, row, scope, number(check, "tolerance", 0), what)
