"""Exchanges of shifts: proposed, accepted by everybody they move, declined, expired or taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from holdfast.definitions.rota import BACKUP, PRIMARY
from holdfast.oncall.shifts import Shift, within

OPEN_FOR = timedelta(days=7)
SWAP, TIME_OFF, COVER = "swap", "time off", "cover"


class State(StrEnum):
    """Where an exchange stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    TAKEN_BACK = "taken back"


class Word(StrEnum):
    """What a person said to it."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Move:
    """In one shift, or a part of it, a role passes from one person to another; None is the manager."""

    on: date
    start: datetime
    end: datetime
    role: str
    giver: str | None
    taker: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Moves that happen together once everybody whom they move has accepted."""

    kind: str
    moves: tuple[Move, ...]
    needs: tuple[str, ...]
    """People who have to accept."""
    cause: str
    """Why, in words: who asked, or whose time off it mends."""
    proposed_at: datetime
    expires_at: datetime
    proposed_by: str
    id: int = 0
    state: State = State.PROPOSED
    words: Mapping[str, Word] = field(default_factory=dict)
    off_id: int = 0
    """The time off that it mends; 0 for none."""
    warning: str = ""

    @property
    def starts_at(self) -> datetime:
        """When the first of its moves begins."""
        return min(move.start for move in self.moves)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Who has not said anything yet."""
        return tuple(name for name in self.needs if name not in self.words)

    @property
    def reason(self) -> str:
        """What the rows that it makes will say."""
        if self.off_id:
            return f"{TIME_OFF} {self.off_id}"
        return f"{COVER if self.kind == COVER else SWAP} {self.id}"

    def at(self, now: datetime) -> "Exchange":
        """As it stands at that instant: a proposal expires by itself."""
        if self.state is State.PROPOSED and now >= self.expires_at:
            return replace(self, state=State.EXPIRED)
        return self


def proposal(
    kind: str, moves: Sequence[Move], cause: str, now: datetime, by: str, *, off_id: int = 0, warning: str = ""
) -> Exchange:
    """A proposal that stays open for a week, and no longer than until its first shift begins."""
    people = dict.fromkeys(name for move in moves for name in (move.giver, move.taker) if name is not None)
    return Exchange(
        kind=kind,
        moves=tuple(moves),
        needs=tuple(people),
        cause=cause,
        proposed_at=now,
        expires_at=min(now + OPEN_FOR, *(move.start for move in moves)),
        proposed_by=by,
        off_id=off_id,
        warning=warning,
    )


def said(exchange: Exchange, person: str, word: Word) -> Exchange:
    """The exchange after that person's word: one no declines it, the last yes accepts it."""
    words = {**exchange.words, person: word}
    state = exchange.state
    if word is Word.DECLINED:
        state = State.DECLINED
    elif all(words.get(name) is Word.ACCEPTED for name in exchange.needs):
        state = State.ACCEPTED
    return replace(exchange, words=words, state=state)


def outdated(exchange: Exchange, duties: Sequence[Shift]) -> str:
    """Why the rows are no longer those that it was proposed for; empty when they are."""
    for move in exchange.moves:
        for duty in within(duties, move.start, move.end):
            holder = duty.primary if move.role == PRIMARY else duty.backup
            if holder != move.giver:
                return f"the {move.role} of {move.on} is {holder or 'the manager'} by now, not {move.giver or 'the manager'}"
    return ""


def moved(duties: Sequence[Shift], moves: Sequence[Move], reason: str) -> list[Shift]:
    """New rows for the shifts, or parts of shifts, that the moves change: a row each, oldest first."""
    spans = sorted({(move.start, move.end) for move in moves})
    rows = []
    for start, end in spans:
        here = [move for move in moves if (move.start, move.end) == (start, end)]
        for duty in within(duties, start, end):
            taken = {move.role: move.taker for move in here}
            rows.append(
                replace(
                    duty,
                    primary=taken.get(PRIMARY, duty.primary),
                    backup=taken.get(BACKUP, duty.backup),
                    reason=reason,
                    number=0,
                    recorded_at=None,
                    by="",
                )
            )
    return rows


def reversed_moves(exchange: Exchange) -> tuple[Move, ...]:
    """The moves that undo it."""
    return tuple(replace(move, giver=move.taker, taker=move.giver) for move in exchange.moves)
