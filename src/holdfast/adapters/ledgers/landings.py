"""What was landed of each source."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names, upsert
from holdfast.partitions import Interval
from holdfast.runs.run import FileDay, LandedFile, Landing, LandingNote, RowArrival, SourceDay, Superseded

_IDS_AT_ONCE = 500
"""A statement takes a bounded number of values; SQLite 3.31 and older 999."""


Kept = TypeVar("Kept")


class LandingRecords:
    """Implements `runs.ports.LandingLog`.

    What was read of a source is kept until there is another landing: a run asks for the same lists some
    sixty times a day.
    """

    _database: Database
    _kept: dict[tuple[str, str], tuple[int, list[Any]]]

    def next_seq(self) -> int:
        """A number larger than any landing's so far."""
        with self._database.reading() as connection:
            return (connection.scalar(sa.select(sa.func.max(schema.landings.c.seq))) or 0) + 1

    def next_file_id(self) -> int:
        """A number larger than any landed file's so far."""
        with self._database.reading() as connection:
            return (connection.scalar(sa.select(sa.func.max(schema.landed_files.c.id))) or 0) + 1

    def record_landing(self, landing: Landing) -> None:
        """All of the landing in one transaction.

        A file given again is recorded anew. A file that counts takes the place of an earlier one of the
        same source and path. Raises Bug when the source already has a landing of this number.
        """
        with self._database.writing() as connection:
            connection.execute(sa.insert(schema.landings), {"source": landing.source, "seq": landing.seq})
            _forget_superseded(connection, landing.revived_keys_of)
            _record_files(connection, landing.files)
            _record(connection, schema.file_days, landing.file_days)
            _record(connection, schema.row_arrivals, landing.row_arrivals)
            _record(connection, schema.superseded, landing.superseded)
            _record(connection, schema.source_days, landing.source_days)
            _record(connection, schema.landing_notes, landing.notes)

    def notes(self, source: str) -> list[LandingNote]:
        """Rows that break their contract, of files that count; by day, file and column."""
        files, table = schema.landed_files, schema.landing_notes
        query = (
            sa.select(*(table.c[name] for name in field_names(LandingNote)))
            .join(files, files.c.id == table.c.file_id)
            .where(table.c.source == source, files.c.replaced_by.is_(None))
            .order_by(table.c.day, table.c.file_id, table.c.column)
        )
        with self._database.reading() as connection:
            return [LandingNote(*row) for row in connection.execute(query)]

    def retime(self, times: Sequence[tuple[int, int, int]]) -> None:
        """Notes sizes and modification times, in ns, of files whose rows are as they were: (file id, size, time)."""
        table = schema.landed_files
        statement = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("of_id"))
            .values(size=sa.bindparam("of_size"), modified_ns=sa.bindparam("at_ns"))
        )
        if times:
            self._kept.clear()
            with self._database.writing() as connection:
                connection.execute(
                    statement, [{"of_id": file_id, "of_size": size, "at_ns": at_ns} for file_id, size, at_ns in times]
                )

    def landed_files(self, source: str) -> list[LandedFile]:
        """Every file that counts (not replaced), oldest arrival first, then path."""
        table = schema.landed_files
        query = (
            sa.select(*(table.c[name] for name in field_names(LandedFile)))
            .where(table.c.source == source, table.c.replaced_by.is_(None))
            .order_by(table.c.arrived_on, table.c.path, table.c.id)
        )
        return self._remembered("files", source, query, LandedFile)

    def file_days(self, source: str, interval: Interval | None = None) -> list[FileDay]:
        """Shares of files that count, within the interval when one is given; by day, then file."""
        files, table = schema.landed_files, schema.file_days
        query = (
            sa.select(*(table.c[name] for name in field_names(FileDay)))
            .join(files, files.c.id == table.c.file_id)
            .where(files.c.source == source, files.c.replaced_by.is_(None))
            .order_by(table.c.day, table.c.file_id)
        )
        if interval:
            query = query.where(table.c.day >= interval.start, table.c.day < interval.end)
            with self._database.reading() as connection:
                return [FileDay(*row) for row in connection.execute(query)]
        return self._remembered("file days", source, query, FileDay)

    def row_arrivals(self, source: str, interval: Interval | None = None) -> list[RowArrival]:
        """When the rows of files that count arrived, within the interval when one is given; by day, file, arrival."""
        files, days, told = schema.landed_files, schema.file_days, schema.row_arrivals
        arrived_on = sa.func.coalesce(told.c.arrived_on, files.c.arrived_on, type_=schema.Day)
        query = (
            sa.select(days.c.file_id, days.c.day, arrived_on, sa.func.coalesce(told.c.rows, days.c.rows))
            .join(files, files.c.id == days.c.file_id)
            .outerjoin(told, (told.c.file_id == days.c.file_id) & (told.c.day == days.c.day))
            .where(files.c.source == source, files.c.replaced_by.is_(None))
            .order_by(days.c.day, days.c.file_id, arrived_on)
        )
        if interval:
            query = query.where(days.c.day >= interval.start, days.c.day < interval.end)
        with self._database.reading() as connection:
            return [RowArrival(*row) for row in connection.execute(query)]

    def superseded(self, source: str, file_ids: Sequence[int] | None = None) -> list[Superseded]:
        """Rows of these files that no longer count, by file and row; of all files of the source when None."""
        files, table = schema.landed_files, schema.superseded
        query = (
            sa.select(*(table.c[name] for name in field_names(Superseded)))
            .join(files, files.c.id == table.c.file_id)
            .where(files.c.source == source)
            .order_by(table.c.file_id, table.c.row)
        )
        with self._database.reading() as connection:
            if file_ids is None:
                return [Superseded(*row) for row in connection.execute(query)]
            return [
                Superseded(*row)
                for some in _in_groups(sorted(set(file_ids)))
                for row in connection.execute(query.where(table.c.file_id.in_(some)))
            ]

    def source_days(self, source: str) -> list[SourceDay]:
        """What counts per day, oldest day first."""
        table = schema.source_days
        query = (
            sa.select(*(table.c[name] for name in field_names(SourceDay)))
            .where(table.c.source == source)
            .order_by(table.c.day)
        )
        return self._remembered("days", source, query, SourceDay)

    def days_since(self, day: date) -> list[SourceDay]:
        """What counts of every source per day from that day on, without fingerprints."""
        table = schema.source_days
        query = sa.select(table.c.source, table.c.day, table.c.seq, table.c.rows).where(table.c.day >= day)
        with self._database.reading() as connection:
            return [SourceDay(source, on, seq, rows, 0) for source, on, seq, rows in connection.execute(query)]

    def first_landed(self, days_by_source: Mapping[str, Collection[date]]) -> dict[tuple[str, date], int]:
        """(source, day) -> the landing that brought the first row that still counts; days without any are left out."""
        days = sorted({day for some in days_by_source.values() for day in some})
        if not days:
            return {}
        files, shares = schema.landed_files, schema.file_days
        query = (
            sa.select(files.c.source, shares.c.day, sa.func.min(files.c.seq))
            .join(shares, shares.c.file_id == files.c.id)
            .where(
                files.c.source.in_(sorted(days_by_source)),
                files.c.replaced_by.is_(None),
                # No row comes before its day: most files need no look.
                files.c.arrived_on >= days[0],
                shares.c.day.in_(days),
                shares.c.rows > 0,
            )
            .group_by(files.c.source, shares.c.day)
        )
        with self._database.reading() as connection:
            return {(source, day): seq for source, day, seq in connection.execute(query)}

    def _remembered(self, what: str, source: str, query: sa.Select[Any], kind: Callable[..., Kept]) -> list[Kept]:
        with self._database.reading() as connection:
            landed = sa.select(sa.func.max(schema.landings.c.seq)).where(schema.landings.c.source == source)
            newest = connection.scalar(landed) or 0
            seq, rows = self._kept.get((what, source), (-1, []))
            if seq != newest:
                rows = [kind(*row) for row in connection.execute(query)]
                self._kept[what, source] = (newest, rows)
        return list(rows)


def _forget_superseded(connection: sa.Connection, file_ids: Sequence[int]) -> None:
    for some in _in_groups(file_ids):
        table = schema.superseded
        connection.execute(sa.delete(table).where(table.c.file_id.in_(some) | table.c.by_file_id.in_(some)))


def _record_files(connection: sa.Connection, files: Sequence[LandedFile]) -> None:
    table = schema.landed_files
    _record(connection, table, files)
    replace = (
        sa.update(table)
        .where(
            table.c.source == sa.bindparam("of_source"),
            table.c.path == sa.bindparam("of_path"),
            table.c.replaced_by.is_(None),
            table.c.id < sa.bindparam("by_id"),
        )
        .values(replaced_by=sa.bindparam("by_id"))
    )
    counting = [each for each in files if each.replaced_by is None]
    if counting:
        taken = [{"of_source": each.source, "of_path": each.path, "by_id": each.id} for each in counting]
        connection.execute(replace, taken)


def _record(
    connection: sa.Connection,
    table: sa.Table,
    values: Sequence[LandedFile | FileDay | RowArrival | Superseded | SourceDay | LandingNote],
) -> None:
    if values:
        # Not dataclasses.asdict: it copies deeply and takes ten times as long.
        names = field_names(type(values[0]))
        connection.execute(upsert(table), [{name: getattr(each, name) for name in names} for each in values])


def _in_groups(ids: Sequence[int]) -> Iterator[list[int]]:
    remaining = iter(ids)
    while some := list(islice(remaining, _IDS_AT_ONCE)):
        yield some
