"""Frozen values as JSON documents, by their own types: what is written is read back equal.

Fields at their default are left out, so a document of an earlier version reads as one that never knew the field.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

Turn: TypeAlias = Callable[[Any], Any]
_Value = TypeVar("_Value")
_PLAIN = (str, int, bool, float)


def to_document(value: object) -> dict[str, Any]:
    """A dataclass as JSON: instants, days and hours as ISO text, time spans in seconds, tuples as lists."""
    of: Any = type(value)
    written: dict[str, Any] = _writer(of)(value)
    return written


def from_document(of: type[_Value], document: dict[str, Any]) -> _Value:
    """What `to_document` was given."""
    asked: Any = of
    read: _Value = _reader(asked)(document)
    return read


@cache
def _writer(of: Any) -> Turn:
    if is_dataclass(of):
        return _writer_of_fields(of)
    if get_origin(of) is tuple:
        return _writer_of_tuple(get_args(of))
    if isinstance(of, UnionType):
        inner = _writer(_without_none(of))
        return lambda value: None if value is None else inner(value)
    if issubclass(of, Enum):
        return lambda value: value.value
    if of in _PLAIN:
        return _as_it_is
    if of is timedelta:
        return _seconds
    return _iso


def _writer_of_fields(of: Any) -> Turn:
    hints = get_type_hints(of)
    parts = [(each.name, _default(each), _writer(hints[each.name])) for each in fields(of)]

    def write(value: Any) -> dict[str, Any]:
        values = ((name, default, turn, getattr(value, name)) for name, default, turn in parts)
        return {name: turn(found) for name, default, turn, found in values if found != default}

    return write


def _writer_of_tuple(of: tuple[Any, ...]) -> Turn:
    if of[1:] == (...,):
        turn = _writer(of[0])
        return lambda values: [turn(value) for value in values]
    turns = [_writer(each) for each in of]
    return lambda values: [turn(value) for turn, value in zip(turns, values, strict=True)]


@cache
def _reader(of: Any) -> Turn:
    if is_dataclass(of):
        return _reader_of_fields(of)
    if get_origin(of) is tuple:
        return _reader_of_tuple(get_args(of))
    if isinstance(of, UnionType):
        inner = _reader(_without_none(of))
        return lambda value: None if value is None else inner(value)
    if of in _PLAIN:
        return _as_it_is
    if of is timedelta:
        return _span
    if of in (datetime, date, time):
        return of.fromisoformat  # type: ignore[no-any-return]
    return of  # type: ignore[no-any-return]  # an enumeration makes a member of its value


def _reader_of_fields(of: Any) -> Turn:
    hints = get_type_hints(of)
    turns = {each.name: _reader(hints[each.name]) for each in fields(of)}
    return lambda document: of(**{name: turns[name](value) for name, value in document.items()})


def _reader_of_tuple(of: tuple[Any, ...]) -> Turn:
    if of[1:] == (...,):
        turn = _reader(of[0])
        return lambda values: tuple(turn(value) for value in values)
    turns = [_reader(each) for each in of]
    return lambda values: tuple(turn(value) for turn, value in zip(turns, values, strict=True))


def _without_none(of: UnionType) -> Any:
    return next(each for each in get_args(of) if each is not type(None))


def _default(field: Field[Any]) -> object:
    return field.default if field.default is not MISSING else MISSING


def _as_it_is(value: Any) -> Any:
    return value


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _seconds(value: timedelta) -> float:
    return value.total_seconds()


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
