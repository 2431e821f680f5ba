"""A check's parameters, read with the type its kind needs."""

from decimal import Decimal

from holdfast.definitions.check import Check
from holdfast.errors import DefinitionError


def text(check: Check, name: str, default: str | None = None) -> str:
    """One text. DefinitionError when it is missing without a default, or something else."""
    value = check.parameter(name, default)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(check, name, "a text", value)
    return value


def optional_text(check: Check, name: str) -> str | None:
    """One text, or None when it is not given."""
    return None if check.parameter(name) is None else text(check, name)


def names(check: Check, name: str) -> tuple[str, ...]:
    """One or more texts; a single one need not be written as a list."""
    value = check.parameter(name)
    if isinstance(value, str) and value:
        return (value,)
    if not isinstance(value, tuple) or not value or not all(isinstance(each, str) for each in value):
        raise _wrong(check, name, "a list of texts", value)
    return value


def number(check: Check, name: str, default: int | None = None) -> Decimal:
    """One number, exact."""
    value = optional_number(check, name)
    if value is not None:
        return value
    if default is None:
        raise _wrong(check, name, "a number", None)
    return Decimal(default)


def optional_number(check: Check, name: str) -> Decimal | None:
    """One number, or None when it is not given."""
    value = check.parameter(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise _wrong(check, name, "a number", value)
    return Decimal(value)


def days(check: Check, name: str, default: int) -> int:
    """A whole number of days, at least one."""
    value = number(check, name, default)
    if value < 1 or value > 3_660 or value != int(value):
        raise _wrong(check, name, "a number of days from 1 to 3660", value)
    return int(value)


def one_of(check: Check, name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first when it is not given."""
    value = check.parameter(name, choices[0])
    if not isinstance(value, str) or value not in choices:
        raise _wrong(check, name, f"one of {', '.join(choices)}", value)
    return value


def _wrong(check: Check, name: str, expected: str, value: object) -> DefinitionError:
    found = "is missing" if value is None else f"is {value!r}"
    return DefinitionError(
        f"{check.file}:{check.line}: check '{check.name}' of kind {check.kind}: `{name}` {found}, "
        f"expected {expected}. Write it below the check."
    )
