"""The smallest change to a plan after somebody is away: an exchange between two people that leaves totals equal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from holdfast.oncall.planning import NOBODY, Pair, Puzzle, may_be_primary, score

EXCHANGE, COVER = "exchange", "cover"
LEAST_BETWEEN = 1
"""Shifts between two primary shifts of one person that people may agree to, fewer than the planner may."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What to propose: the plan as it would be, who has to agree, and whether shifts come unusually near."""

    kind: str
    """An exchange leaves everybody's days equal; a cover leaves a debt, which the next plan evens out."""
    pairs: tuple[Pair, ...]
    changed: tuple[int, ...]
    """Shifts with another pair than before."""
    people: tuple[int, ...]
    is_near: bool


def repair(puzzle: Puzzle, pairs: Sequence[Pair], who: int, slot: int) -> Repair | None:
    """How the person gets out of their role in that shift; None when nobody can take it.

    Tried in order: an exchange with the usual distance, one that only leaves one shift between, somebody
    who takes the shift for nothing. Among equals: fewest people, fewest shifts, then the plan's own goals.
    The plan has to have the person in that shift, and `puzzle.free` to say who is there.
    """
    was_primary = pairs[slot].primary == who
    found = list(_exchanges(puzzle, pairs, who, slot) if was_primary else _backup_exchanges(puzzle, pairs, who, slot))
    usual = [each for each in found if not each.is_near]
    covers = [] if found else list(_covers(puzzle, pairs, who, slot))
    candidates = usual or found or covers
    return min(candidates, key=lambda each: _cost(puzzle, each), default=None)


def _cost(puzzle: Puzzle, each: Repair) -> tuple[int, bool, int, tuple[Fraction, ...], tuple[int, ...]]:
    return (len(each.people), each.is_near, len(each.changed), tuple(score(puzzle, each.pairs).values()), each.changed)


def _exchanges(puzzle: Puzzle, pairs: Sequence[Pair], who: int, slot: int) -> Iterator[Repair]:
    """Somebody takes the shift and gives one of theirs."""
    for other in range(len(puzzle.people)):
        if other == who or not puzzle.free[other][slot]:
            continue
        for theirs, pair in enumerate(pairs):
            if pair.primary != other or not puzzle.free[who][theirs] or theirs in puzzle.kept:
                continue
            for mine, given in _with_backups(puzzle, pairs, who, other, slot, theirs):
                changed = list(pairs)
                changed[slot], changed[theirs] = mine, given
                yield from _checked(EXCHANGE, puzzle, pairs, changed)


def _with_backups(
    puzzle: Puzzle, pairs: Sequence[Pair], who: int, other: int, slot: int, theirs: int
) -> Iterator[tuple[Pair, Pair]]:
    """Both shifts after the exchange; a backup who would now be primary is replaced by anybody free."""
    for mine in _backups(puzzle, slot, other, pairs[slot].backup):
        for given in _backups(puzzle, theirs, who, pairs[theirs].backup):
            yield Pair(other, mine), Pair(who, given)


def _backups(puzzle: Puzzle, slot: int, primary: int, backup: int) -> list[int]:
    if backup != primary:
        return [backup]
    free = [who for who in range(len(puzzle.people)) if who != primary and puzzle.free[who][slot]]
    return free or [NOBODY]


def _backup_exchanges(puzzle: Puzzle, pairs: Sequence[Pair], who: int, slot: int) -> Iterator[Repair]:
    for theirs, pair in enumerate(pairs):
        other = pair.backup
        if other in (who, NOBODY) or not puzzle.free[other][slot] or not puzzle.free[who][theirs]:
            continue
        if pairs[slot].primary == other or pair.primary == who or theirs in puzzle.kept:
            continue
        changed = list(pairs)
        changed[slot] = replace(pairs[slot], backup=other)
        changed[theirs] = replace(pair, backup=who)
        yield from _checked(EXCHANGE, puzzle, pairs, changed)


def _covers(puzzle: Puzzle, pairs: Sequence[Pair], who: int, slot: int) -> Iterator[Repair]:
    """Somebody takes it for nothing."""
    for other in range(len(puzzle.people)):
        if other == who or not puzzle.free[other][slot] or other == pairs[slot].primary:
            continue
        changed = list(pairs)
        if pairs[slot].primary != who:
            changed[slot] = replace(pairs[slot], backup=other)
            yield from _checked(COVER, puzzle, pairs, changed)
            continue
        for backup in _backups(puzzle, slot, other, pairs[slot].backup):
            changed[slot] = Pair(other, backup)
            yield from _checked(COVER, puzzle, pairs, changed)


def _checked(kind: str, puzzle: Puzzle, before: Sequence[Pair], after: Sequence[Pair]) -> Iterator[Repair]:
    """The change, if every shift it touches keeps the hard rules."""
    changed = tuple(s for s, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)
    line = [*puzzle.before, *after, *puzzle.after]
    is_near = False
    for s in changed:
        if after[s].primary == before[s].primary:
            continue
        at = len(puzzle.before) + s
        if not may_be_primary(puzzle, line, at, after[s].primary):
            if not may_be_primary(replace(puzzle, between=min(LEAST_BETWEEN, puzzle.between)), line, at, after[s].primary):
                return
            is_near = True
    touched = {who for s in changed for pair in (before[s], after[s]) for who in (pair.primary, pair.backup)}
    moved = {who for who in touched if who != NOBODY and any(_role(before[s], who) != _role(after[s], who) for s in changed)}
    yield Repair(kind, tuple(after), changed, tuple(sorted(moved)), is_near)


def _role(pair: Pair, who: int) -> str:
    return "primary" if pair.primary == who else "backup" if pair.backup == who else ""
