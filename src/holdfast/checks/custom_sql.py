"""The team's own query: every row it returns is a failure.

observed: rows returned for the day and member; expected: 0; n: the same.
Parameters: sql (one SELECT); days_back (source rows of so many days before those under test can be read, at least 1,
default 45). Its columns `day` and `segment` are optional: without `day`, or where it is null, a
row fails every day under test; `segment` holds `region=EU`, or with `by: region` a column `region` holds the
member. Rows for days not under test do not count; the query may read due_days.
"""

from decimal import Decimal

from holdfast.checks.datasets import NUMBER, UNALLOCATED
from holdfast.checks.outcomes import Measured, judged, no_number, plain
from holdfast.checks.parameters import text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.sqltext import literal, quoted


def measure(check: Check, scope: Scope) -> str:
    """One row per day and segment returned, and one for each day without.

    A column the query lacks is taken from the days around it: an unqualified name means the inner column
    when there is one. So no second query is needed to ask which columns it has. The query itself stands
    outside, where it cannot mistake those names for its own.
    """
    query = text(check, "sql").strip().rstrip(";").rstrip()
    absent = "<none>"
    column = check.by or "segment"
    missing = literal(UNALLOCATED) if check.by else "''"
    prefix = f"{literal(check.by + '=')} || " if check.by else ""
    return (
        f"WITH returned AS ({query}\n)"
        f" SELECT {literal(check.name)} AS check_name, d.tested_on AS day,"
        f" coalesce(CASE WHEN f.member = {literal(absent)} THEN '' ELSE {prefix}f.member END, '') AS segment,"
        f" CAST(coalesce(f.amount, 0) AS {NUMBER}) AS observed, CAST(0 AS {NUMBER}) AS expected,"
        f" CAST(coalesce(f.amount, 0) AS BIGINT) AS n"
        f" FROM (SELECT day AS tested_on FROM due_days) AS d LEFT JOIN ("
        f"SELECT o.tested_on, o.member, count(*) AS amount"
        f" FROM (SELECT day, day AS tested_on, {literal(absent)} AS {quoted(column)} FROM due_days) AS outside,"
        f" LATERAL (SELECT outside.tested_on, coalesce(CAST({quoted(column)} AS VARCHAR), {missing}) AS member"
        f" FROM returned"
        f" WHERE coalesce(CAST(day AS DATE), outside.tested_on) = outside.tested_on) AS o"
        f" GROUP BY o.tested_on, o.member"
        f") AS f ON f.tested_on = d.tested_on"
    )


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails on the first returned row; none passes, also on a day without data."""
    numbers = row.numbers()
    if numbers is None:
        return no_number(check, row, scope)
    rows = numbers[0]
    what = check.sentence or f"see {check.file}"
    return judged(
        check, row, scope, rows <= Decimal(0), plain(rows), "0", f"{plain(rows)} rows returned: {what}"
    )
