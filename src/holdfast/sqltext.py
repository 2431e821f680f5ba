"""Names and values as SQL text: the only place that quotes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal


def quoted(name: str) -> str:
    """The identifier in double quotes, safe whatever it contains. ValueError when it cannot be a name."""
    if not name or "\0" in name:
        raise ValueError(f"{name!r} cannot name a table or column")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | date | datetime | Decimal | int | bool) -> str:
    """The value as SQL text with its type: text, DATE, TIMESTAMPTZ in UTC, DECIMAL, integer or boolean.

    TypeError for anything else: a float or a naive instant has more than one spelling.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime) and value.tzinfo is not None:
        return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat()}'"
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("SQL text cannot hold a NUL character")
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"DATE '{value.isoformat()}'"
    raise TypeError(f"no SQL literal for {value!r}")


def listed(values: Sequence[str]) -> str:
    """A SQL list of string literals: ['a', 'b']."""
    return "[" + ", ".join(literal(value) for value in values) + "]"
