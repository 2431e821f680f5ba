"""Time off asked for, read from elsewhere, sudden or taken back; and the exchanges that mend the plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from holdfast.definitions.rota import BACKUP, PRIMARY
from holdfast.errors import DefinitionError, WorldError
from holdfast.oncall.absences import NOTICE, TimeOff, absence
from holdfast.oncall.exchanges import TIME_OFF, Exchange, Move, State, Word, proposal
from holdfast.oncall.leave import Reading, changes
from holdfast.oncall.planning import Pair, Puzzle, Slot
from holdfast.oncall.repair import EXCHANGE, Repair, repair
from holdfast.oncall.shifts import Shift, at_instant, shift_day_of, spans
from holdfast.rostering.asking import Answer, Roster, because
from holdfast.rostering.exchanging import propose
from holdfast.rostering.planning import pair_of, puzzle_for


def take_off(roster: Roster, off: TimeOff) -> tuple[int, list[Exchange]]:
    """Records the time off and proposes what mends the plan; its id and the proposals.

    Raises DefinitionError when it is asked for later than two weeks ahead by anybody but the manager.
    """
    roster.expect_known(off.person)
    roster.expect_self_or_manager(off.person, "asks for time off")
    _expect_notice(roster, off)
    by = str(roster.actor())
    (off_id,) = roster.ledger.add_time_off([off], roster.now, by)
    roster.ledger.audit(by, "oncall off", f"time off {off_id}: {off}{because(off.reason)}", roster.now)
    return off_id, mend(roster)


def take_off_from(roster: Roster, reading: Reading, feed: str) -> tuple[list[TimeOff], list[TimeOff], list[Exchange]]:
    """Follows a CSV or a calendar: what is new in it, what is gone, and the proposals that mend the plan.

    Raises DefinitionError for anybody but the manager and the one person whose time off it is.
    """
    found = changes(roster.rota.time_off, reading, feed)
    people = {off.person for off in (*found.added, *found.withdrawn)}
    if not roster.is_manager() and people - {roster.actor().person}:
        raise DefinitionError("this calendar holds other people's time off; the manager runs this.")
    # What is over needs no record: nothing reaches back.
    new = [off for off in found.added if off.last_on >= roster.now.astimezone(roster.rotation.hand_off.zone).date()]
    for off in new:
        _expect_notice(roster, off)
    by = str(roster.actor())
    ids = roster.ledger.add_time_off(new, roster.now, by)
    _end(roster, [off.id for off in found.withdrawn], by)
    recorded = [replace(off, id=each) for off, each in zip(new, ids, strict=True)]
    roster.ledger.audit(by, "oncall off", f"{feed}: {len(new)} added, {len(found.withdrawn)} withdrawn", roster.now)
    return recorded, list(found.withdrawn), mend(roster)


def withdraw(roster: Roster, off_id: int) -> TimeOff:
    """The person is there after all; proposals that would have mended the plan end."""
    off = next((each for each in roster.rota.time_off if each.id == off_id), None)
    if off is None or not off_id:
        raise WorldError(f"there is no time off {off_id}; see `holdfast oncall verify` and team/time_off.yml.")
    roster.expect_self_or_manager(off.person, "takes time off back")
    by = str(roster.actor())
    _end(roster, [off_id], by)
    roster.ledger.audit(by, "oncall off --take-back", f"time off {off_id}: {off}", roster.now)
    return off


def _expect_notice(roster: Roster, off: TimeOff) -> None:
    starts = absence(off, roster.rotation, roster.rota.zone_of(off.person)).start
    if starts - roster.now < NOTICE and not roster.is_manager():
        raise DefinitionError(
            f"{off} begins in less than {NOTICE.days} days; that needs the manager, who runs this --as {off.person}."
        )


def _end(roster: Roster, ids: Sequence[int], by: str) -> None:
    """The time off is none from now on, and nobody is asked to mend it any more."""
    roster.ledger.withdraw_time_off(ids, roster.now, by)
    for each in roster.rota.open_exchanges(roster.now):
        if each.off_id in ids:
            roster.ledger.end_exchange(each.id, State.TAKEN_BACK)


def absent(roster: Roster, person: str, last_on: date, reason: str) -> tuple[int, Answer]:
    """Somebody is gone from now through the last day: whoever steps up, steps up at once.

    Any bound person of the rotation may say so, for whoever is gone may not be able to.
    """
    roster.expect_known(person)
    actor = roster.actor()
    if actor.person not in (*roster.rotation.engineers, person) and not roster.is_manager():
        raise DefinitionError("only somebody of the rotation or the manager says that somebody is gone.")
    today = roster.now.astimezone(roster.rota.zone_of(person)).date()
    if last_on < today:
        raise DefinitionError(f"--to {last_on} is over already; give the last day of the absence.")
    off = TimeOff(person, today, last_on, reason, sudden_at=roster.now)
    (off_id,) = roster.ledger.add_time_off([off], roster.now, str(actor))
    roster.ledger.audit(str(actor), "oncall absent", f"time off {off_id}: {off}{because(reason)}", roster.now)
    return off_id, roster.answer(roster.now)


def mend(roster: Roster) -> list[Exchange]:
    """Proposes the smallest exchange for each shift that somebody in it can no longer do.

    Shifts for which a proposal is open already are left to it, so this can be run again at any time.
    """
    rota = roster.rota
    planned, slots = rota.planned(), _future_slots(roster, rota.planned())
    if not slots:
        return []
    puzzle = _without_refusals(puzzle_for(roster, rota, slots), rota.exchanges)
    pairs = [pair_of(roster, at_instant(planned, slot.start)) for slot in slots]
    pending = {(move.on, move.giver) for each in rota.open_exchanges(roster.now) for move in each.moves}
    found = []
    for off in rota.time_off:
        if off.person not in puzzle.people:
            continue
        who, gone = puzzle.people.index(off.person), absence(off, roster.rotation, rota.zone_of(off.person))
        for s, slot in enumerate(slots):
            mine = who in (pairs[s].primary, pairs[s].backup) and gone.meets(slot.start, slot.end)
            better = repair(puzzle, pairs, who, s) if mine and (slot.on, off.person) not in pending else None
            if better is not None:
                found.append(propose(roster, _mending(roster, off, better, _moves(puzzle, pairs, better.pairs))))
                pairs = list(better.pairs)
    return found


def _mending(roster: Roster, off: TimeOff, better: Repair, moves: Sequence[Move]) -> Exchange:
    warning = "leaves one shift between two of one person" if better.is_near else ""
    if better.kind != EXCHANGE:
        warning = "nobody can give a shift in return; the next plan evens it out"
    cause, by = f"time off {off.id} of {off}", str(roster.actor())
    return proposal(TIME_OFF, moves, cause, roster.now, by, off_id=off.id, warning=warning)


def _future_slots(roster: Roster, planned: Sequence[Shift]) -> list[Slot]:
    """Whole shifts of the rotation that are planned and have not begun."""
    if not planned or planned[-1].end <= roster.now:
        return []
    first = shift_day_of(roster.rotation, max(roster.now, planned[0].start))
    slots = []
    for on, start, end in spans(roster.rotation, first, planned[-1].end.date() + timedelta(days=1)):
        if start >= roster.now:
            if at_instant(planned, start) is None:
                break
            slots.append(Slot(on, start, end))
    return slots


def _without_refusals(puzzle: Puzzle, exchanges: Sequence[Exchange]) -> Puzzle:
    """The puzzle in which nobody is free for what they said no to."""
    refused = {
        (move.taker, move.on)
        for each in exchanges
        for move in each.moves
        if each.state is State.DECLINED and move.taker is not None and each.words.get(move.taker) is Word.DECLINED
    }
    free = tuple(
        tuple(is_free and (who, slot.on) not in refused for is_free, slot in zip(row, puzzle.slots, strict=True))
        for who, row in zip(puzzle.people, puzzle.free, strict=True)
    )
    return replace(puzzle, free=free)


def _moves(puzzle: Puzzle, before: Sequence[Pair], after: Sequence[Pair]) -> list[Move]:
    names = [*puzzle.people, None]
    moves = []
    for slot, old, new in zip(puzzle.slots, before, after, strict=True):
        for role, giver, taker in ((PRIMARY, old.primary, new.primary), (BACKUP, old.backup, new.backup)):
            if giver != taker:
                moves.append(Move(slot.on, slot.start, slot.end, role, names[giver], names[taker]))
    return moves
