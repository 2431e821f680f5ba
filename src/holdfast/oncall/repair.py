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
    is_equal: bool
    """Everybody has as many shifts in each role as before."""


def repair(puzzle: Puzzle, pairs: Sequence[Pair], who: int, slot: int) -> Repair | None:
    """How the person gets out of their role in that shift; None when nobody can take it.

    An exchange that leaves everybody's totals equal comes before one that does not, then the usual distance
    before one that leaves a single shift between, then fewest people, fewest shifts, weeks not far from each
    other, and the plan's own goals.
    Only without any exchange somebody takes the shift for nothing.
    """
    tried = _exchanges if pairs[slot].primary == who else _backup_exchanges
    found = list(tried(puzzle, pairs, who, slot)) or list(_covers(puzzle, pairs, who, slot))
    if not found:
        return None
    # The goals are counted for the best few only: they cost more than everything else together.
    least = min(_cost(puzzle, each) for each in found)
    return min((each for each in found if _cost(puzzle, each) == least), key=lambda each: _by_goals(puzzle, each))


def _cost(puzzle: Puzzle, each: Repair) -> tuple[bool, bool, int, int, int]:
    # People exchange weeks of one season: within two cycles all are alike, and beyond them nearer is better.
    apart = (each.changed[-1] - each.changed[0]) // (2 * puzzle.cycle)
    return (not each.is_equal, each.is_near, len(each.people), len(each.changed), apart)


def _by_goals(puzzle: Puzzle, each: Repair) -> tuple[tuple[Fraction, ...], tuple[int, ...]]:
    return tuple(score(puzzle, each.pairs).values()), each.changed


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
                for even in (changed, *_evened(puzzle, pairs, changed)):
                    yield from _checked(EXCHANGE, puzzle, pairs, even)


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


def _evened(puzzle: Puzzle, before: Sequence[Pair], after: Sequence[Pair]) -> Iterator[list[Pair]]:
    """The change with one more shift in it, in which whoever backs up once too often is replaced by whoever lacks one."""
    counts = [_backups_of(after, who) - _backups_of(before, who) for who in range(len(puzzle.people))]
    if sorted(counts)[-1:] != [1] or counts.count(1) != 1 or counts.count(-1) != 1:
        return
    more, less = counts.index(1), counts.index(-1)
    found = list(_handed(puzzle, after, more, less))
    if not found:
        # Through a third person: one shift each, and only the first way, for there are hundreds.
        for other in range(len(puzzle.people)):
            first = next(_handed(puzzle, after, more, other), None) if other not in (more, less) else None
            found += list(_handed(puzzle, first, other, less))[:1] if first else []
    yield from found


def _handed(puzzle: Puzzle, pairs: Sequence[Pair], giver: int, taker: int) -> Iterator[list[Pair]]:
    """Every way in which one backup shift passes from the one to the other."""
    for s, pair in enumerate(pairs):
        if pair.backup == giver and pair.primary != taker and puzzle.free[taker][s] and s not in puzzle.kept:
            changed = list(pairs)
            changed[s] = replace(pair, backup=taker)
            yield changed


def _backups_of(pairs: Sequence[Pair], who: int) -> int:
    return sum(pair.backup == who for pair in pairs)


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
    is_equal = all(_roles(before, who) == _roles(after, who) for who in moved)
    yield Repair(kind, tuple(after), changed, tuple(sorted(moved)), is_near, is_equal)


def _roles(pairs: Sequence[Pair], who: int) -> tuple[int, int]:
    return sum(pair.primary == who for pair in pairs), _backups_of(pairs, who)


def _role(pair: Pair, who: int) -> str:
    return "primary" if pair.primary == who else "backup" if pair.backup == who else ""
