"""The simplest planner: A, B, C, D, repeat; whoever cannot swaps with the next who can."""

from dataclasses import dataclass
from fractions import Fraction

from holdfast.definitions.rota import ROUND_ROBIN
from holdfast.oncall.planning import ANYBODY, NOBODY, Goal, Pair, Plan, Puzzle, may_be_primary, score


@dataclass(frozen=True, slots=True)
class RoundRobin:
    """Takes whoever was primary longest ago; the next in line backs up."""

    name: str = ROUND_ROBIN

    def plan(self, puzzle: Puzzle) -> Plan:
        """One pass, oldest shift first. It looks at no burden, so it claims nothing about any goal."""
        queue = _queue(puzzle)
        settled = [puzzle.kept.get(s, Pair(ANYBODY, ANYBODY)) for s in range(len(puzzle.slots))]
        pairs: list[Pair] = []
        for slot, kept in enumerate(settled):
            line = [*puzzle.before, *pairs, *settled[slot:], *puzzle.after]
            primary = kept.primary if kept.primary != ANYBODY else _next_primary(puzzle, line, slot, queue, kept)
            if primary >= 0:
                queue.remove(primary)
                queue.append(primary)
            backup = kept.backup if kept.backup != ANYBODY else _next_backup(puzzle, slot, queue, primary)
            pairs.append(Pair(primary, backup))
        return Plan(self.name, tuple(pairs), goals_of(puzzle, pairs))


def goals_of(puzzle: Puzzle, pairs: list[Pair]) -> tuple[Goal, ...]:
    """The goals without a bound, but for those that nothing can be below."""
    return tuple(
        Goal(name, value, Fraction(0) if value == 0 else None) for name, value in score(puzzle, pairs).items()
    )


def _queue(puzzle: Puzzle) -> list[int]:
    """Everybody, whoever was primary longest ago first; those who never were come in the rotation's order."""
    last = {pair.primary: at for at, pair in enumerate(puzzle.before)}
    return sorted(range(len(puzzle.people)), key=lambda who: (last.get(who, -1), who))


def _next_primary(puzzle: Puzzle, line: list[Pair], slot: int, queue: list[int], kept: Pair) -> int:
    at = len(puzzle.before) + slot
    free = (
        who
        for who in queue
        if puzzle.free[who][slot] and who != kept.backup and may_be_primary(puzzle, line, at, who)
    )
    return next(free, NOBODY)


def _next_backup(puzzle: Puzzle, slot: int, queue: list[int], primary: int) -> int:
    return next((who for who in queue if who != primary and puzzle.free[who][slot]), NOBODY)
