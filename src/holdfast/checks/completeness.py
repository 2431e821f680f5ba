"""Every expected day has rows, in every member that was there lately.

observed: rows of the day and member; expected: 1 when rows must be there, else 0; n: on how many of the 28 days
before the member had rows.
Parameters: expected (source whose closed days need no rows; default: those that feed the dataset's day);
seen_on (days of the 28 a member must have had rows on to be expected, default 1); where.
"""

from holdfast.checks.datasets import UNALLOCATED, counted, days, per_day
from holdfast.checks.outcomes import Measured, judged, no_number, not_applicable, plain
from holdfast.checks.parameters import days as days_of
from holdfast.checks.parameters import optional_text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import literal

LOOK_BACK_DAYS = 28


def measure(check: Check, scope: Scope) -> str:
    """One row per day and member seen on it or in the 28 days before.

    Rows without a member are no member: their absence is never missed.
    """
    seen_on = days_of(check, "seen_on", 1)
    scope.is_closed(check, scope.hull.start)
    grouped = (
        f"WITH counts AS {counted(scope, check, LOOK_BACK_DAYS, optional_text(check, 'where'))}"
        f" SELECT d.tested_on, c.tested_member,"
        f" coalesce(sum(c.amount) FILTER (WHERE c.tested_on = d.tested_on), 0) AS observed,"
        f" CASE WHEN count(*) FILTER (WHERE c.tested_on < d.tested_on) >= {seen_on} THEN 1 ELSE 0 END AS expected,"
        f" count(*) FILTER (WHERE c.tested_on < d.tested_on) AS n"
        f" FROM (SELECT DISTINCT tested_on FROM {days(scope, check.dataset)}) AS d JOIN counts AS c"
        f" ON c.tested_on <= d.tested_on AND c.tested_on >= d.tested_on - {LOOK_BACK_DAYS}"
        f" WHERE c.tested_on = d.tested_on OR c.tested_member <> {literal(UNALLOCATED)}"
        f" GROUP BY d.tested_on, c.tested_member"
    )
    return per_day(check, scope, grouped, check.dataset)


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails without rows; not applicable before the pipeline's start and on closed days."""
    if row.day < scope.pipeline.starts_on:
        return not_applicable(check, row, scope, f"before the pipeline starts on {scope.pipeline.starts_on}")
    if scope.is_closed(check, row.day):
        return not_applicable(check, row, scope, "closed day")
    numbers = row.numbers()
    if numbers is None:
        return no_number(check, row, scope)
    rows, must = numbers
    if row.segment and rows <= 0 and must <= 0:
        return not_applicable(check, row, scope, f"seen on {row.n} of the {LOOK_BACK_DAYS} days before")
    seen = f", which had rows on {row.n} of the {LOOK_BACK_DAYS} days before" if row.n else ""
    where = f" for {row.segment}" if row.segment else ""
    return judged(
        check, row, scope, rows > 0, plain(rows), "rows", f"{check.dataset} has no rows{where}{seen}"
    )
