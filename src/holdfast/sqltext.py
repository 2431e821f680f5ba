"""SQL text from values: quoted names and literals, the same text for the same value every time."""

from datetime import date, datetime
from decimal import Decimal


def quoted(name: str) -> str:
    """The identifier in double quotes; quotes inside are doubled."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int | Decimal | date | datetime | bool | None) -> str:
    """The value as a SQL literal of its own type."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return "'" + value.replace("'", "''") + "'"


def listed(values: list[str] | tuple[str, ...]) -> str:
    """A SQL list of string literals: ['a', 'b']."""
    return "[" + ", ".join(literal(value) for value in values) + "]"
