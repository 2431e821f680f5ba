"""A source's rows for the day arrived by its deadline: the day's end plus `arrives_within`.

observed: days by which the first rows came late, or by which the last ones came later than `late_rows_within`
allows, whichever is more; expected: 0; n: rows. Arrivals are known to the day.
Parameters: none; the dataset is src.NAME.
"""

from datetime import UTC, datetime

from holdfast.checks.datasets import NUMBER
from holdfast.checks.outcomes import Measured, judged, no_number, not_applicable, plain, unknown
from holdfast.checks.results import Result
from holdfast.checks.scope import Landed, Scope
from holdfast.definitions.check import Check
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.source import Source
from holdfast.errors import DefinitionError
from holdfast.sqltext import literal


def measure(check: Check, scope: Scope) -> str:
    """One row per day, made of values: when files arrived is not in the tables."""
    if not check.dataset.startswith(SOURCE_PREFIX):
        raise DefinitionError(
            f"{check.file}:{check.line}: check '{check.name}' asks when {check.dataset} arrived; "
            f"only a source (src.NAME) arrives."
        )
    source = scope.source(check.dataset)
    landed = scope.landed.get(source.name, {})
    rows = []
    for day in scope.days:
        arrived = landed.get(day)
        late = _days_late(source, arrived, scope.due_at(source, day)) if arrived else 0
        rows.append(f"({literal(day)}, {late}, {arrived.rows if arrived else 0})")
    return (
        f"SELECT {literal(check.name)} AS check_name, day, '' AS segment, CAST(late AS {NUMBER}) AS observed,"
        f" CAST(0 AS {NUMBER}) AS expected, CAST(landed AS BIGINT) AS n"
        f" FROM (VALUES {', '.join(rows)}) AS arrivals(day, late, landed)"
    )


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails when late, or still absent after the deadline; absent before it is unknown; closed is not applicable."""
    numbers = row.numbers()
    if numbers is None:
        return no_number(check, row, scope)
    due_at = scope.due_at(scope.source(check.dataset), row.day)
    by = f"by {due_at:%Y-%m-%d %H:%M} UTC"
    if row.n > 0:
        late = numbers[0]
        return judged(
            check, row, scope, late <= 0, f"{plain(late)} days late", by, f"rows came {plain(late)} days late"
        )
    if row.day in scope.source(check.dataset).closed:
        return not_applicable(check, row, scope, "closed day")
    if scope.now < due_at:
        return unknown(check, row, scope, f"nothing has arrived yet; due {by}")
    return judged(check, row, scope, False, "nothing arrived", by, f"no rows of {check.dataset} arrived {by}")


def _days_late(source: Source, arrived: Landed, due_at: datetime) -> int:
    due_on = due_at.astimezone(UTC).date()
    last_due_on = (due_at + source.late_rows_within).astimezone(UTC).date()
    return max((arrived.first_on - due_on).days, (arrived.last_on - last_due_on).days, 0)
