"""Incidents as documents with the columns that queries need; state, timeline and messages in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names, of_these, upsert
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
    """Those last listed or recorded: of ten thousand that rest, a pass reads the versions alone."""

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
            written = _write(connection, decisions)
        self._read_incidents |= {each.incident.id: each.incident for each in written}
        return written

    def record_failure(self, posted: Posted, decision: Decision, fence: int) -> bool:
        """A message that FAILED and what follows from it, in one transaction.

        False, and nothing is written, when somebody changed the incident since it was read.
        """
        with self._database.writing() as connection:
            expect_turn(connection, fence)
            if not _write(connection, [decision]):
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
        query = _VERSIONS.where(table.c.state == State.OPEN).order_by(table.c.opened_at, table.c.id)
        # In place of all others: what has ended is not kept.
        self._read_incidents = self._newest(query)
        return list(self._read_incidents.values())

    def due_incidents(self, now: datetime) -> list[Incident]:
        """Open ones, and resolved ones that wait for a recheck, whose `next_at` has come; oldest first."""
        table = schema.incidents
        due = table.c.state.in_([State.OPEN, State.RESOLVED]) & (table.c.next_at <= now)
        found = self._newest(_VERSIONS.where(due).order_by(table.c.opened_at, table.c.id))
        self._read_incidents |= found
        return list(found.values())

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
        return self._affected(query)

    def affected_by(self, incident_id: int) -> list[Affected]:
        """What one incident took from readers or put at risk so far; by beginning."""
        table = schema.affects
        query = sa.select(table).where(table.c.incident == incident_id)
        return self._affected(query.order_by(table.c["from"], table.c.id))

    def _affected(self, query: sa.Select[Any]) -> list[Affected]:
        with self._database.reading() as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        return [Affected(row["incident"], _affect(row), row["from"], row["until"]) for row in rows]

    def _newest(self, query: sa.Select[Any]) -> dict[int, Incident]:
        """In the order of the query; only those are read whose version is not known."""
        with self._database.reading() as connection:
            versions = connection.execute(query).all()
            known = self._read_incidents
            unread = [row.id for row in versions if row.id not in known or known[row.id].version != row.version]
            read = _read(connection, unread)
        return {row.id: read.get(row.id) or known[row.id] for row in versions}

    def _incidents(self, query: sa.Select[Any]) -> list[Incident]:
        with self._database.reading() as connection:
            return [_incident(row) for row in connection.execute(query)]


_VERSIONS = sa.select(schema.incidents.c.id, schema.incidents.c.version)
_COLUMNS = tuple(schema.incidents.c[name] for name in ("id", "version", "document"))
_AFFECT = field_names(Affect)
_IN_COLUMNS = ("id", "version")


def _read(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Incident]:
    query = sa.select(*_COLUMNS)
    return {row.id: _incident(row) for row in of_these(connection, query, schema.incidents.c.id, ids)}


def _incident(row: sa.Row[Any]) -> Incident:
    return from_document(Incident, row.document | {"id": row.id, "version": row.version})


def _write(connection: sa.Connection, decisions: Sequence[Decision]) -> list[Decision]:
    """Those written, with ids and versions; without those that were made of what is not so any more.

    A thousand incidents that open at once are a few statements, not ten thousand.
    """
    written = _current(connection, decisions)
    if not written:
        return []
    connection.execute(upsert(schema.incidents), [_row(decision) for decision in written])
    events = [_event_row(decision.incident.id, event) for decision in written for event in decision.events]
    if events:
        connection.execute(sa.insert(schema.incident_events), events)
    _write_affects(connection, written)
    write_messages(connection, [message for decision in written for message in decision.messages])
    return written


def _current(connection: sa.Connection, decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions on the newest version, or on a cause that has no open incident, numbered."""
    table = schema.incidents
    ids = [each.incident.id for each in decisions if each.incident.id]
    known = of_these(connection, sa.select(table.c.id, table.c.version), table.c.id, ids)
    versions = {row.id: row.version for row in known}
    new = [str(each.incident.key) for each in decisions if not each.incident.id]
    open_ = sa.select(table.c.key, table.c.id).where(table.c.state == State.OPEN)
    keys = {row.key: row.id for row in of_these(connection, open_, table.c.key, new)}
    last = connection.scalar(sa.select(sa.func.max(table.c.id))) if new else None
    next_id, found = (last or 0) + 1, []
    for decision in decisions:
        incident, key = decision.incident, str(decision.incident.key)
        if incident.id:
            if versions.get(incident.id) != incident.version:
                continue
        elif key in keys:
            continue
        else:
            keys[key] = next_id
            next_id += 1
        incident = replace(incident, id=incident.id or keys[key], version=incident.version + 1)
        versions[incident.id] = incident.version
        found.append(_numbered(decision, incident))
    return found


def _numbered(decision: Decision, incident: Incident) -> Decision:
    messages = tuple(each if each.incident else replace(each, incident=incident.id) for each in decision.messages)
    return replace(decision, incident=incident, messages=messages)


def _row(decision: Decision) -> dict[str, Any]:
    incident = decision.incident
    return {
        "id": incident.id,
        "version": incident.version,
        "key": str(incident.key),
        "state": incident.state.value,
        "acknowledged": incident.acknowledged is not None,
        "opened_at": incident.opened_at,
        "ended_at": incident.ending.at if incident.ending else None,
        "next_at": decision.next_at,
        "document": {name: value for name, value in to_document(incident).items() if name not in _IN_COLUMNS},
    }


def _event_row(incident_id: int, event: Event) -> dict[str, Any]:
    return {"incident": incident_id} | {name: getattr(event, name) for name in field_names(Event)}


def _write_affects(connection: sa.Connection, written: Sequence[Decision]) -> None:
    """Ends the rows of what is affected no longer, and begins those of what newly is."""
    table = schema.affects
    known: dict[int, dict[Affect, int]] = {}
    ids = [each.incident.id for each in written if each.incident.version > 1]
    for row in of_these(connection, sa.select(table).where(table.c.until.is_(None)), table.c.incident, ids):
        known.setdefault(row.incident, {})[_affect(row._asdict())] = row.id
    seen = connection.scalar(sa.select(schema.pager.c.last_seen))
    over, begun = [], []
    for decision in written:
        incident, at = decision.incident, _at(decision, seen)
        still = dict.fromkeys(incident.affects if incident.state is State.OPEN else ())
        before = known.get(incident.id, {})
        over += [{"of_id": row_id, "ended": at} for affect, row_id in before.items() if affect not in still]
        begun += [_affect_row(incident.id, affect, at) for affect in still if affect not in before]
    if over:
        ended = sa.update(table).where(table.c.id == sa.bindparam("of_id")).values(until=sa.bindparam("ended"))
        connection.execute(ended, over)
    if begun:
        connection.execute(sa.insert(table), begun)


def _at(decision: Decision, seen: datetime | None) -> datetime:
    """When the change happened, by its timeline; a change that tells nothing, by the pass that made it."""
    return max((event.at for event in decision.events), default=seen or decision.incident.opened_at)


def _affect_row(incident_id: int, affect: Affect, at: datetime) -> dict[str, Any]:
    values = {name: getattr(affect, name) for name in _AFFECT} | {"harm": affect.harm.value}
    return values | {"incident": incident_id, "from": at}


def _affect(row: dict[str, Any]) -> Affect:
    return Affect(**{name: row[name] for name in _AFFECT} | {"harm": Harm(row["harm"])})
