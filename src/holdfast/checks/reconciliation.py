"""Two tables agree on a count or a sum per day.

observed: count or sum of `dataset`; expected: the same of `against`; n: rows on both sides together.
Parameters: against; compare (count, the default, or sum); column and against_column (default: column) for
sums; tolerance (share of the absolute expected value, default 0); against_day (day column of `against`, when it
is not the declared one); where (over dataset); against_where. `by` must be a column of both.
"""

from holdfast.checks.datasets import per_day, tested
from holdfast.checks.outcomes import EXACT, Measured, judged, no_number, not_applicable, plain, share, unknown
from holdfast.checks.parameters import number, one_of, optional_text, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import quoted

COMPARE = ("count", "sum")


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member of either side.

    A side without rows counts 0. Its sum is 0 on the dataset's side; on the other it is null: nothing to
    compare with is not the same as zero.
    """
    number(check, "tolerance", 0)
    against = text(check, "against")
    summed = one_of(check, "compare", COMPARE) == "sum"
    mine, theirs = "count(*)", "count(*)"
    if summed:
        column = text(check, "column")
        mine = f"sum({quoted(column)})"
        theirs = f"sum({quoted(optional_text(check, 'against_column') or column)})"
    my_rows = tested(scope, check.dataset, check.by, optional_text(check, "where"))
    their_rows = tested(
        scope, against, check.by, optional_text(check, "against_where"), optional_text(check, "against_day")
    )
    grouped = (
        f"SELECT tested_on, tested_member,"
        f" CASE WHEN mine.amount IS NULL THEN 0 ELSE mine.value END AS observed,"
        f" CASE WHEN theirs.amount IS NULL THEN {'NULL' if summed else '0'} ELSE theirs.value END AS expected,"
        f" coalesce(mine.amount, 0) + coalesce(theirs.amount, 0) AS n"
        f" FROM (SELECT tested_on, tested_member, {mine} AS value, count(*) AS amount FROM {my_rows} GROUP BY ALL)"
        f" AS mine FULL JOIN"
        f" (SELECT tested_on, tested_member, {theirs} AS value, count(*) AS amount FROM {their_rows} GROUP BY ALL)"
        f" AS theirs USING (tested_on, tested_member)"
    )
    return per_day(check, scope, grouped, check.dataset)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails when they differ by more than the tolerance times the absolute expected value.

    Expected zero tolerates nothing but zero. No rows on either side: not applicable. A sum with no rows to
    compare with: unknown.
    """
    numbers = row.numbers()
    against = text(check, "against")
    if row.n <= 0:
        return not_applicable(check, row, scope, f"no rows in {check.dataset} or {against}")
    if row.expected is None:
        return unknown(check, row, scope, f"{against} has no number for this day")
    if numbers is None:
        return no_number(check, row, scope)
    mine, theirs = numbers
    tolerance = number(check, "tolerance", 0)
    gap = EXACT.subtract(mine, theirs)
    ok = gap.copy_abs() <= EXACT.multiply(tolerance, theirs.copy_abs())
    percent = f", {plain(share(EXACT.multiply(gap, 100), theirs))} %" if theirs else ""
    within = f"{plain(theirs)} within {plain(tolerance)}" if tolerance else plain(theirs)
    return judged(
        check, row, scope, ok, plain(mine), within, f"differs from {against} by {plain(gap)}{percent}"
    )
