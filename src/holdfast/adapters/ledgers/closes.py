"""What was done to periods, and what came after their signatures; rows are only ever added."""

from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names
from holdfast.releases.closing import Adjustment, CloseEvent, CloseKind, Erratum
from holdfast.releases.prepared import Prepared


class CloseRecords:
    """Implements the part of `releases.ports.ReleaseLog` that speaks of periods."""

    _database: Database

    def record_close(self, event: CloseEvent) -> int:
        """Adds one event that needs no publication; its id."""
        with self._database.writing() as connection:
            inserted = connection.execute(
                sa.insert(schema.close_events).returning(schema.close_events.c.id), _event_row(event)
            )
            return int(inserted.scalar_one())

    def close_events(self, pipeline: str) -> list[CloseEvent]:
        """In the order recorded."""
        table = schema.close_events
        query = sa.select(table).where(table.c.pipeline == pipeline).order_by(table.c.id)
        with self._database.reading() as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        return [CloseEvent(**{**row, "kind": CloseKind(row["kind"])}) for row in rows]

    def adjustments(self, pipeline: str) -> list[Adjustment]:
        """In the order booked."""
        return [Adjustment(*row) for row in self._rows(schema.adjustments, Adjustment, pipeline)]

    def errata(self, pipeline: str) -> list[Erratum]:
        """In the order recorded; a later one of the same figure takes the earlier one's place for readers."""
        return [Erratum(*row) for row in self._rows(schema.errata, Erratum, pipeline)]

    def _rows(self, table: sa.Table, of: type[object], pipeline: str) -> list[tuple[Any, ...]]:
        columns = (table.c[name] for name in field_names(of))
        query = sa.select(*columns).where(table.c.pipeline == pipeline).order_by(table.c.id)
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]


def write_closes(connection: sa.Connection, prepared: Prepared) -> None:
    """What a publication makes of periods, with it in one transaction."""
    if prepared.events:
        connection.execute(sa.insert(schema.close_events), [_event_row(each) for each in prepared.events])
    for table, values in ((schema.adjustments, prepared.adjustments), (schema.errata, prepared.errata)):
        if values:
            names = [column.name for column in table.columns if column.name != "id"]
            connection.execute(sa.insert(table), [{name: getattr(each, name) for name in names} for each in values])


def _event_row(event: CloseEvent) -> dict[str, object]:
    names = [column.name for column in schema.close_events.columns if column.name != "id"]
    return {name: getattr(event, name) for name in names} | {"kind": event.kind.value}
