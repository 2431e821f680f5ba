"""Planned shifts, overrides, time off and exchanges: rows are added, and marked as ended; none is deleted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, upsert
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.burden import MEASURES, Burden
from holdfast.oncall.exchanges import Exchange, Move, State, Word
from holdfast.oncall.record import Override, Recorded, Withdrawn
from holdfast.oncall.shifts import Shift

_SHIFT = ("on", "start", "end", "primary", "backup", "reason", "number", "recorded_at", "by")
_OFF = ("person", "first_on", "last_on", "reason", "id", "sudden_at", "uid", "feed", "recorded_at", "by")


class RotaRecords:
    """Implements `oncall.record.RotaLog`."""

    _database: Database

    def recorded(self) -> Recorded:
        """Everything, in the order in which it was recorded, from one state of the ledger."""
        shifts, overrides, offs = schema.rota_shifts, schema.rota_overrides, schema.time_off
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(*(shifts.c[name] for name in _SHIFT)).order_by(shifts.c.number)).all()
            over = connection.execute(
                sa.select(*(overrides.c[name] for name in _SHIFT), overrides.c.taken_back_at).order_by(overrides.c.number)
            ).all()
            off = connection.execute(
                sa.select(*(offs.c[name] for name in _OFF), offs.c.withdrawn_at).order_by(offs.c.id)
            ).all()
            exchanges = connection.execute(sa.select(schema.exchanges).order_by(schema.exchanges.c.id)).all()
            words = connection.execute(sa.select(schema.exchange_words)).all()
            carried = connection.execute(sa.select(schema.carried_burdens)).all()
        said: dict[int, dict[str, Word]] = {}
        for word in words:
            said.setdefault(word.exchange_id, {})[word.person] = Word(word.word)
        return Recorded(
            rows=tuple(Shift(*row) for row in rows),
            overrides=tuple(Override(Shift(*row[:-1]), row[-1]) for row in over),
            time_off=tuple(TimeOff(*row[:-1]) for row in off if row[-1] is None),
            withdrawn=tuple(Withdrawn(TimeOff(*row[:-1]), row[-1]) for row in off if row[-1] is not None),
            exchanges=tuple(_exchange(row, said.get(row.id, {})) for row in exchanges),
            carried={row.person: _burden(row.burden) for row in carried},
        )

    def add_shifts(self, rows: Sequence[Shift], at: datetime, by: str) -> None:
        """Plans these shifts; they lie over whatever was planned for their time."""
        with self._database.writing() as connection:
            _add_shifts(connection, rows, at, by)

    def add_overrides(self, rows: Sequence[Shift], at: datetime, by: str) -> list[int]:
        """Lays these hours over the plan; their numbers, in the order given."""
        with self._database.writing() as connection:
            return _add_overrides(connection, rows, at, by)

    def take_back_overrides(self, numbers: Sequence[int], at: datetime, by: str) -> None:
        """From then on they count no longer."""
        with self._database.writing() as connection:
            _take_back(connection, numbers, at, by)

    def add_time_off(self, offs: Sequence[TimeOff], at: datetime, by: str) -> list[int]:
        """Records when people are away; the ids, in the order given."""
        table, ids = schema.time_off, []
        with self._database.writing() as connection:
            for off in offs:
                row = {name: getattr(off, name) for name in _OFF if name != "id"}
                row |= {"recorded_at": at, "by": by, "withdrawn_by": ""}
                ids.append(int(connection.execute(sa.insert(table).returning(table.c.id), row).scalar_one()))
        return ids

    def withdraw_time_off(self, ids: Sequence[int], at: datetime, by: str) -> None:
        """From then on these people are there again."""
        table = schema.time_off
        withdrawn = sa.update(table).where(table.c.id.in_(ids), table.c.withdrawn_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(withdrawn.values(withdrawn_at=at, withdrawn_by=by))

    def propose(self, exchange: Exchange) -> int:
        """Writes the proposal; its id."""
        row = {
            "kind": exchange.kind,
            "moves": [_move_document(move) for move in exchange.moves],
            "needs": list(exchange.needs),
            "cause": exchange.cause,
            "proposed_at": exchange.proposed_at,
            "expires_at": exchange.expires_at,
            "proposed_by": exchange.proposed_by,
            "state": exchange.state.value,
            "off_id": exchange.off_id,
            "warning": exchange.warning,
        }
        table = schema.exchanges
        with self._database.writing() as connection:
            return int(connection.execute(sa.insert(table).returning(table.c.id), row).scalar_one())

    def say(
        self,
        exchange: Exchange,
        person: str,
        word: Word,
        at: datetime,
        by: str,
        reason: str,
        rows: Sequence[Shift] = (),
        overrides: Sequence[Shift] = (),
    ) -> None:
        """Records the person's word, where it leaves the exchange, and the rows it makes, all or nothing."""
        row = {"exchange_id": exchange.id, "person": person, "word": word.value, "by": by, "at": at, "reason": reason}
        with self._database.writing() as connection:
            connection.execute(upsert(schema.exchange_words), row)
            _end(connection, exchange.id, exchange.state)
            _add_shifts(connection, rows, at, by)
            _add_overrides(connection, overrides, at, by)

    def end_exchange(self, exchange_id: int, state: State) -> None:
        """The exchange is over, without its moves."""
        with self._database.writing() as connection:
            _end(connection, exchange_id, state)

    def undo(self, exchange: Exchange, rows: Sequence[Shift], overrides: Sequence[int], at: datetime, by: str) -> None:
        """Writes the state, the rows that put the plan back, and the end of these overrides, all or nothing."""
        with self._database.writing() as connection:
            _end(connection, exchange.id, exchange.state)
            _add_shifts(connection, rows, at, by)
            _take_back(connection, overrides, at, by)

    def carry(self, burdens: Mapping[str, Burden], reason: str, at: datetime, by: str) -> None:
        """What these people are taken to have carried before their first shift; said once for each."""
        rows = [
            {
                "person": person,
                "burden": {name: str(getattr(burden, name)) for name in MEASURES},
                "reason": reason,
                "recorded_at": at,
                "by": by,
            }
            for person, burden in burdens.items()
        ]
        if rows:
            with self._database.writing() as connection:
                connection.execute(sa.insert(schema.carried_burdens), rows)


def _shift_row(row: Shift, at: datetime, by: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHIFT if name != "number"} | {"recorded_at": at, "by": by}


def _add_shifts(connection: sa.Connection, rows: Sequence[Shift], at: datetime, by: str) -> None:
    if rows:
        connection.execute(sa.insert(schema.rota_shifts), [_shift_row(row, at, by) for row in rows])


def _take_back(connection: sa.Connection, numbers: Sequence[int], at: datetime, by: str) -> None:
    table = schema.rota_overrides
    ended = sa.update(table).where(table.c.number.in_(numbers), table.c.taken_back_at.is_(None))
    connection.execute(ended.values(taken_back_at=at, taken_back_by=by))


def _add_overrides(connection: sa.Connection, rows: Sequence[Shift], at: datetime, by: str) -> list[int]:
    table = schema.rota_overrides
    added = sa.insert(table).returning(table.c.number)
    return [
        int(connection.execute(added, _shift_row(row, at, by) | {"taken_back_by": ""}).scalar_one()) for row in rows
    ]


def _end(connection: sa.Connection, exchange_id: int, state: State) -> None:
    table = schema.exchanges
    connection.execute(sa.update(table).where(table.c.id == exchange_id).values(state=state.value))


def _move_document(move: Move) -> dict[str, str | None]:
    return {
        "on": move.on.isoformat(),
        "start": move.start.astimezone(UTC).isoformat(),
        "end": move.end.astimezone(UTC).isoformat(),
        "role": move.role,
        "giver": move.giver,
        "taker": move.taker,
    }


def _move(document: dict[str, Any]) -> Move:
    return Move(
        date.fromisoformat(document["on"]),
        datetime.fromisoformat(document["start"]),
        datetime.fromisoformat(document["end"]),
        document["role"],
        document["giver"],
        document["taker"],
    )


def _exchange(row: sa.Row[Any], words: dict[str, Word]) -> Exchange:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values |= {
        "moves": tuple(_move(each) for each in row.moves),
        "needs": tuple(row.needs),
        "state": State(row.state),
        "words": words,
    }
    return Exchange(**values)


def _burden(document: dict[str, str]) -> Burden:
    return Burden(**{name: Fraction(text) for name, text in document.items()})
