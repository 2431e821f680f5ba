"""Incidents as documents with the columns that queries need; state, timeline and messages in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names
from holdfast.adapters.ledgers.frozen_values import from_document, to_document
from holdfast.adapters.ledgers.outbox import write_back, write_messages
from holdfast.adapters.ledgers.pager import expect_turn
from holdfast.incidents.incident import Affected, Decision, Event, Incident, State
from holdfast.incidents.messages import Posted
from holdfast.incidents.signals import Affect, Harm


class IncidentRecords:
    """Implements `incidents.ports.IncidentLog`."""

    _database: Database
    _read_incidents: dict[int, Incident]
    """Those last listed as open: of ten thousand that rest, a pass reads the versions alone."""

    def record_decisions(self, decisions: Sequence[Decision], fence: int | None = None) -> list[Decision]:
        """State, timeline, messages and the next due time of each, all or nothing.

        Gives back those recorded, with ids. Left out are a decision whose incident was changed since it was
        read, and a new incident whose key is open already. Raises StoreError once another engine has taken over.
        """
        if not decisions:
            return []
        with self._database.writing() as connection:
            if fence is not None:
                expect_turn(connection, fence)
            written = (_write(connection, decision) for decision in decisions)
            return [decision for decision in written if decision]

    def record_failure(self, posted: Posted, decision: Decision, fence: int) -> bool:
        """A message that FAILED and what follows from it, in one transaction.

        False, and nothing is written, when somebody changed the incident since it was read.
        """
        with self._database.writing() as connection:
            expect_turn(connection, fence)
            if _write(connection, decision) is None:
                return False
            write_back(connection, [posted])
            return True

    def incident(self, incident_id: int) -> Incident | None:
        """None for an unknown id."""
        found = self._incidents(sa.select(*_COLUMNS).where(schema.incidents.c.id == incident_id))
        return found[0] if found else None

    def open_incidents(self) -> list[Incident]:
        """Oldest first."""
        table = schema.incidents
        query = sa.select(table.c.id, table.c.version).where(table.c.state == State.OPEN)
        with self._database.reading() as connection:
            versions = connection.execute(query.order_by(table.c.opened_at, table.c.id)).all()
            known = self._read_incidents
            unread = [row.id for row in versions if row.id not in known or known[row.id].version != row.version]
            known = {row.id: known[row.id] for row in versions if row.id in known} | _read(connection, unread)
        self._read_incidents = known
        return [known[row.id] for row in versions]

    def due_incidents(self, now: datetime) -> list[Incident]:
        """Open ones, and resolved ones that wait for a recheck, whose `next_at` has come; oldest first."""
        table = schema.incidents
        due = table.c.state.in_([State.OPEN, State.RESOLVED]) & (table.c.next_at <= now)
        return self._incidents(sa.select(*_COLUMNS).where(due).order_by(table.c.opened_at, table.c.id))

    def resolved_since(self, at: datetime) -> list[Incident]:
        """Resolved at that instant or later, or waiting for a recheck; newest first."""
        table = schema.incidents
        recent = (table.c.state == State.RESOLVED) & ((table.c.ended_at >= at) | table.c.next_at.is_not(None))
        query = sa.select(*_COLUMNS).where(recent)
        return self._incidents(query.order_by(table.c.ended_at.desc(), table.c.id.desc()))

    def incidents(self, states: Sequence[State] | None = None, limit: int = 100) -> list[Incident]:
        """Newest first."""
        table = schema.incidents
        query = sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
        return self._incidents(query if states is None else query.where(table.c.state.in_(states)))

    def timeline(self, incident_id: int) -> list[Event]:
        """In the order recorded."""
        table = schema.incident_events
        columns = [table.c[name] for name in field_names(Event)]
        query = sa.select(*columns).where(table.c.incident == incident_id).order_by(table.c.id)
        with self._database.reading() as connection:
            return [Event(*row) for row in connection.execute(query)]

    def affects(self, pipeline: str | None, start: datetime, end: datetime) -> list[Affected]:
        """What was missing, wrong or at risk at some time in [start, end); of every pipeline when None; by beginning."""
        table = schema.affects
        then = (table.c["from"] < end) & (table.c.until.is_(None) | (table.c.until > start))
        query = sa.select(table).where(then).order_by(table.c["from"], table.c.id)
        if pipeline is not None:
            query = query.where(table.c.pipeline == pipeline)
        with self._database.reading() as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        return [Affected(row["incident"], _affect(row), row["from"], row["until"]) for row in rows]

    def _incidents(self, query: sa.Select[Any]) -> list[Incident]:
        with self._database.reading() as connection:
            return [_incident(row) for row in connection.execute(query)]


_COLUMNS = tuple(schema.incidents.c[name] for name in ("id", "version", "document"))
_AFFECT = field_names(Affect)
_READ_AT_ONCE = 500


def _read(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Incident]:
    found = {}
    for first in range(0, len(ids), _READ_AT_ONCE):
        some = schema.incidents.c.id.in_(ids[first : first + _READ_AT_ONCE])
        for row in connection.execute(sa.select(*_COLUMNS).where(some)):
            found[row.id] = _incident(row)
    return found


def _incident(row: sa.Row[Any]) -> Incident:
    return from_document(Incident, row.document | {"id": row.id, "version": row.version})


def _write(connection: sa.Connection, decision: Decision) -> Decision | None:
    """The decision with its id and version; None when it was made of what is not so any more."""
    incident = _written(connection, decision)
    if incident is None:
        return None
    rows = [_event_row(incident.id, event) for event in decision.events]
    if rows:
        connection.execute(sa.insert(schema.incident_events), rows)
    _write_affects(connection, incident, _at(connection, decision))
    messages = tuple(
        message if message.incident else replace(message, incident=incident.id) for message in decision.messages
    )
    write_messages(connection, messages)
    return replace(decision, incident=incident, messages=messages)


def _written(connection: sa.Connection, decision: Decision) -> Incident | None:
    table, incident = schema.incidents, decision.incident
    row = _row(replace(incident, id=0, version=0)) | {"next_at": decision.next_at, "version": incident.version + 1}
    if incident.id:
        as_read = (table.c.id == incident.id) & (table.c.version == incident.version)
        updated = connection.execute(sa.update(table).where(as_read).values(row))
        return replace(incident, version=incident.version + 1) if updated.rowcount else None
    same = (table.c.key == row["key"]) & (table.c.state == State.OPEN)
    if connection.scalar(sa.select(sa.func.count()).where(same)):
        return None
    inserted = connection.execute(sa.insert(table).returning(table.c.id), row)
    return replace(incident, id=int(inserted.scalar_one()), version=incident.version + 1)


def _row(incident: Incident) -> dict[str, Any]:
    return {
        "key": str(incident.key),
        "state": incident.state.value,
        "acknowledged": incident.acknowledged is not None,
        "opened_at": incident.opened_at,
        "ended_at": incident.ending.at if incident.ending else None,
        "document": to_document(incident),
    }


def _event_row(incident_id: int, event: Event) -> dict[str, Any]:
    return {"incident": incident_id} | {name: getattr(event, name) for name in field_names(Event)}


def _at(connection: sa.Connection, decision: Decision) -> datetime:
    """When the change happened, by its timeline; a change that tells nothing, by the pass that made it."""
    if decision.events:
        return max(event.at for event in decision.events)
    return connection.scalar(sa.select(schema.pager.c.last_seen)) or decision.incident.opened_at


def _write_affects(connection: sa.Connection, incident: Incident, at: datetime) -> None:
    """Ends the rows of what is affected no longer, and begins those of what newly is."""
    table = schema.affects
    still = incident.affects if incident.state is State.OPEN else ()
    query = sa.select(table).where(table.c.incident == incident.id, table.c.until.is_(None))
    known = {_affect(row._asdict()): row.id for row in connection.execute(query)}
    over = [row_id for affect, row_id in known.items() if affect not in still]
    if over:
        connection.execute(sa.update(table).where(table.c.id.in_(over)).values(until=at))
    begun = [_affect_row(incident.id, affect, at) for affect in dict.fromkeys(still) if affect not in known]
    if begun:
        connection.execute(sa.insert(table), begun)


def _affect_row(incident_id: int, affect: Affect, at: datetime) -> dict[str, Any]:
    values = {name: getattr(affect, name) for name in _AFFECT} | {"harm": affect.harm.value}
    return values | {"incident": incident_id, "from": at}


def _affect(row: dict[str, Any]) -> Affect:
    return Affect(**{name: row[name] for name in _AFFECT} | {"harm": Harm(row["harm"])})
