"""Transactions on the ledger's database: a read sees one state, a write happens whole or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holdfast.errors import Bug, StoreError

READ_AT_ONCE = 500
"""Values in one statement."""


class Database:
    """Hands out transactions and turns the database's errors into Holdfast's."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self._readers = engine
        self._writers = engine.execution_options(holdfast_begin="IMMEDIATE")
        self._place = place

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction whose every statement sees the same state; never waits for a writer."""
        with self._transaction(self._readers) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is on disk when the block ends, and leaves nothing when the block raises.

        The write lock is taken at once: a read that turns into a write would fail beside another writer.
        """
        with self._transaction(self._writers) as connection:
            yield connection

    def close(self) -> None:
        """Gives every connection back."""
        self._readers.dispose()

    @contextmanager
    def _transaction(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except sa.exc.IntegrityError as error:
            raise Bug(f"{self._place}: a record contradicts what the ledger holds: {error.orig}") from error
        except sa.exc.DatabaseError as error:
            raise StoreError(
                f"{self._place}: the ledger refused: {error.orig}. Nothing was recorded. "
                "Check the disk and its permissions, then run again."
            ) from error


def upsert(table: sa.Table, *, keeping: tuple[str, ...] = ()) -> sqlite.Insert:
    """INSERT that takes the place of a row with the same key, but for the columns it keeps."""
    statement = sqlite.insert(table)
    key = [column.name for column in table.primary_key]
    others = {
        column.name: statement.excluded[column.name] for column in table.columns if column.name not in (*key, *keeping)
    }
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def field_names(of: type[object]) -> tuple[str, ...]:
    """The names of a value's fields, in order."""
    return tuple(field.name for field in fields(of))  # type: ignore[arg-type]  # every caller gives a dataclass


def of_these(
    connection: sa.Connection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> Iterator[sa.Row[Any]]:
    """The query's rows whose column has one of these values, asked for some at a time."""
    for first in range(0, len(values), READ_AT_ONCE):
        yield from connection.execute(query.where(column.in_(values[first : first + READ_AT_ONCE])))
