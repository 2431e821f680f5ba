"""SQL relations over the session: the rows under test, the rows around them, and one row per day."""

from datetime import date, timedelta

from holdfast.calendars import DAY
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.source import OverTime
from holdfast.errors import DefinitionError
from holdfast.sqltext import literal, quoted

UNALLOCATED = "unallocated"
NUMBER = "DECIMAL(38,6)"
_NO_DAY = date(1, 1, 1)
"""Stands for the day of every row of a source that has no days."""


def table(dataset: str) -> str:
    """The working rows of a dataset: what the builder would publish for days under test, history elsewhere."""
    if dataset.startswith(SOURCE_PREFIX):
        return f"src.{quoted(dataset.removeprefix(SOURCE_PREFIX))}"
    return quoted(dataset)


def tested(
    scope: Scope, dataset: str, by: str | None, where: str | None = None, day: str | None = None
) -> str:
    """The rows under test: the dataset's columns, `tested_on` and `tested_member`.

    `tested_on` is the first day of the row's period: the day itself but for roll-ups. `day` overrides the
    dataset's day column.
    """
    column = day or day_column(scope, dataset)
    is_source = dataset.startswith(SOURCE_PREFIX)
    rows = table(dataset) if is_source else f"candidate.{quoted(dataset)}"
    tested_on = quoted(column) if column else literal(_NO_DAY)
    condition = " AND ".join([_is_tested(scope, dataset, column), *([f"({where}\n)"] if where else [])])
    return (
        f"(SELECT *, {tested_on} AS tested_on, {member(by)} AS tested_member FROM {rows} WHERE {condition})"
    )


def counted(scope: Scope, check: Check, days_before: int, where: str | None) -> str:
    """Rows per day and member of the working table, from `days_before` the first tested day on.

    Columns tested_on, tested_member, amount.
    """
    column = day_column(scope, check.dataset)
    if column is None:
        return (
            f"(SELECT tested_on, tested_member, count(*) AS amount "
            f"FROM {tested(scope, check.dataset, check.by, where)} GROUP BY ALL)"
        )
    starts = [first for _, first in _tested_starts(scope, check.dataset)]
    first, last = min(starts) - timedelta(days=days_before), max(starts)
    day = quoted(column)
    condition = f"{day} >= {literal(first)} AND {day} <= {literal(last)}" + (
        f" AND ({where}\n)" if where else ""
    )
    return (
        f"(SELECT {day} AS tested_on, {member(check.by)} AS tested_member, count(*) AS amount "
        f"FROM {table(check.dataset)} WHERE {condition} GROUP BY ALL)"
    )


def untested(scope: Scope, dataset: str) -> str | None:
    """The condition that keeps working rows of days not under test; None when the dataset has no days."""
    column = day_column(scope, dataset)
    if column is None:
        return None
    day = quoted(column)
    starts = [first for _, first in _tested_starts(scope, dataset)]
    if _is_plain(scope, dataset):
        # Two bounds skip whole Parquet parts; a list of days would read them all.
        return f"({day} < {literal(scope.hull.start)} OR {day} >= {literal(scope.hull.end)})"
    return f"{day} NOT IN ({', '.join(literal(each) for each in sorted(set(starts)))})"


def near(scope: Scope, dataset: str, within_days: int | None) -> str:
    """The condition that keeps working rows within so many days of those under test; TRUE when unlimited."""
    column = day_column(scope, dataset)
    if within_days is None or column is None:
        return "TRUE"
    far = timedelta(days=within_days)
    day = quoted(column)
    return f"({day} >= {literal(scope.hull.start - far)} AND {day} < {literal(scope.hull.end + far)})"


def days(scope: Scope, dataset: str | None) -> str:
    """Every day under test beside the `tested_on` its rows carry; columns day, tested_on. None: plain days."""
    if dataset is None or (day_column(scope, dataset) and not _is_rollup(scope, dataset)):
        return "(SELECT day, day AS tested_on FROM due_days)"
    if day_column(scope, dataset) is None:
        return f"(SELECT day, {literal(_NO_DAY)} AS tested_on FROM due_days)"
    pairs = ", ".join(f"({literal(day)}, {literal(first)})" for day, first in _tested_starts(scope, dataset))
    return f"(SELECT day, tested_on FROM (VALUES {pairs}) AS pairs(day, tested_on))"


def per_day(check: Check, scope: Scope, grouped: str, dataset: str | None, absent: str = "0") -> str:
    """The check's SELECT: one row per day and member of `grouped`, and one for a day it has no row of.

    `grouped` has columns tested_on, tested_member, observed, expected, n. What cannot be a DECIMAL becomes
    null there, so one bad day spoils itself only. `absent` is observed and expected of a day without a row.
    """
    prefix = f"{literal(check.by + '=')} || " if check.by else ""
    return (
        f"SELECT {literal(check.name)} AS check_name, d.day AS day,"
        f" CASE WHEN g.tested_on IS NULL THEN '' ELSE {prefix}g.tested_member END AS segment,"
        f" CASE WHEN g.tested_on IS NULL THEN {absent} ELSE TRY_CAST(g.observed AS {NUMBER}) END AS observed,"
        f" CASE WHEN g.tested_on IS NULL THEN {absent} ELSE TRY_CAST(g.expected AS {NUMBER}) END AS expected,"
        f" CAST(coalesce(g.n, 0) AS BIGINT) AS n"
        f" FROM {days(scope, dataset)} AS d LEFT JOIN ({grouped}) AS g ON g.tested_on = d.tested_on"
    )


def bad_rows(check: Check, scope: Scope, condition: str, where: str | None = None) -> str:
    """The SELECT of a check that counts rows for which the condition is true: observed of n, expected 0."""
    grouped = (
        f"SELECT tested_on, tested_member, count(*) FILTER (WHERE {condition}) AS observed, 0 AS expected,"
        f" count(*) AS n FROM {tested(scope, check.dataset, check.by, where)} GROUP BY ALL"
    )
    return per_day(check, scope, grouped, check.dataset)


def member(by: str | None) -> str:
    """The row's member in dimension `by`, never null; "" without a dimension."""
    return f"coalesce(CAST({quoted(by)} AS VARCHAR), {literal(UNALLOCATED)})" if by else "''"


def day_column(scope: Scope, dataset: str) -> str | None:
    """The column that says to which day a row belongs; None for a source without days."""
    if not dataset.startswith(SOURCE_PREFIX):
        return scope.model(dataset).day
    return "business_on" if scope.source(dataset).over_time is OverTime.DAYS else None


def columns(names: tuple[str, ...], alias: str = "") -> str:
    """The names quoted, with commas."""
    return ", ".join(f"{alias}.{quoted(name)}" if alias else quoted(name) for name in names)


def equal(mine: str, my_names: tuple[str, ...], theirs: str, their_names: tuple[str, ...]) -> str:
    """The condition that pairs rows of two relations, column by column.

    Never a comparison of row values: the engine then hashes structs and reads ten million keys that the
    range of the small side would have let it skip (0.6 against 0.1 CPU seconds).
    """
    pairs = zip(my_names, their_names, strict=True)
    return " AND ".join(f"{mine}.{quoted(a)} = {theirs}.{quoted(b)}" for a, b in pairs)


def _is_rollup(scope: Scope, dataset: str) -> bool:
    return not dataset.startswith(SOURCE_PREFIX) and scope.model(dataset).period != DAY


def _is_plain(scope: Scope, dataset: str) -> bool:
    return len(scope.days.intervals) == 1 and not _is_rollup(scope, dataset)


def _is_tested(scope: Scope, dataset: str, column: str | None) -> str:
    if column is None:
        return "TRUE"
    day = quoted(column)
    if _is_rollup(scope, dataset):
        starts = sorted({first for _, first in _tested_starts(scope, dataset)})
        return f"{day} IN ({', '.join(literal(each) for each in starts)})"
    hull = f"{day} >= {literal(scope.hull.start)} AND {day} < {literal(scope.hull.end)}"
    return hull if _is_plain(scope, dataset) else f"{hull} AND {day} IN (SELECT day FROM due_days)"


def _tested_starts(scope: Scope, dataset: str) -> list[tuple[date, date]]:
    """(day, first day of its partition) of each day under test that the calendar knows."""
    if not _is_rollup(scope, dataset):
        return [(day, day) for day in scope.days]
    grain = scope.model(dataset).period
    periods = ((day, scope.calendar.of_day(grain, day)) for day in scope.days)
    starts = [(day, period.interval.start) for day, period in periods if period]
    if not starts:
        raise DefinitionError(f"calendar.csv has no {grain} that holds {scope.days}; add a row for it")
    return starts
