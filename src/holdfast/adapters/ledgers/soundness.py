"""What in the pager's records cannot be, or should be no more: for people who ask, never for the pager."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database
from holdfast.incidents.incident import State
from holdfast.incidents.messages import Post

LATE = timedelta(minutes=5)
SHOWN = 5


class SoundnessRecords:
    """Looks at incidents and outbox together."""

    _database: Database

    def pager_findings(self, now: datetime) -> list[str]:
        """A sentence for each thing that is wrong; empty when all is well."""
        out, incidents, pager = schema.outbox, schema.incidents, schema.pager
        fence = sa.select(pager.c.fence).scalar_subquery()
        told = sa.exists().where(schema.incident_events.c.incident == incidents.c.id)
        known = sa.exists().where(incidents.c.id == out.c.incident)
        waiting = out.c.post.in_([Post.PENDING, Post.SENDING])
        asked = (
            ("message(s) are due for more than five minutes and not sent:", out.c.id, waiting & (out.c.wanted_at < now - LATE)),
            ("message(s) were being sent when an earlier pager ended; the next one sends them again:", out.c.id, (out.c.post == Post.SENDING) & (out.c.fence != fence)),
            ("message(s) belong to an incident that is not there:", out.c.id, (out.c.incident != 0) & ~known),
            ("incident(s) are due for more than five minutes and not moved on:", incidents.c.id, (incidents.c.state == State.OPEN) & (incidents.c.next_at < now - LATE)),
            ("incident(s) have no timeline:", incidents.c.id, ~told),
        )
        with self._database.reading() as connection:
            found = [(what, list(connection.scalars(sa.select(column).where(which).order_by(column)))) for what, column, which in asked]
        return [f"{len(ids)} {what} {_some(ids)}" for what, ids in found if ids]

    def timers(self) -> dict[int, datetime | None]:
        """Of every open incident, when time alone changes it next."""
        table = schema.incidents
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table.c.id, table.c.next_at).where(table.c.state == State.OPEN))
            return {row.id: row.next_at for row in rows}


def _some(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:SHOWN]))
    return shown if len(ids) <= SHOWN else f"{shown} and {len(ids) - SHOWN} more"
