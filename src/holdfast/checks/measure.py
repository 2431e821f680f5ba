"""Runs a pipeline's checks over the days under test: one query for all, one each when that fails."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from holdfast.checks.kinds import KINDS
from holdfast.checks.outcomes import Measured, unknown
from holdfast.checks.ports import Probe, ProbeError
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check, CheckKind
from holdfast.errors import DefinitionError


def measure(checks: Sequence[Check], scope: Scope, probe: Probe) -> list[Result]:
    """At least one result per check and day under test, by check, day and segment.

    Contract checks are left out: `contract.day_results` judges them from the files. A check that cannot be
    rendered, run or judged is unknown on every day it could not speak of, and spoils no other.
    """
    results: list[Result] = []
    selects: dict[str, str] = {}
    measured = [check for check in checks if check.kind is not CheckKind.CONTRACT] if scope.days else []
    for check in measured:
        try:
            selects[check.name] = KINDS[check.kind].measure(check, scope)
        except (DefinitionError, ValueError) as error:
            results += _unknown_days(check, scope, str(error))
    rows, failures = _rows(selects, probe)
    for check in measured:
        if check.name in failures:
            results += _unknown_days(check, scope, failures[check.name])
        elif check.name in selects:
            results += _judged(check, rows.get(check.name, []), scope)
    return sorted(results, key=lambda each: (each.check, each.day, each.segment))


def combined(selects: Iterable[str]) -> str:
    """All the SELECTs as one query, so that the engine scans a table once for those that read it."""
    return " UNION ALL ".join(f"SELECT * FROM ({select})" for select in selects)


def _rows(selects: dict[str, str], probe: Probe) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, str]]:
    """Rows by check, and the error text of those that failed."""
    if not selects:
        return {}, {}
    found: dict[str, list[tuple[Any, ...]]] = {}
    failures: dict[str, str] = {}
    try:
        for row in probe.rows(combined(selects.values())):
            found.setdefault(str(row[0]), []).append(row)
        return found, failures
    except ProbeError:
        # The engine does not say whose part failed, and one broken check must not poison its neighbours.
        found.clear()
    for name, select in selects.items():
        try:
            found[name] = probe.rows(select)
        except ProbeError as error:
            failures[name] = str(error)
    return found, failures


def _judged(check: Check, rows: list[tuple[Any, ...]], scope: Scope) -> list[Result]:
    results = []
    for row in rows:
        measured = _measured(row)
        try:
            results.append(KINDS[check.kind].judge(check, measured, scope))
        except DefinitionError as error:
            results.append(unknown(check, measured, scope, str(error)))
    spoken_of = {result.day for result in results}
    silent = [day for day in scope.days if day not in spoken_of]
    return results + _unknown_days(check, scope, "the check said nothing about this day", silent)


def _measured(row: tuple[Any, ...]) -> Measured:
    name, day, segment, observed, expected, n = row
    return Measured(str(name), day, str(segment), _decimal(observed), _decimal(expected), int(n or 0))


def _decimal(value: object) -> Decimal | None:
    """The number, None for null and NaN; measured columns are DECIMAL, so nothing else is expected."""
    if isinstance(value, Decimal | int):
        number = Decimal(value)
        return number if number.is_finite() else None
    return None


def _unknown_days(check: Check, scope: Scope, why: str, days: Iterable[date] | None = None) -> list[Result]:
    return [
        unknown(check, Measured(check.name, day, "", None, None, 0), scope, why)
        for day in (scope.days if days is None else days)
    ]
