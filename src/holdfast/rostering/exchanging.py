"""Exchanges proposed, accepted, declined and taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from holdfast.definitions.rota import BACKUP, PRIMARY
from holdfast.errors import DefinitionError, WorldError
from holdfast.oncall.exchanges import (
    COVER,
    SWAP,
    Exchange,
    Move,
    State,
    Word,
    moved,
    outdated,
    proposal,
    reversed_moves,
    said,
)
from holdfast.oncall.record import Rota
from holdfast.oncall.shifts import Shift, at_instant, laid_over, shift_day_of, shift_span, within
from holdfast.oncall.standing_in import next_free
from holdfast.oncall.verify import Finding, verify
from holdfast.rostering.asking import Roster, because


def swap(roster: Roster, one_on: date, other_on: date, reason: str) -> Exchange:
    """Proposes that the primaries of two shifts take each other's."""
    planned = roster.rota.planned()
    one, other = shift_on(roster, planned, one_on), shift_on(roster, planned, other_on)
    if one.primary is None or other.primary is None or one.primary == other.primary:
        raise DefinitionError(f"{one_on} and {other_on} have no two primaries to swap.")
    moves = [*_swap_in(one, other.primary), *_swap_in(other, one.primary)]
    return _asked(roster, SWAP, moves, f"{one.primary} and {other.primary} swap {one_on} and {other_on}{because(reason)}")


def cover(roster: Roster, giver: str, taker: str, first_on: date, last_on: date, reason: str) -> Exchange:
    """Proposes that somebody takes over what another has in these days; each shift's part stays its own."""
    for name in (giver, taker):
        roster.expect_known(name)
    rota = roster.rota
    zone = rota.zone_of(giver)
    start = datetime.combine(first_on, time(0), tzinfo=zone).astimezone(UTC)
    end = datetime.combine(last_on + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
    parts = [duty for duty in within(rota.planned(), max(start, roster.now), end) if giver in duty.people]
    if not parts:
        raise DefinitionError(f"{giver} has no role in {first_on}..{last_on}; nothing to cover.")
    moves = [move for part in parts for move in _covered(roster, rota, part, giver, taker)]
    return _asked(roster, COVER, moves, f"{taker} covers for {giver}{because(reason)}")


def _covered(roster: Roster, rota: Rota, part: Shift, giver: str, taker: str) -> list[Move]:
    role = PRIMARY if part.primary == giver else BACKUP
    moves = [Move(part.on, part.start, part.end, role, giver, taker)]
    if taker in part.people:
        # A backup who steps up is replaced by the next free person, else the manager.
        freed = BACKUP if role == PRIMARY else PRIMARY
        if freed == PRIMARY:
            raise DefinitionError(f"{taker} is primary on {part.on} and cannot back up as well.")
        after = next_free(roster.rotation, taker, part.people, rota.leave(), part)
        moves.append(Move(part.on, part.start, part.end, freed, taker, after))
    return moves


def accept(roster: Roster, exchange_id: int) -> Exchange:
    """Records the yes of whoever acts; the last one makes the exchange happen.

    A second yes of the same person changes nothing. Raises WorldError when the rows are no longer those it was
    proposed for, or would break a rule by now; the proposal is over then.
    """
    exchange, person = _open(roster, exchange_id), _consenting(roster, exchange_id)
    if exchange.words.get(person) is Word.ACCEPTED and exchange.waits_for:
        return exchange
    after = said(exchange, person, Word.ACCEPTED)
    rota, by = roster.rota, str(roster.actor())
    planned = rota.planned()
    if why := outdated(exchange, planned) or _broken_by(roster, rota, exchange):
        roster.ledger.end_exchange(exchange.id, State.EXPIRED)
        raise WorldError(f"exchange {exchange.id} is void: {why}. Ask for a new one.")
    rows = moved(planned, after.moves, after.reason) if after.state is State.ACCEPTED else []
    plan, over = ([], rows) if after.kind == COVER else (rows, [])
    roster.ledger.say(after, person, Word.ACCEPTED, roster.now, by, "", plan, over)
    roster.ledger.audit(by, "oncall accept", f"exchange {exchange.id}: {exchange.cause}", roster.now)
    return after


def decline(roster: Roster, exchange_id: int, reason: str) -> Exchange:
    """Records the no of whoever acts, which ends the exchange; an earlier yes of theirs counts no longer."""
    exchange, person = _open(roster, exchange_id), _consenting(roster, exchange_id)
    after, by = said(exchange, person, Word.DECLINED), str(roster.actor())
    roster.ledger.say(after, person, Word.DECLINED, roster.now, by, reason)
    roster.ledger.audit(by, "oncall decline", f"exchange {exchange.id}: {exchange.cause}{because(reason)}", roster.now)
    return after


def take_back(roster: Roster, exchange_id: int) -> Exchange:
    """Ends a proposal, or puts the rows of an accepted exchange back before the first of them begins."""
    exchange = _exchange(roster, exchange_id)
    state = exchange.at(roster.now).state
    person = roster.actor().person
    if person not in exchange.needs and not roster.is_manager():
        raise DefinitionError(f"exchange {exchange_id} concerns {_and(exchange.needs)}; one of them takes it back.")
    if state not in (State.PROPOSED, State.ACCEPTED):
        raise WorldError(f"exchange {exchange_id} is {state.value} already.")
    by = str(roster.actor())
    after = replace(exchange, state=State.TAKEN_BACK)
    if state is State.PROPOSED:
        roster.ledger.end_exchange(exchange_id, State.TAKEN_BACK)
    else:
        _put_back(roster, exchange, after, by)
    roster.ledger.audit(by, "oncall take-back", f"exchange {exchange_id}: {exchange.cause}", roster.now)
    return after


def _put_back(roster: Roster, exchange: Exchange, after: Exchange, by: str) -> None:
    if exchange.starts_at <= roster.now:
        raise WorldError(f"exchange {exchange.id} has begun; propose a new one for what is left.")
    rota = roster.rota
    undone = replace(exchange, moves=reversed_moves(exchange))
    if why := outdated(undone, rota.planned()):
        raise WorldError(f"exchange {exchange.id} cannot be taken back: {why}.")
    if exchange.kind == COVER:
        numbers = [each.row.number for each in rota.overrides if each.row.reason == exchange.reason]
        roster.ledger.undo(after, [], numbers, roster.now, by)
    else:
        rows = [
            replace(row, reason=_reason_before(rota, row, exchange))
            for row in moved(rota.planned(), undone.moves, exchange.reason)
        ]
        roster.ledger.undo(after, rows, [], roster.now, by)


def _asked(roster: Roster, kind: str, moves: Sequence[Move], cause: str) -> Exchange:
    """A proposal by one of those it moves, which is their yes, or by the manager, which is nobody's."""
    if min(move.start for move in moves) < roster.now:
        raise DefinitionError("a shift that has begun cannot be exchanged; `holdfast oncall cover` takes what is left.")
    actor = roster.actor()
    wanted = proposal(kind, moves, cause, roster.now, str(actor))
    if actor.person not in wanted.needs and not roster.is_manager():
        raise DefinitionError(f"this concerns {_and(wanted.needs)}; one of them, or the manager, proposes it.")
    rota = roster.rota
    if why := _broken_by(roster, rota, wanted):
        raise DefinitionError(f"that cannot be: {why}.")
    found = propose(roster, replace(wanted, warning=_near(roster, rota, wanted)))
    return accept(roster, found.id) if actor.person in found.needs else found


def propose(roster: Roster, exchange: Exchange) -> Exchange:
    exchange_id = roster.ledger.propose(exchange)
    roster.ledger.audit(exchange.proposed_by, "oncall propose", f"exchange {exchange_id}: {exchange.cause}", roster.now)
    return replace(exchange, id=exchange_id)


def _broken_by(roster: Roster, rota: Rota, exchange: Exchange) -> str:
    """The hard rule that the exchange would break; empty when it breaks none."""
    return "; ".join(each.text for each in _new_findings(roster, rota, exchange) if each.is_error)


def _near(roster: Roster, rota: Rota, exchange: Exchange) -> str:
    return "; ".join(
        each.text for each in _new_findings(roster, rota, exchange) if not each.is_error and each.kind == "clash"
    )


def _new_findings(roster: Roster, rota: Rota, exchange: Exchange) -> list[Finding]:
    planned = rota.planned()
    after = laid_over([*planned, *moved(planned, exchange.moves, exchange.reason)])
    start, end = planned[0].start, planned[-1].end

    def found(duties: Sequence[Shift]) -> list[Finding]:
        return verify(duties, roster.rotation, roster.project.people, rota.leave(), max(start, roster.now), end)

    before = {(each.kind, each.text) for each in found(planned)}
    return [each for each in found(after) if (each.kind, each.text) not in before]


def shift_on(roster: Roster, planned: Sequence[Shift], on: date) -> Shift:
    """The planned shift that holds the end of that day; DefinitionError when there is none or it has begun."""
    span = shift_span(roster.rotation, shift_day_of(roster.rotation, datetime.combine(on, time(23, 59), tzinfo=roster.rotation.hand_off.zone)))
    duty = at_instant(planned, span[0]) if span else None
    if duty is None:
        raise DefinitionError(f"no shift is planned on {on}; run `holdfast oncall plan` first.")
    if duty.start < roster.now:
        raise DefinitionError(f"the shift of {duty.on} has begun; `holdfast oncall cover` takes what is left of it.")
    return duty


def _exchange(roster: Roster, exchange_id: int) -> Exchange:
    rota = roster.rota
    found = next((each for each in rota.exchanges if each.id == exchange_id), None)
    if found is None:
        there = ", ".join(str(each.id) for each in rota.open_exchanges(roster.now)) or "none"
        raise WorldError(f"there is no exchange {exchange_id}. Open ones: {there}.")
    return found


def _open(roster: Roster, exchange_id: int) -> Exchange:
    exchange = _exchange(roster, exchange_id)
    state = exchange.at(roster.now).state
    if state is State.EXPIRED and exchange.state is State.PROPOSED:
        roster.ledger.end_exchange(exchange_id, State.EXPIRED)
    if state is not State.PROPOSED:
        raise WorldError(f"exchange {exchange_id} is {state.value} already; propose a new one.")
    return exchange


def _consenting(roster: Roster, exchange_id: int) -> str:
    """The person whose word it is; DefinitionError for anybody whom the exchange does not move."""
    exchange, person = _exchange(roster, exchange_id), roster.actor().person
    if person is None or person not in exchange.needs:
        raise DefinitionError(
            f"exchange {exchange_id} waits for {_and(exchange.waits_for or exchange.needs)}; you are {roster.actor()}. "
            "They run this from their own account, or the manager runs it --as one of them."
        )
    return person


def _swap_in(shift: Shift, taker: str) -> list[Move]:
    """The taker becomes primary; if they were the backup, the two change roles."""
    moves = [Move(shift.on, shift.start, shift.end, PRIMARY, shift.primary, taker)]
    if shift.backup == taker:
        moves.append(Move(shift.on, shift.start, shift.end, BACKUP, taker, shift.primary))
    return moves


def _reason_before(rota: Rota, row: Shift, exchange: Exchange) -> str:
    """What the shift's row said before the exchange, so that it counts again as what it was."""
    earlier = [each.reason for each in rota.rows if each.start == row.start and each.reason != exchange.reason]
    return f"{earlier[-1] if earlier else 'rotation'}; {exchange.reason} taken back"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) or "nobody"
