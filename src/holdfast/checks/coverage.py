"""The rows of one table are answered by rows of another, such as orders by their costs.

observed: distinct `on` of `against` on the day that have a row in `dataset` satisfying `where`, on any day;
expected: all distinct `on` of `against` on the day; n: the same. The member is `against`'s own; rows without
one are `unallocated`.
Parameters: against; on; where (over dataset's columns); at_least (share); within_days (dataset's rows lie so
near the days under test, default anywhere).
"""

from holdfast.checks.datasets import columns, equal, near, per_day, table, tested
from holdfast.checks.outcomes import EXACT, Measured, judged, no_number, not_applicable, plain, share
from holdfast.checks.parameters import days, names, number, optional_text, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import quoted


def measure(check: Check, scope: Scope) -> str:
    """One row per day of `against` and member."""
    number(check, "at_least")
    on, against = names(check, "on"), text(check, "against")
    where = optional_text(check, "where")
    within = days(check, "within_days", 1) if check.parameter("within_days") is not None else None
    condition = near(scope, check.dataset, within) + (f" AND ({where}\n)" if where else "")
    grouped = (
        f"WITH asked AS (SELECT DISTINCT tested_on, tested_member, {columns(on)}"
        f" FROM {tested(scope, against, check.by)}),"
        f" found AS (SELECT DISTINCT {columns(on)}"
        f" FROM (SELECT {columns(on)} FROM {table(check.dataset)} WHERE {condition}) AS answers"
        f" WHERE EXISTS (SELECT 1 FROM asked WHERE {equal('asked', on, 'answers', on)}))"
        f" SELECT tested_on, tested_member, count(found.{quoted(on[0])}) AS observed, count(*) AS expected,"
        f" count(*) AS n FROM asked LEFT JOIN found ON {equal('found', on, 'asked', on)} GROUP BY ALL"
    )
    return per_day(check, scope, grouped, against)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails below `at_least`; with nothing to cover it is not applicable."""
    numbers = row.numbers()
    if numbers is None:
        return no_number(check, row, scope)
    matched, total = numbers
    against, at_least = text(check, "against"), number(check, "at_least")
    if total <= 0:
        return not_applicable(check, row, scope, f"no rows of {against} to cover")
    ok = matched >= EXACT.multiply(at_least, total)
    detail = f"{plain(matched)} of {plain(total)} {', '.join(names(check, 'on'))} of {against} covered"
    return judged(check, row, scope, ok, plain(share(matched, total)), f"at least {plain(at_least)}", detail)
