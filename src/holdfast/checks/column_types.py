"""Which SQL types may stand in for which: a file's column read as its contract declares it, losing nothing."""

import re

_ALIASES = {
    "INT1": "TINYINT",
    "INT2": "SMALLINT",
    "SHORT": "SMALLINT",
    "INT": "INTEGER",
    "INT4": "INTEGER",
    "SIGNED": "INTEGER",
    "INT8": "BIGINT",
    "LONG": "BIGINT",
    "INT128": "HUGEINT",
    "REAL": "FLOAT",
    "FLOAT4": "FLOAT",
    "FLOAT8": "DOUBLE",
    "DOUBLE PRECISION": "DOUBLE",
    "NUMERIC": "DECIMAL",
    "DEC": "DECIMAL",
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
    "CHAR": "VARCHAR",
    "BPCHAR": "VARCHAR",
    "ENUM": "VARCHAR",
    "UUID": "VARCHAR",
    "BOOL": "BOOLEAN",
    "LOGICAL": "BOOLEAN",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_US": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
}
_DIGITS = {
    "TINYINT": 3,
    "UTINYINT": 3,
    "SMALLINT": 5,
    "USMALLINT": 5,
    "INTEGER": 10,
    "UINTEGER": 10,
    "BIGINT": 19,
    "UBIGINT": 20,
    "HUGEINT": 39,
}
_WIDER = {
    "UTINYINT": ("USMALLINT", "UINTEGER", "UBIGINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    "USMALLINT": ("UINTEGER", "UBIGINT", "INTEGER", "BIGINT", "HUGEINT"),
    "UINTEGER": ("UBIGINT", "BIGINT", "HUGEINT"),
    "UBIGINT": ("HUGEINT",),
    "TINYINT": ("SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    "SMALLINT": ("INTEGER", "BIGINT", "HUGEINT"),
    "INTEGER": ("BIGINT", "HUGEINT"),
    "BIGINT": ("HUGEINT",),
    "FLOAT": ("DOUBLE",),
}
_EXACT_IN_DOUBLE = 10
"""Integers of so many digits are exact in a DOUBLE."""
_FAMILIES = {"DATE": "time", "TIMESTAMP": "time", "TIMESTAMPTZ": "time", "TIME": "clock", "BOOLEAN": "truth"}


def fits(found: str, declared: str) -> bool:
    """Whether a column of type `found` can be read as `declared` without losing or inventing anything.

    Whole numbers do not fit a DECIMAL with decimals: they may be cents. An instant without zone does not fit
    one with: it may be local time. A DATE does not fit an instant.
    """
    mine, my_size = _parsed(found)
    theirs, their_size = _parsed(declared)
    if theirs == "DECIMAL":
        precision, scale = their_size or (18, 3)
        if mine == "DECIMAL":
            my_precision, my_scale = my_size or (18, 3)
            return (
                my_scale <= scale
                and my_precision - my_scale <= precision - scale
                and (my_scale > 0 or scale == 0)
            )
        return scale == 0 and _DIGITS.get(mine, 99) <= precision
    if mine == theirs:
        return True
    if theirs == "DOUBLE" and _DIGITS.get(mine, 99) <= _EXACT_IN_DOUBLE:
        return True
    return theirs in _WIDER.get(mine, ())


def is_alike(found: str, declared: str) -> bool:
    """Whether both hold the same sort of thing. For files of text, whose types are guessed from the values."""
    mine, theirs = _family(found), _family(declared)
    return theirs in ("text", mine)


def _family(kind: str) -> str:
    name, _ = _parsed(kind)
    if name in _DIGITS or name in ("DECIMAL", "FLOAT", "DOUBLE"):
        return "number"
    return "text" if name == "VARCHAR" else _FAMILIES.get(name, name)


def _parsed(kind: str) -> tuple[str, tuple[int, int] | None]:
    """("DECIMAL", (18, 2)) of "decimal(18, 2)"; other arguments are dropped, nested types kept whole."""
    text = " ".join(kind.upper().split())
    match = re.fullmatch(r"([A-Z0-9_ ]+?) ?\((.*)\)", text)
    name, arguments = (match[1], match[2]) if match else (text, "")
    if name in ("STRUCT", "MAP", "UNION"):
        return text, None
    name = _ALIASES.get(name, name)
    if name != "DECIMAL" or not arguments:
        return name, None
    numbers = [int(each) for each in re.findall(r"\d+", arguments)]
    return name, (numbers[0], numbers[1] if len(numbers) > 1 else 0)
