"""From a measured row to a result: one place for severities, unknowns and how numbers are written."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from holdfast.checks.results import Outcome, Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check, Severity

EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Wide enough that no product of two measured numbers is rounded."""
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of a check's query; what observed, expected and n count is said by the check's kind."""

    check: str
    day: date
    segment: str
    observed: Decimal | None
    expected: Decimal | None
    n: int

    def numbers(self) -> tuple[Decimal, Decimal] | None:
        """(observed, expected) to six decimals, or None when either is missing, not a number, or too large."""
        if self.observed is None or self.expected is None:
            return None
        if not all(each.is_finite() and each.adjusted() < 38 for each in (self.observed, self.expected)):
            return None
        return EXACT.quantize(self.observed, MICRO), EXACT.quantize(self.expected, MICRO)


def concluded(
    check: Check,
    row: Measured,
    scope: Scope,
    outcome: Outcome,
    observed: str,
    expected: str,
    detail: str = "",
) -> Result:
    """The row's result. A failure of a check that only warns is a warning."""
    if outcome is Outcome.FAIL and check.severity is Severity.WARN:
        outcome = Outcome.WARN
    return Result(
        check=check.name,
        pipeline=scope.pipeline.name,
        dataset=check.dataset,
        day=row.day,
        segment=row.segment,
        outcome=outcome,
        severity=check.severity,
        observed=observed,
        expected=expected,
        detail=detail,
        holds=check.holds,
    )


def judged(
    check: Check, row: Measured, scope: Scope, ok: bool, observed: str, expected: str, detail: str
) -> Result:
    """PASS without detail, or the failure with it."""
    outcome = Outcome.PASS if ok else Outcome.FAIL
    return concluded(check, row, scope, outcome, observed, expected, "" if ok else detail)


def not_applicable(check: Check, row: Measured, scope: Scope, why: str) -> Result:
    """Nothing to judge by declaration: never holds, and is shown."""
    return concluded(check, row, scope, Outcome.NOT_APPLICABLE, "", "", why)


def unknown(check: Check, row: Measured, scope: Scope, why: str) -> Result:
    """The check could not say: never passes."""
    return concluded(check, row, scope, Outcome.UNKNOWN, "", "", why)


def no_number(check: Check, row: Measured, scope: Scope) -> Result:
    """The measurement is null or not a number."""
    return unknown(check, row, scope, f"{check.dataset} gave no number to judge (null, NaN, or too large)")


def few_bad_rows(check: Check, row: Measured, scope: Scope, tolerance: Decimal, what: str) -> Result:
    """For kinds where observed counts bad rows among n: at most `tolerance` of them may be bad.

    No rows: not applicable, since whether rows should be there is for completeness to say.
    """
    numbers = row.numbers()
    if numbers is None:
        return no_number(check, row, scope)
    if row.n <= 0:
        return not_applicable(check, row, scope, "no rows")
    bad = numbers[0]
    ok = bad <= EXACT.multiply(tolerance, Decimal(row.n))
    allowed = f"at most {plain(tolerance)} of {row.n} rows" if tolerance else "0"
    return judged(check, row, scope, ok, plain(bad), allowed, f"{plain(bad)} of {row.n} rows {what}")


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Part / |whole| to six decimals, half-even; the whole is not zero. The sign follows the part."""
    return EXACT.quantize(EXACT.divide(part, whole.copy_abs()), MICRO)


def plain(value: Decimal) -> str:
    """The number without exponent or trailing zeros."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
