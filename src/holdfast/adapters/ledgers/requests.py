"""Verbs asked of the running builder."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names
from holdfast.errors import Bug
from holdfast.runs.ports import Request

ASKED, STARTED, DONE, FAILED = "asked", "started", "done", "failed"


class RequestRecords:
    """Implements `runs.ports.RequestLog`."""

    _database: Database

    def ask(self, verb: str, arguments: dict[str, str], actor: str, at: datetime) -> int:
        """Writes the row for the builder to find; its id."""
        row = {
            "verb": verb,
            "arguments": arguments,
            "actor": actor,
            "asked_at": at,
            "state": ASKED,
            "answer": "",
        }
        with self._database.writing() as connection:
            inserted = connection.execute(sa.insert(schema.requests).returning(schema.requests.c.id), row)
            return int(inserted.scalar_one())

    def next_request(self) -> Request | None:
        """The oldest row still `asked`, marked `started` in the same transaction."""
        table = schema.requests
        oldest = sa.select(sa.func.min(table.c.id)).where(table.c.state == ASKED)
        with self._database.reading() as connection:
            # Most looks find nothing; they should not stand in a writer's way.
            if connection.scalar(oldest) is None:
                return None
        claim = sa.update(table).where(table.c.id == oldest.scalar_subquery()).values(state=STARTED)
        with self._database.writing() as connection:
            row = connection.execute(claim.returning(*_columns())).one_or_none()
            return Request(*row) if row else None

    def answer(self, request_id: int, state: str, text: str) -> None:
        """Ends the request as `done` or `failed`. Raises Bug for another state or an unknown id."""
        if state not in (DONE, FAILED):
            raise Bug(f"request {request_id} is answered with state {state!r}; it can only be done or failed")
        table = schema.requests
        ended = sa.update(table).where(table.c.id == request_id).values(state=state, answer=text)
        with self._database.writing() as connection:
            if not connection.execute(ended).rowcount:
                raise Bug(f"there is no request {request_id} to answer")

    def request(self, request_id: int) -> Request:
        """How the request stands. Raises Bug for an unknown id."""
        query = sa.select(*_columns()).where(schema.requests.c.id == request_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise Bug(f"there is no request {request_id}")
        return Request(*row)

    def fail_started_requests(self, text: str) -> int:
        """Answers every request that a builder took and did not live to answer; how many there were.

        For a new builder to call once it holds the lock: whoever waits would otherwise wait for ever.
        """
        table = schema.requests
        left = sa.update(table).where(table.c.state == STARTED).values(state=FAILED, answer=text)
        with self._database.writing() as connection:
            return connection.execute(left).rowcount


def _columns() -> list[sa.Column[Any]]:
    return [schema.requests.c[name] for name in field_names(Request)]
