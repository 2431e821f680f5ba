"""A ratio of two metrics lies in a band, per day and segment.

observed: the numerator's day value; expected: the denominator's; n: how many of the two have a row.
Parameters: numerator; denominator (metric ids); min; max (one of them may be left out); expected (source whose
closed days excuse a day without figures). `by` is a dimension of the figures; without it the total is judged.
"""

from decimal import Decimal

from holdfast.checks.datasets import per_day
from holdfast.checks.figures import figures
from holdfast.checks.outcomes import Measured, judged, no_number, not_applicable, plain, share, unknown
from holdfast.checks.parameters import optional_number, text
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check
from holdfast.errors import DefinitionError
from holdfast.sqltext import literal


def measure(check: Check, scope: Scope) -> str:
    """One row per day and segment that has either figure."""
    top, bottom = text(check, "numerator"), text(check, "denominator")
    _band(check)
    grouped = (
        f"SELECT tested_on, tested_member, max(value) FILTER (WHERE metric = {literal(top)}) AS observed,"
        f" max(value) FILTER (WHERE metric = {literal(bottom)}) AS expected, count(*) AS n"
        f" FROM {figures(scope, (top, bottom), check.by, 0)} GROUP BY ALL"
    )
    return per_day(check, scope, grouped, None, absent="NULL")


def judge(check: Check, row: Measured, scope: Scope) -> Result:
    """Fails outside the band, ends included; the sign follows the numerator.

    The denominator counts absolutely, so a loss on negative revenue stays below zero. A zero denominator is
    not applicable: a ratio over nothing has no value, and unallocated costs have no revenue on any day.
    No figure: unknown, unless the day is closed.
    """
    numbers = row.numbers()
    if numbers is None:
        if row.n <= 0 and scope.is_closed(check, row.day):
            return not_applicable(check, row, scope, "closed day")
        return (
            unknown(check, row, scope, "no figure for this day")
            if row.n <= 0
            else no_number(check, row, scope)
        )
    top, bottom = numbers
    low, high = _band(check)
    band = f"{'' if low is None else plain(low)}..{'' if high is None else plain(high)}"
    detail = f"{text(check, 'numerator')} {plain(top)} over {text(check, 'denominator')} {plain(bottom)}"
    if bottom == 0:
        return not_applicable(check, row, scope, detail)
    ratio = share(top, bottom)
    ok = (low is None or ratio >= low) and (high is None or ratio <= high)
    return judged(check, row, scope, ok, plain(ratio), band, detail)


def _band(check: Check) -> tuple[Decimal | None, Decimal | None]:
    low, high = optional_number(check, "min"), optional_number(check, "max")
    if low is None and high is None:
        raise DefinitionError(
            f"{check.file}:{check.line}: check '{check.name}' has neither `min` nor `max`; give at least one."
        )
    return low, high
