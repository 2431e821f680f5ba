"""The day has about as many rows as the same weekday lately.

observed: rows of the day and member; expected: rows of all baseline days together; n: baseline days.
Baseline days are the same weekday within `over_days` before that have rows and are neither closed nor annotated.
Parameters: min_ratio; max_ratio (one may be left out); over_days (default 28); expected (source whose closed
days count; default: those that feed the dataset's day); where.
"""

from decimal import Decimal

from holdfast.checks.datasets import counted, days, per_day
from holdfast.checks.outcomes import EXACT, Measured, judged, no_number, not_applicable, plain, share
from holdfast.checks.parameters import days as days_of
from holdfast.checks.parameters import optional_number, optional_text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.errors import DefinitionError
from holdfast.sqltext import literal


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member seen on it or on a baseline day."""
    _limits(check)
    over = days_of(check, "over_days", 28)
    excluded = ", ".join(literal(day) for day in scope.incomparable(check, check.holds, over))
    comparable = f" AND c.tested_on NOT IN ({excluded})" if excluded else ""
    grouped = (
        f"WITH counts AS {counted(scope, check, over, optional_text(check, 'where'))},"
        f" asked AS (SELECT DISTINCT tested_on FROM {days(scope, check.dataset)}),"
        f" baseline AS (SELECT d.tested_on, c.tested_on AS before_on"
        f" FROM asked AS d JOIN (SELECT DISTINCT tested_on FROM counts) AS c"
        f" ON c.tested_on < d.tested_on AND c.tested_on >= d.tested_on - {over}"
        f" WHERE (d.tested_on - c.tested_on) % 7 = 0{comparable}),"
        f" sizes AS (SELECT tested_on, count(*) AS size FROM baseline GROUP BY tested_on)"
        f" SELECT p.tested_on, c.tested_member,"
        f" coalesce(sum(c.amount) FILTER (WHERE p.before_on = p.tested_on), 0) AS observed,"
        f" coalesce(sum(c.amount) FILTER (WHERE p.before_on < p.tested_on), 0) AS expected,"
        f" coalesce(max(s.size), 0) AS n"
        f" FROM (SELECT * FROM baseline UNION ALL SELECT tested_on, tested_on FROM asked) AS p"
        f" JOIN counts AS c ON c.tested_on = p.before_on LEFT JOIN sizes AS s ON s.tested_on = p.tested_on"
        f" GROUP BY p.tested_on, c.tested_member"
    )
    return per_day(check, scope, grouped, check.dataset)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails outside the ratios, ends included; not applicable on closed or annotated days and without baseline.

    A member that no baseline day had is new: not applicable.
    """
    if scope.is_closed(check, row.day):
        return not_applicable(check, row, scope, "closed day")
    if scope.is_annotated(row.day, check.holds):
        return not_applicable(check, row, scope, "annotated day")
    numbers = row.numbers()
    if numbers is None:
        return no_number(check, row, scope)
    rows, before = numbers
    if row.n <= 0 or before <= 0:
        return not_applicable(check, row, scope, "no comparable day before")
    low, high = _limits(check)
    ratio = share(EXACT.multiply(rows, Decimal(row.n)), before)
    ok = (low is None or ratio >= low) and (high is None or ratio <= high)
    usual = EXACT.quantize(EXACT.divide(before, Decimal(row.n)), Decimal("0.1"))
    expected = f"{'' if low is None else plain(low)}..{'' if high is None else plain(high)} of {plain(usual)}"
    detail = f"{plain(ratio)} of the usual {plain(usual)} rows, the average of {row.n} such weekdays"
    return judged(check, row, scope, ok, plain(rows), expected, detail)


def _limits(check: Check) -> tuple[Decimal | None, Decimal | None]:
    low, high = optional_number(check, "min_ratio"), optional_number(check, "max_ratio")
    if low is None and high is None:
        raise DefinitionError(
            f"{check.file}:{check.line}: check '{check.name}' has neither `min_ratio` nor `max_ratio`; "
            f"give at least one."
        )
    return low, high
