"""A key names one row: once within the days under test, and never in the days before or after.

observed: rows whose key occurs more than once under test or also in another day; expected: 0; n: rows.
Rows with a null in the key are not compared: not_null judges them.
Parameters: columns; where.
"""

from decimal import Decimal

from holdfast.checks.datasets import columns, equal, per_day, table, tested, untested
from holdfast.checks.outcomes import Measured, few_bad_rows
from holdfast.checks.parameters import names, optional_text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import quoted


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member; of history only the key columns are read.

    History is searched for the keys under test, not the other way round: the hash table then holds a
    month of keys, not ten million. The engine does not always choose so itself: the range of the first key
    column, said outright, keeps history out of the hash table (1.5 to 0.3 CPU seconds on 11 million keys).
    """
    key = names(check, "columns")
    first = quoted(key[0])
    where = optional_text(check, "where")
    filled = " AND ".join(f"{quoted(each)} IS NOT NULL" for each in key)
    rows = f"SELECT tested_on, tested_member, {columns(key)} FROM {tested(scope, check.dataset, check.by, where)}"
    again = f"SELECT {columns(key)} FROM mine WHERE {filled} GROUP BY ALL HAVING count(*) > 1"
    outside = untested(scope, check.dataset)
    if outside:
        kept = f" AND ({where}\n)" if where else ""
        again += (
            f" UNION SELECT {columns(key)} FROM (SELECT {columns(key)} FROM {table(check.dataset)}"
            f" WHERE {outside}{kept}) AS history"
            f" WHERE history.{first} >= (SELECT min({first}) FROM mine)"
            f" AND history.{first} <= (SELECT max({first}) FROM mine)"
            f" AND EXISTS (SELECT 1 FROM mine WHERE {equal('mine', key, 'history', key)})"
        )
    grouped = (
        f"WITH mine AS ({rows}), again AS ({again})"
        f" SELECT tested_on, tested_member,"
        f" count(*) FILTER (WHERE again.{quoted(key[0])} IS NOT NULL) AS observed, 0 AS expected, count(*) AS n"
        f" FROM mine LEFT JOIN again ON {equal('again', key, 'mine', key)} GROUP BY ALL"
    )
    return per_day(check, scope, grouped, check.dataset)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails on the first repeated key; a day without rows is not applicable."""
    what = f"share their {', '.join(names(check, 'columns'))} with another row"
    return few_bad_rows(check, row, scope, Decimal(0), what)
