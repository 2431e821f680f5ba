"""Messages on their way: claimed with a lease and a fencing number, and never forgotten in between."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, of_these
from holdfast.adapters.ledgers.frozen_values import from_document, to_document
from holdfast.adapters.ledgers.pager import expect_turn
from holdfast.incidents.incident import State
from holdfast.incidents.messages import Clock, Message, Post, Posted

_KEPT = (
    "channel", "attempts", "next_try_at", "lease_until", "fence", "maybe_sent", "sent_at", "provider_id",
    "reason", "bundle", "claimed_at",
)  # fmt: skip


class OutboxRecords:
    """Implements `incidents.ports.Outbox`."""

    _database: Database

    def claim(self, now: datetime, fence: int, lease_until: datetime, limit: int = 1000) -> list[Posted]:
        """Takes what may be sent now: pending, due, and not before its next try; oldest due first.

        What was left in SENDING beyond its lease, or by an earlier fence, becomes PENDING and maybe sent first.
        What is not wanted any more (acknowledged, resolved) becomes DROPPED with the reason, in this transaction.
        """
        table = schema.outbox
        ready = (table.c.post == Post.PENDING) & (table.c.ready_at <= now)
        left = (table.c.post == Post.SENDING) & ((table.c.lease_until <= now) | (table.c.fence != fence))
        with self._database.reading() as connection:
            # Most looks find nothing; they should not stand in a writer's way.
            if not connection.scalar(sa.select(sa.exists().where(ready | left))):
                return []
        taken = sa.select(table.c.id).where(ready).order_by(table.c.due_at, table.c.id).limit(limit)
        claimed = {"post": Post.SENDING.value, "fence": fence, "lease_until": lease_until, "claimed_at": now}
        with self._database.writing() as connection:
            expect_turn(connection, fence)
            connection.execute(sa.update(table).where(left).values(_found_again(now)))
            _drop_unwanted(connection)
            mine = sa.update(table).where(table.c.id.in_(taken)).values(claimed | {"attempts": table.c.attempts + 1})
            rows = [_posted(row) for row in connection.execute(mine.returning(table))]
        return sorted(rows, key=lambda each: (each.message.due_at, each.id))

    def sent(
        self, ids: Sequence[int], channel: str, provider_id: str, at: datetime, fence: int, bundle: int = 0
    ) -> None:
        """A provider took them, in one letter when they have a bundle."""
        row = {
            "post": Post.SENT.value,
            "channel": channel,
            "provider_id": provider_id,
            "sent_at": at,
            "bundle": bundle,
            "reason": "",
            "lease_until": None,
            "next_try_at": None,
        }
        with self._database.writing() as connection:
            expect_turn(connection, fence)
            connection.execute(sa.update(schema.outbox).where(schema.outbox.c.id.in_(ids)).values(row))

    def put_back(self, posted: Sequence[Posted], fence: int) -> None:
        """PENDING or FAILED again, as each says: channel, attempts, next try, waiting, maybe sent, reason."""
        if posted:
            with self._database.writing() as connection:
                expect_turn(connection, fence)
                write_back(connection, posted)

    def posted(self, incident_id: int) -> list[Posted]:
        """Of one incident, in the order due."""
        return self._posted(schema.outbox.c.incident == incident_id)

    def sent_to(self, target: str, incidents: Sequence[int]) -> list[Posted]:
        """What the target was sent of these incidents, in the order due."""
        out = schema.outbox
        query = sa.select(out).where(out.c.target == target, out.c.post == Post.SENT)
        with self._database.reading() as connection:
            found = [_posted(row) for row in of_these(connection, query, out.c.incident, incidents)]
        return sorted(found, key=lambda each: (each.message.due_at, each.id))

    def posted_between(self, start: datetime, end: datetime) -> list[Posted]:
        """Due in [start, end), in the order due."""
        due_at = schema.outbox.c.due_at
        return self._posted((due_at >= start) & (due_at < end))

    def letters_since(self, at: datetime) -> dict[str, list[datetime]]:
        """When each target was sent something after that instant, oldest first; a bundle counts once."""
        table = schema.outbox
        alone = (table.c.bundle == 0) | (table.c.bundle == table.c.id)
        query = sa.select(table.c.target, table.c.sent_at).where(table.c.sent_at > at, alone)
        found: dict[str, list[datetime]] = {}
        with self._database.reading() as connection:
            for target, sent_at in connection.execute(query.order_by(table.c.sent_at, table.c.id)):
                found.setdefault(target, []).append(sent_at)
        return found

    def add_messages(self, messages: Sequence[Message]) -> None:
        """Those of no incident, such as tests of channels; one whose key is known is not written twice."""
        if messages:
            with self._database.writing() as connection:
                write_messages(connection, messages)

    def _posted(self, which: sa.ColumnElement[bool]) -> list[Posted]:
        table = schema.outbox
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).where(which).order_by(table.c.due_at, table.c.id))
            return [_posted(row) for row in rows]


def write_messages(connection: sa.Connection, messages: Sequence[Message]) -> None:
    """Adds those whose key is new."""
    if messages:
        connection.execute(sqlite.insert(schema.outbox).on_conflict_do_nothing(), [_new_row(each) for each in messages])


def write_back(connection: sa.Connection, posted: Sequence[Posted]) -> None:
    """Each as it says, claimed by nobody any more."""
    changed = sa.update(schema.outbox).where(schema.outbox.c.id == sa.bindparam("of_id"))
    connection.execute(changed, [_put_back_row(each) for each in posted])


def _new_row(message: Message) -> dict[str, Any]:
    return {
        "key": message.key,
        "incident": message.incident,
        "target": message.target,
        "clock": message.clock.value,
        "due_at": message.due_at,
        "wanted_at": _wanted_at(message),
        "ready_at": _wanted_at(message),
        "post": Post.PENDING.value,
        "channel": "",
        "attempts": 0,
        "tried": [],
        "fence": 0,
        "maybe_sent": False,
        "provider_id": "",
        "reason": "",
        "bundle": 0,
        "document": to_document(message),
    }


def _put_back_row(posted: Posted) -> dict[str, Any]:
    wanted_at = _wanted_at(posted.message)
    return {
        "of_id": posted.id,
        "post": posted.post.value,
        "channel": posted.channel,
        "attempts": posted.attempts,
        "tried": list(posted.tried),
        "next_try_at": posted.next_try_at,
        "wanted_at": wanted_at,
        "ready_at": max(wanted_at, posted.next_try_at or wanted_at),
        "lease_until": None,
        "maybe_sent": posted.maybe_sent,
        "reason": posted.reason,
        "document": to_document(posted.message),
    }


def _wanted_at(message: Message) -> datetime:
    return max(message.due_at, message.not_before or message.due_at)


def _found_again(now: datetime) -> dict[str, Any]:
    """Whether it arrived nobody knows. Losing one is worse than a repeat, so it goes again and says so."""
    return {"post": Post.PENDING.value, "maybe_sent": True, "lease_until": None, "ready_at": now}


def _drop_unwanted(connection: sa.Connection) -> None:
    """Asked where the claim is made: whoever acknowledged before it is not paged after it.

    What a merged incident made due still goes out: the one it merged into counts these steps as done.
    """
    out, incidents = schema.outbox, schema.incidents
    of_it = incidents.c.id == out.c.incident
    over = sa.exists().where(of_it, incidents.c.state == State.RESOLVED)
    taken = sa.exists().where(of_it, incidents.c.acknowledged)
    for clocks, why, reason in (
        ([Clock.FIRST, Clock.SECOND], over, "the incident was over before it went out"),
        ([Clock.FIRST], taken, "acknowledged before it went out"),
    ):
        unwanted = (out.c.post == Post.PENDING) & out.c.clock.in_(clocks) & why
        connection.execute(sa.update(out).where(unwanted).values(post=Post.DROPPED.value, reason=reason))


def _posted(row: sa.Row[Any]) -> Posted:
    kept = {name: getattr(row, name) for name in _KEPT}
    message = from_document(Message, row.document)
    return Posted(row.id, message, Post(row.post), tried=tuple(row.tried), **kept)
