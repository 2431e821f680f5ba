"""What the pager remembers beside incidents and messages: whose turn it is, the time, and announced times."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names, upsert
from holdfast.adapters.ledgers.frozen_values import from_document, to_document
from holdfast.errors import Bug, TakenOver
from holdfast.incidents.incident import State
from holdfast.incidents.messages import Message, Post
from holdfast.incidents.ports import ChannelTest
from holdfast.incidents.spells import Spell, SpellKind


class PagerRecords:
    """Implements `incidents.ports.PagerLog` and `incidents.spells.SpellLog`."""

    _database: Database

    def take_over(self, now: datetime) -> int:
        """A fencing number larger than any before; whoever has an older one can record nothing any more."""
        table = schema.pager
        with self._database.writing() as connection:
            _see(connection, now)
            mine = sa.update(table).values(fence=table.c.fence + 1).returning(table.c.fence)
            return int(connection.execute(mine).scalar_one())

    def last_seen(self) -> datetime | None:
        """The latest instant that a pass or a recorded act has seen."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(schema.pager.c.last_seen))

    def see(self, now: datetime) -> None:
        """Moves it ahead, never back."""
        with self._database.writing() as connection:
            _see(connection, now)

    def overdue(self, before: datetime) -> int:
        """Messages on their way, and incidents not advanced, due before that instant."""
        out, incidents = schema.outbox, schema.incidents
        waiting = sa.select(sa.func.count()).where(
            out.c.post.in_([Post.PENDING, Post.SENDING]), out.c.wanted_at < before
        )
        behind = sa.select(sa.func.count()).where(incidents.c.state == State.OPEN, incidents.c.next_at < before)
        both = sa.select(waiting.scalar_subquery() + behind.scalar_subquery())
        with self._database.reading() as connection:
            return int(connection.execute(both).scalar_one())

    def acknowledge_hand_off(self, hand_off_at: datetime, person: str, at: datetime, by: str) -> None:
        """The person has read the note of that hand-off; the first word stays."""
        row = {"hand_off_at": hand_off_at, "person": person, "at": at, "by": by}
        with self._database.writing() as connection:
            connection.execute(sqlite.insert(schema.hand_off_acknowledgements).on_conflict_do_nothing(), row)

    def hand_off_acknowledgements(self) -> dict[datetime, dict[str, datetime]]:
        """By hand-off: who acknowledged its note, and when."""
        table = schema.hand_off_acknowledgements
        found: dict[datetime, dict[str, datetime]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(sa.select(table).order_by(table.c.hand_off_at, table.c.at)):
                found.setdefault(row.hand_off_at, {})[row.person] = row.at
        return found

    def record_channel_test(self, test: ChannelTest) -> None:
        """Sent, or the same one acknowledged."""
        row = {name: getattr(test, name) for name in field_names(ChannelTest)}
        with self._database.writing() as connection:
            connection.execute(upsert(schema.channel_tests), row)

    def channel_tests(self) -> list[ChannelTest]:
        """Oldest first."""
        table = schema.channel_tests
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.sent_at, table.c.person, table.c.channel))
            return [ChannelTest(**row._asdict()) for row in rows]

    def announce(self, spell: Spell) -> int:
        """Its id."""
        row = {name: getattr(spell, name) for name in field_names(Spell) if name != "id"}
        table = schema.spells
        with self._database.writing() as connection:
            inserted = connection.execute(sa.insert(table).returning(table.c.id), row | {"ended_by": ""})
            return int(inserted.scalar_one())

    def end_spell(self, spell_id: int, at: datetime, by: str) -> None:
        """It ends then, earlier than announced, and what waited for its end goes out. Raises Bug for an unknown id."""
        table = schema.spells
        with self._database.writing() as connection:
            spell = connection.execute(sa.select(table).where(table.c.id == spell_id)).one_or_none()
            if spell is None:
                raise Bug(f"there is no announced time {spell_id}")
            if spell.end > at:
                connection.execute(sa.update(table).where(table.c.id == spell_id).values(end=at, ended_by=by))
                if spell.kind == SpellKind.MAINTENANCE:
                    _release_waiting(connection, spell.subject, spell.end, at)

    def spells(self, since: datetime) -> list[Spell]:
        """Those that end after that instant, by start."""
        table = schema.spells
        columns = [table.c[name] for name in field_names(Spell)]
        query = sa.select(*columns).where(table.c.end > since).order_by(table.c.start, table.c.id)
        with self._database.reading() as connection:
            return [_spell(row._asdict()) for row in connection.execute(query)]


def _release_waiting(connection: sa.Connection, pipeline: str, end: datetime, at: datetime) -> None:
    """Pages of the pipeline that wait for the end of its maintenance wait until `at` instead."""
    out = schema.outbox
    waiting = sa.select(out.c.id, out.c.document).where(out.c.post == Post.PENDING, out.c.wanted_at == end)
    for row in connection.execute(waiting).all():
        message = from_document(Message, row.document)
        if message.pipeline == pipeline and message.not_before == end:
            sooner = {"wanted_at": at, "ready_at": at, "document": to_document(replace(message, not_before=at))}
            connection.execute(sa.update(out).where(out.c.id == row.id).values(sooner))


def expect_turn(connection: sa.Connection, fence: int) -> None:
    """Returns when this fencing number is the newest; raises TakenOver otherwise."""
    newest = connection.scalar(sa.select(schema.pager.c.fence))
    if newest != fence:
        raise TakenOver(
            f"another pager has taken over (its number is {newest}, this one's {fence}); nothing was recorded. "
            "This one stops."
        )


def _see(connection: sa.Connection, now: datetime) -> None:
    table = schema.pager
    ahead = sa.or_(table.c.last_seen.is_(None), table.c.last_seen < now)
    connection.execute(sa.update(table).where(ahead).values(last_seen=now))


def _spell(values: dict[str, Any]) -> Spell:
    return Spell(**values | {"kind": SpellKind(values["kind"])})
