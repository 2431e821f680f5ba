"""Weeks filled with people by a planner, held against the verifier, and recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from holdfast.definitions.rota import WEEK
from holdfast.errors import Bug, DefinitionError
from holdfast.oncall.burden import Burden, mean
from holdfast.oncall.planning import (
    ANYBODY,
    NOBODY,
    Pair,
    Plan,
    Planner,
    Puzzle,
    Slot,
    Standing,
    puzzle_of,
    reason_of,
)
from holdfast.oncall.record import Rota
from holdfast.oncall.shifts import (
    Shift,
    at_instant,
    hand_off_days,
    laid_over,
    shift_day_of,
    shift_span,
    spans,
    within,
)
from holdfast.oncall.verify import AGREED, verify
from holdfast.rostering.asking import Roster

CYCLES_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it was recorded, and what it does to everybody."""

    plan: Plan
    rows: tuple[Shift, ...]
    clashes: tuple[str, ...]
    """Weeks without anybody, and whom of the people what keeps."""
    in_plan: dict[str, Burden]
    in_all: dict[str, Burden]
    """With what was carried before."""


def next_unplanned(roster: Roster) -> date:
    """The first hand-off from which nothing is planned; the next one when there is no plan."""
    duties = roster.rota.planned()
    at = max([roster.now, *(duty.end for duty in duties)]) if duties else roster.now
    on = shift_day_of(roster.rotation, at)
    span = shift_span(roster.rotation, on)
    return on if span and span[0] >= at else on + timedelta(days=roster.rotation.shift_days)


def plan(roster: Roster, first_on: date, weeks: int, planner: Planner) -> Planned:
    """Fills these weeks and records the rows; history is never planned again.

    Raises DefinitionError when the day is no hand-off, or its shift has begun and is planned.
    """
    rota, slots = roster.rota, _slots(roster, first_on, weeks)
    _refuse_history(roster, rota, slots[0])
    newcomers = _newcomers(roster, rota, slots)
    rota = replace(rota, carried={**rota.carried, **newcomers})
    puzzle = puzzle_for(roster, rota, slots)
    made = planner.plan(puzzle)
    names = [*puzzle.people, None]  # NOBODY is -1: the last
    rows = [
        Shift(s.on, s.start, s.end, names[pair.primary], names[pair.backup], reason_of(puzzle, made.pairs, at))
        for at, (s, pair) in enumerate(zip(slots, made.pairs, strict=True))
    ]
    _refuse_broken(roster, rota, rows)
    by = str(roster.actor())
    roster.ledger.carry(newcomers, "new in the rotation: the mean of the others", roster.now, by)
    roster.ledger.add_shifts(rows, roster.now, by)
    roster.ledger.audit(by, "oncall plan", f"{first_on}, {weeks} weeks, {made.planner}", roster.now)
    return _planned(roster, made, rows)


def _slots(roster: Roster, first_on: date, weeks: int) -> list[Slot]:
    if weeks < 1:
        raise DefinitionError(f"--weeks {weeks}: plan at least one.")
    if roster.rotation.every == WEEK and first_on not in hand_off_days(roster.rotation, first_on, first_on + timedelta(days=1)):
        (near,) = hand_off_days(roster.rotation, first_on, first_on + timedelta(days=7))
        raise DefinitionError(f"--from {first_on}: no shift begins on that day; the next one begins on {near}.")
    return [Slot(*each) for each in spans(roster.rotation, first_on, first_on + timedelta(weeks=weeks))]


def _refuse_history(roster: Roster, rota: Rota, slot: Slot) -> None:
    if slot.start < roster.now and at_instant(rota.planned(), slot.start) is not None:
        raise DefinitionError(
            f"--from {slot.on}: that shift has begun, and history is never planned again. The first that can be "
            f"planned begins on {shift_day_of(roster.rotation, roster.now) + timedelta(days=roster.rotation.shift_days)}."
        )


def _newcomers(roster: Roster, rota: Rota, slots: Sequence[Slot]) -> dict[str, Burden]:
    """Engineers without a shift so far, who begin with what the others carry on average."""
    before = [duty for duty in rota.duties() if duty.start < slots[0].start]
    seen = {name for duty in before for name in duty.people} | set(rota.carried)
    others = [who for who in roster.rotation.engineers if who in seen]
    new = [who for who in roster.rotation.engineers if who not in seen]
    if not others or not new:
        return {}
    carried = roster.burdens_of(rota, within(before, before[0].start, slots[0].start), carried=True) if before else rota.carried
    return dict.fromkeys(new, mean({who: carried[who] for who in others}))


def puzzle_for(roster: Roster, rota: Rota, slots: Sequence[Slot]) -> Puzzle:
    planned = rota.planned()
    history = [duty for duty in rota.duties() if duty.start < slots[0].start]
    carried = roster.burdens_of(rota, within(history, history[0].start, slots[0].start), carried=True) if history else dict(rota.carried)
    here = {person.name: (person.joined_on, person.left_on) for person in roster.project.people}
    standing = Standing(carried, here, rota.leave())
    puzzle = puzzle_of(
        roster.rotation,
        slots,
        standing,
        roster.year(slots[0].on, slots[-1].on + timedelta(days=7)),
        before=_neighbours(roster, planned, slots[0].on, -CYCLES_BEFORE * len(roster.rotation.engineers)),
        after=_neighbours(roster, planned, slots[-1].on, roster.rotation.shifts_between + 1),
    )
    kept, reasons = _kept(roster, planned, puzzle)
    return replace(puzzle, kept=kept, reasons=reasons)


def _neighbours(roster: Roster, planned: Sequence[Shift], on: date, count: int) -> list[Pair]:
    """Pairs of the shifts planned before (count below 0) or after that day's, up to the first that is not."""
    step = 1 if count > 0 else -1
    found = []
    for distance in range(step, count + step, step):
        span = shift_span(roster.rotation, on + timedelta(days=roster.rotation.shift_days * distance))
        duty = at_instant(planned, span[0]) if span else None
        if duty is None:
            break
        found.append(pair_of(roster, duty))
    return found if step > 0 else found[::-1]


def pair_of(roster: Roster, duty: Shift | None) -> Pair:
    people = roster.rotation.engineers
    if duty is None:
        return Pair(NOBODY, NOBODY)

    def number(name: str | None) -> int:
        return people.index(name) if name in people else NOBODY

    return Pair(number(duty.primary), number(duty.backup))


def _kept(roster: Roster, planned: Sequence[Shift], puzzle: Puzzle) -> tuple[dict[int, Pair], dict[int, str]]:
    """Shifts that people agreed on, as long as nobody in them is away."""
    kept: dict[int, Pair] = {}
    reasons: dict[int, str] = {}
    for s, slot in enumerate(puzzle.slots):
        duty = at_instant(planned, slot.start)
        if duty and duty.end == slot.end and duty.reason.startswith(AGREED):
            pair = pair_of(roster, duty)
            if all(who == NOBODY or puzzle.free[who][s] for who in (pair.primary, pair.backup)):
                kept[s], reasons[s] = pair, duty.reason
    by_day = {slot.on: s for s, slot in enumerate(puzzle.slots)}
    for swap in roster.project.team.swaps:
        for on, taker in ((swap.on, swap.other), (swap.other_on, swap.person)):
            agreed = by_day.get(on)
            if agreed is not None and agreed not in kept and taker in puzzle.people:
                who = puzzle.people.index(taker)
                if puzzle.free[who][agreed]:
                    kept[agreed], reasons[agreed] = Pair(who, ANYBODY), "swap agreed in team/swaps.yml"
    return kept, reasons


def _refuse_broken(roster: Roster, rota: Rota, rows: Sequence[Shift]) -> None:
    """The verifier's word on a fresh plan; it shares nothing with the planners."""
    duties = laid_over([*rota.planned(), *rows])
    found = verify(duties, roster.rotation, roster.project.people, rota.leave(), rows[0].start, rows[-1].end)
    wrong = [each.text for each in found if each.is_error and each.kind in ("gap", "clash")]
    if wrong:
        raise Bug(f"the plan breaks a rule and was not recorded: {'; '.join(wrong[:3])}")


def _planned(roster: Roster, made: Plan, rows: Sequence[Shift]) -> Planned:
    clashes = [f"{row.on}: {row.reason}" for row in rows if row.primary is None or row.backup is None]
    start, end = rows[0].start, rows[-1].end
    return Planned(made, tuple(rows), tuple(clashes), roster.burdens(start, end), roster.burdens(until=end))
