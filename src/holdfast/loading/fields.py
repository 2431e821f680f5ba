"""Keys of a YAML mapping read by name and type; what is missing, mistyped or unknown is reported with its line."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from holdfast.loading.documents import Document
from holdfast.loading.problems import Problems, nearest, suggestion

Choice = TypeVar("Choice", bound=StrEnum)

NAME = re.compile(r"[a-z][a-z0-9_]*")
_DURATION = re.compile(r"(\d+)\s*(min|h|d|w|mo|y)")
_LONGEST_MONTHS = 1200


class Fields:
    """One mapping of a document. Ask for each key by name, then call `done` to report missing and unknown ones.

    Every question answers with a value of its type, the default when the key is missing or wrong, so
    reading goes on and finds the next problem.
    """

    def __init__(self, document: Document, problems: Problems, path: Sequence[str | int] = ()) -> None:
        self.document = document
        self.path = tuple(path)
        self._problems = problems
        self._asked: dict[str, None] = {}
        self._missing: dict[str, str] = {}
        value = document.data
        for part in self.path:
            value = value[part]
        self.data: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.error(f"{self._where()} is {_shown(value)}, expected a mapping of keys; write `key: value` lines")

    @property
    def file(self) -> str:
        """The document's path."""
        return self.document.file

    @property
    def line(self) -> int:
        """The line at which the mapping begins."""
        return self.document.line(*self.path)

    def line_of(self, *path: str | int) -> int:
        """The line of a key or an item below it."""
        return self.document.line(*self.path, *path)

    def error(self, message: str, *path: str | int) -> None:
        """Report an error at the key, or at the mapping."""
        self._problems.error(self.file, self.line_of(*path), message)

    def warning(self, message: str, *path: str | int) -> None:
        """Report a warning at the key, or at the mapping."""
        self._problems.warning(self.file, self.line_of(*path), message)

    def has(self, name: str) -> bool:
        """Whether the key is there with a value."""
        return self.data.get(name) is not None

    def text(self, name: str, *, required: bool = False, default: str = "") -> str:
        """The key's text, on one line."""
        value = self._value(name, "text", required=required)
        if value is None:
            return default
        if isinstance(value, str):
            return value.strip()
        self._wrong(name, value, "text", "put it in quotes" if not isinstance(value, dict | list) else "write one value")
        return default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """The key's true or false."""
        value = self._value(name, "true or false", required=False)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._wrong(name, value, "true or false", "write one of the two")
        return default

    def whole(self, name: str, *, default: int, least: int = 0, most: int = 1_000_000_000) -> int:
        """The key's whole number."""
        value = self._value(name, "a whole number", required=False)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._wrong(name, value, f"a whole number of at least {least}", "correct it")
        return default

    def decimal(self, name: str, *, required: bool = False, default: Decimal | None = None) -> Decimal | None:
        """The key's number, exactly as written."""
        value = self._value(name, "a number", required=required)
        if value is None:
            return default
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        self._wrong(name, value, "a number", "write it without quotes")
        return default

    def names(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """The key's list of texts; a single text counts as a list of one."""
        value = self._value(name, "a list of names", required=required)
        if value is None:
            return ()
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(each, str) for each in items):
            repeated = sorted({each for each in items if items.count(each) > 1})
            if repeated:
                self.error(f"{self._where(name)} names '{repeated[0]}' twice; remove one", name)
            return tuple(dict.fromkeys(items))
        self._wrong(name, value, "a list of names", "write [a, b]")
        return ()

    def choice(self, name: str, kind: type[Choice], default: Choice, *, required: bool = False) -> Choice:
        """The key's value as one of the enumeration's."""
        written = self.text(name, required=required, default=default.value)
        known = [each.value for each in kind]
        if written in known:
            return kind(written)
        self.error(
            f"{self._where(name)} is '{written}', expected one of {', '.join(known)}. {suggestion(written, known)}",
            name,
        )
        return default

    def one_of(self, name: str, known: Sequence[str], *, default: str = "", required: bool = False) -> str:
        """The key's text, which must be one of `known`."""
        written = self.text(name, required=required, default=default)
        if written not in known and (written or self.has(name)):
            self.error(f"{self._where(name)} is '{written}'. {suggestion(written, known, 'Expected one of')}", name)
            return default
        return written

    def day(self, name: str, *, required: bool = False) -> date | None:
        """The key's date, written 2026-09-17."""
        written = self.text(name, required=required)
        if not written:
            return None
        found = as_day(written)
        if found is None:
            self.error(f"{self._where(name)} is '{written}', expected a date; write it like 2026-09-17", name)
        return found

    def clock_time(self, name: str, *, default: time) -> time:
        """The key's time of day, written "08:00"."""
        written = self.text(name)
        if not written:
            return default
        try:
            if not re.fullmatch(r"\d\d:\d\d", written):
                raise ValueError
            return time.fromisoformat(written)
        except ValueError:
            self.error(f'{self._where(name)} is \'{written}\', expected a time of day; write it like "08:00"', name)
            return default

    def duration(self, name: str, *, default: timedelta) -> timedelta:
        """The key's duration, written 3h, 5d or 25mo."""
        written = self.text(name)
        if not written:
            return default
        found = as_duration(written)
        if found is None:
            self.error(f"{self._where(name)} is '{written}', expected a duration; write it like 3h, 5d or 25mo", name)
            return default
        return found

    def section(self, name: str, *, required: bool = False) -> "Fields | None":
        """The mapping below the key."""
        if self._value(name, "a mapping of keys", required=required) is None:
            return None
        below = Fields(self.document, self._problems, (*self.path, name))
        return below if isinstance(self.data[name], dict) else None

    def sections(self, name: str, *, required: bool = False) -> list[tuple[str, "Fields"]]:
        """The mappings below the key's own keys, in order of writing; keys must be names."""
        outer = self.section(name, required=required)
        if outer is None:
            return []
        found = []
        for key, value in outer.data.items():
            if not NAME.fullmatch(key):
                outer.error(f"'{key}' is not a name; use lower-case letters, digits and _, a letter first", key)
            below = Fields(self.document, self._problems, (*outer.path, key))
            if isinstance(value, dict):
                found.append((key, below))
        return found

    def items(self, name: str, *, required: bool = False) -> list["Fields"]:
        """The mappings in the key's list."""
        value = self._value(name, "a list", required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(name, value, "a list", "begin each entry with '-'")
            return []
        each = [Fields(self.document, self._problems, (*self.path, name, at)) for at in range(len(value))]
        return [fields for fields, item in zip(each, value, strict=True) if isinstance(item, dict)]

    def anything(self, name: str) -> Any:
        """The key's value as it is."""
        return self._value(name, "a value", required=False)

    def know(self, name: str) -> None:
        """The key may stand there, whether or not anybody reads it."""
        self._asked[name] = None

    def forget(self, name: str) -> None:
        """The key was asked for but does not belong here."""
        self._asked.pop(name, None)

    def done(self, also: Iterable[str] = ()) -> None:
        """Report every key nobody asked for, and every missing one; `also` are keys that may stand there unread.

        A misspelt key is one problem, not an unknown key and a missing one.
        """
        known = [*self._asked, *also]
        misspelt = set()
        for key in self.data:
            if key not in known:
                misspelt.add(nearest(key, known))
                self.error(f"{self._where()} has the unknown key '{key}'. {suggestion(key, known, 'Known keys')}", key)
        for name, kind in self._missing.items():
            if name not in misspelt:
                at = [name] if name in self.data else []
                self.error(f"{self._where()} has no '{name}', expected {kind}; add `{name}:`", *at)

    def _value(self, name: str, kind: str, *, required: bool) -> Any:
        self._asked[name] = None
        value = self.data.get(name)
        if value is None and required:
            self._missing[name] = kind
        return value

    def _wrong(self, name: str, value: object, kind: str, remedy: str) -> None:
        self.error(f"{self._where(name)} is {_shown(value)}, expected {kind}; {remedy}", name)

    def _where(self, *below: str | int) -> str:
        path = ".".join(str(part) for part in (*self.path, *below))
        return f"'{path}'" if path else "the file"


def as_day(written: str) -> date | None:
    """The ISO date of that text; None when it is none."""
    try:
        return date.fromisoformat(written) if re.fullmatch(r"\d{4}-\d\d-\d\d", written) else None
    except ValueError:
        return None


def as_duration(written: str) -> timedelta | None:
    """The duration of a text such as 30min, 3h, 5d, 2w, 25mo or 2y; None when it is none.

    Months and years have no fixed length: they are as many days as that many months can have at most, so
    something kept for 25mo is never gone too early (762 days).
    """
    match = _DURATION.fullmatch(written.strip())
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    if unit in ("mo", "y"):
        months = count * (12 if unit == "y" else 1)
        return timedelta(days=_most_days(months)) if months <= _LONGEST_MONTHS else None
    if count > 100_000:
        return None
    return {
        "min": timedelta(minutes=count),
        "h": timedelta(hours=count),
        "d": timedelta(days=count),
        "w": timedelta(weeks=count),
    }[unit]


def _most_days(months: int) -> int:
    firsts = [date(2024 + at // 12, at % 12 + 1, 1) for at in range(48)]
    return max((_months_on(first, months) - first).days for first in firsts)


def _months_on(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'"
