"""A metric moved less than so many percent, against yesterday, an average, or the same weekday lately.

observed: the day's value; expected: the baseline days' values together; n: baseline days.
Baseline days are the last comparable ones: with a value, neither closed nor annotated; one for `yesterday`,
`over_days` for `average`, found within twice as many days and two weeks more; the last four of the same weekday
within ten weeks for `weekday`.
Parameters: metric; against (yesterday, the default, average or weekday); over_days (default 7); percent; expected
(source whose closed days count). The brief's own thresholds are false alarms on most real series (FAULTS.md 10): declare
them with severity warn.
"""

from decimal import Decimal

from holdfast.checks.datasets import per_day
from holdfast.checks.figures import figures
from holdfast.checks.outcomes import EXACT, Measured, judged, no_number, not_applicable, plain, unknown
from holdfast.checks.parameters import days as days_of
from holdfast.checks.parameters import number, one_of, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import literal

AGAINST = ("yesterday", "average", "weekday")
WEEKDAYS = 4
"""Baseline days of `weekday`."""


def measure(check: Check, scope: Scope) -> str:
    """One row per day and segment that has a figure on the day."""
    metric = text(check, "metric")
    number(check, "percent")
    against = one_of(check, "against", AGAINST)
    over = {"yesterday": 1, "average": days_of(check, "over_days", 7), "weekday": WEEKDAYS}[against]
    back = 70 if against == "weekday" else 2 * over + 14
    same = " AND (d.day - f.tested_on) % 7 = 0" if against == "weekday" else ""
    excluded = ", ".join(literal(day) for day in scope.incomparable(check, (metric,), back))
    comparable = f" AND f.tested_on NOT IN ({excluded})" if excluded else ""
    grouped = (
        f"WITH daily AS {figures(scope, (metric,), check.by, back)},"
        f" ranked AS (SELECT d.day AS tested_on, f.tested_member, f.value, row_number() OVER"
        f" (PARTITION BY d.day, f.tested_member ORDER BY f.tested_on DESC NULLS LAST) AS place"
        f" FROM due_days AS d JOIN daily AS f ON f.tested_on < d.day AND f.tested_on >= d.day - {back}"
        f" WHERE f.value IS NOT NULL{same}{comparable}),"
        f" baseline AS (SELECT tested_on, tested_member, sum(value) AS total, count(*) AS size"
        f" FROM ranked WHERE place <= {over} GROUP BY tested_on, tested_member)"
        f" SELECT t.tested_on, t.tested_member, t.value AS observed, coalesce(b.total, 0) AS expected,"
        f" coalesce(b.size, 0) AS n"
        f" FROM daily AS t LEFT JOIN baseline AS b USING (tested_on, tested_member)"
    )
    return per_day(check, scope, grouped, None, absent="NULL")


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails when the change exceeds `percent` of the absolute baseline, so a smaller loss is a rise.

    Not applicable on closed and annotated days, without baseline, and from a baseline of zero, of which
    nothing is a percentage. No figure for the day: unknown.
    """
    metric = text(check, "metric")
    if scope.is_closed(check, row.day):
        return not_applicable(check, row, scope, "closed day")
    if scope.is_annotated(row.day, (metric,)):
        return not_applicable(check, row, scope, "annotated day")
    numbers = row.numbers()
    if numbers is None:
        return (
            unknown(check, row, scope, f"no {metric} for this day")
            if row.observed is None
            else no_number(check, row, scope)
        )
    today, before = numbers
    if row.n <= 0:
        return not_applicable(check, row, scope, "no comparable day before")
    baseline = EXACT.divide(before, Decimal(row.n))
    if baseline == 0:
        return not_applicable(check, row, scope, f"the baseline is 0, {metric} is {plain(today)}")
    percent = number(check, "percent")
    change = EXACT.divide(EXACT.multiply(EXACT.subtract(today, baseline), Decimal(100)), baseline.copy_abs())
    moved = plain(EXACT.quantize(change, Decimal("0.01")))
    usual = plain(EXACT.quantize(baseline, Decimal("0.0001")))
    detail = f"{metric} moved {moved} % from {usual}"
    return judged(
        check,
        row,
        scope,
        change.copy_abs() <= percent,
        plain(today),
        f"within {plain(percent)} % of {usual}",
        detail,
    )
