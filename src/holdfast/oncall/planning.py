"""What a planner is asked and what it answers, in numbers that any of them can work with."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Protocol

from holdfast.definitions.rota import WEEK, Rotation
from holdfast.oncall.absences import Absence, away
from holdfast.oncall.burden import BACKUP_POINTS, PRIMARY_POINTS, SATURDAY, Burden, Year, day_shares

NOBODY, ANYBODY = -1, -2
"""In place of a person's number: the manager, and whoever the planner likes."""
NEAR = 3
"""Shifts that should lie between two primary shifts of one person where people suffice."""
VACANT, UNBACKED = "primary shifts vacant", "backup shifts vacant"
CYCLE = "people without a backup shift in a cycle"
CHAIN = "backups who are not primary in the next shift"
CLOSE = f"primary shifts with fewer than {NEAR} between"
TIGHT = "shifts by which gaps are narrower than a cycle"


@dataclass(frozen=True, slots=True)
class Slot:
    """A shift to fill."""

    on: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Evenness:
    """A burden to spread evenly: what each person starts with, and what each shift adds as primary, as backup.

    Whole numbers, `scale` of which are one day or point. By person, then by shift.
    """

    name: str
    scale: int
    start: tuple[int, ...]
    as_primary: tuple[tuple[int, ...], ...]
    as_backup: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Who has a shift, as numbers in the puzzle's people."""

    primary: int
    backup: int


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Everything a planner may know. People and shifts are numbers: positions in `people` and `slots`."""

    people: tuple[str, ...]
    slots: tuple[Slot, ...]
    free: tuple[tuple[bool, ...], ...]
    """By person, then by shift: in the rotation and not away."""
    before: tuple[Pair, ...]
    """The shifts just before, newest last."""
    after: tuple[Pair, ...]
    """The shifts just after that are planned already and stay."""
    kept: Mapping[int, Pair]
    """Shifts, or roles of them, that are settled."""
    between: int
    """Shifts that must lie between two primary shifts of one person."""
    evenness: tuple[Evenness, ...]
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Why a shift is settled."""

    @property
    def cycle(self) -> int:
        """Shifts in which everybody has a turn."""
        return len(self.people)

    def cycles(self) -> list[tuple[int, range]]:
        """Person and cycle: wherever somebody could back up in a whole cycle of the span."""
        whole = [range(at, at + self.cycle) for at in range(0, len(self.slots) - self.cycle + 1, self.cycle)]
        return [(who, span) for span in whole for who in range(len(self.people)) if any(self.free[who][s] for s in span)]


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing a plan is good at, in the order in which they count; smaller is better."""

    name: str
    value: Fraction
    bound: Fraction | None = None
    """No plan that is as good in everything above can be below this; None when nobody looked."""

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.bound is not None and self.bound >= self.value


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer: a pair per shift, and how good it is."""

    planner: str
    pairs: tuple[Pair, ...]
    goals: tuple[Goal, ...]

    @property
    def optimal(self) -> bool:
        """Whether every goal printed is proven."""
        return all(goal.proven for goal in self.goals)


class Planner(Protocol):
    """Fills every shift of a puzzle, with NOBODY where no rule lets anybody."""

    @property
    def name(self) -> str: ...

    def plan(self, puzzle: Puzzle) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the people stand when the plan begins."""

    carried: Mapping[str, Burden]
    here: Mapping[str, tuple[date | None, date | None]]
    """Person to first day in the team and first day no longer in it."""
    absences: tuple[Absence, ...]

    def is_member(self, person: str, on: date) -> bool:
        """Whether the person takes turns in a shift that begins on that day."""
        joined, left = self.here.get(person, (None, None))
        return (joined is None or joined <= on) and (left is None or on < left)


def puzzle_of(
    rotation: Rotation,
    slots: Sequence[Slot],
    standing: Standing,
    year: Year,
    *,
    before: Sequence[Pair] = (),
    after: Sequence[Pair] = (),
    kept: Mapping[int, Pair] | None = None,
    reasons: Mapping[int, str] | None = None,
) -> Puzzle:
    """The puzzle of filling these shifts from these people; pairs number the rotation's engineers."""
    people = rotation.engineers
    members = tuple(tuple(standing.is_member(who, slot.on) for slot in slots) for who in people)
    free = tuple(
        tuple(
            members[at][s] and not away(standing.absences, who, slot.start, slot.end)
            for s, slot in enumerate(slots)
        )
        for at, who in enumerate(people)
    )
    return Puzzle(
        people=people,
        slots=tuple(slots),
        free=free,
        before=tuple(before),
        after=tuple(after),
        kept=dict(kept or {}),
        between=rotation.shifts_between,
        evenness=_evenness(rotation, slots, standing, year, members),
        reasons=dict(reasons or {}),
    )


def _evenness(
    rotation: Rotation, slots: Sequence[Slot], standing: Standing, year: Year, members: tuple[tuple[bool, ...], ...]
) -> tuple[Evenness, ...]:
    people = rotation.engineers
    days = [[day for day, _ in day_shares(rotation, slot.start, slot.end)] for slot in slots]
    long = [len(each) for each in days]
    weekends = [sum(day.weekday() >= SATURDAY for day in each) for each in days]
    holidays = [[sum(year.holiday_weight(who, day) for day in each) for each in days] for who in people]
    closes = [year.critical_points(slot.start, slot.end) for slot in slots]
    nothing = [[0] * len(slots) for _ in people]

    def even(name: str, measure: str, as_primary: list[list[int]], as_backup: list[list[int]]) -> Evenness:
        carried = [getattr(standing.carried.get(who, Burden()), measure) for who in people]
        return _scaled(name, carried, as_primary, as_backup, members)

    def times(points: int) -> list[list[int]]:
        return [[points * each for each in row] for row in holidays]

    each = [long for _ in people]
    found = [even("primary days, range", "primary", each, nothing)]
    if rotation.every != WEEK:
        found.append(even("weekend days, range", "weekend", [weekends for _ in people], nothing))
    found += [
        even("backup days, range", "backup", nothing, each),
        even("holiday points, range", "holiday", times(PRIMARY_POINTS), times(BACKUP_POINTS)),
        even("critical points, range", "critical", [closes for _ in people], nothing),
    ]
    return tuple(found)


def _scaled(
    name: str,
    carried: list[Fraction],
    as_primary: list[list[int]],
    as_backup: list[list[int]],
    members: tuple[tuple[bool, ...], ...],
) -> Evenness:
    """Whole numbers, with a share of every shift for those who are not in the rotation then.

    Without the share, whoever joins in the middle would be made to catch up with what others did before.
    """
    counts = [sum(row[s] for row in members) for s in range(len(as_primary[0]) if as_primary else 0)]
    scale = math.lcm(*(count for count in counts if count)) if any(not all(row) for row in members) else 1
    start = []
    for who, row in enumerate(members):
        missed = Fraction(0)
        for s, count in enumerate(counts):
            if count and not row[s]:
                there = [other for other in range(len(members)) if members[other][s]]
                missed += Fraction(sum(as_primary[o][s] + as_backup[o][s] for o in there), count * count)
        # Whole days: a share of a day is nothing that shifts of a week could even out.
        start.append(round((round(carried[who]) + missed) * scale))
    least = min(start, default=0)
    return Evenness(
        name,
        scale,
        tuple(each - least for each in start),
        tuple(tuple(scale * each for each in row) for row in as_primary),
        tuple(tuple(scale * each for each in row) for row in as_backup),
    )


def goal_names(puzzle: Puzzle) -> tuple[str, ...]:
    """The goals in the order in which they count."""
    even = tuple(each.name for each in puzzle.evenness)
    last = (TIGHT,) if puzzle.cycle > NEAR + 1 else ()
    return (VACANT, UNBACKED, CYCLE, *even, CHAIN, CLOSE, *last)


def score(puzzle: Puzzle, pairs: Sequence[Pair]) -> dict[str, Fraction]:
    """How good the pairs are, goal by goal; counted from the pairs alone, whoever made them."""
    line = [*puzzle.before, *pairs, *puzzle.after]
    first, last = len(puzzle.before), len(puzzle.before) + len(pairs)
    found = {
        VACANT: sum(pair.primary == NOBODY for pair in pairs),
        UNBACKED: sum(pair.backup == NOBODY for pair in pairs),
        CYCLE: sum(all(pairs[s].backup != who for s in span) for who, span in puzzle.cycles()),
        CHAIN: sum(
            line[at].backup == NOBODY or line[at].backup != line[at + 1].primary
            for at in range(max(0, first - 1), min(last, len(line) - 1))
        ),
        CLOSE: sum(apart <= NEAR for apart in _gaps(line, first, last)),
        TIGHT: sum(max(0, puzzle.cycle - apart) for apart in _gaps(line, first, last)),
    }
    numbers = {name: Fraction(value) for name, value in found.items()}
    for even in puzzle.evenness:
        totals = _totals(even, pairs)
        numbers[even.name] = Fraction(max(totals) - min(totals), even.scale) if totals else Fraction(0)
    return {name: numbers[name] for name in goal_names(puzzle)}


def _gaps(line: Sequence[Pair], first: int, last: int) -> list[int]:
    """Shifts from one primary shift of somebody to their next, wherever one of the two is in the plan."""
    seen: dict[int, int] = {}
    gaps = []
    for at, pair in enumerate(line):
        if pair.primary == NOBODY:
            continue
        before = seen.get(pair.primary)
        if before is not None and at >= first and before < last:
            gaps.append(at - before)
        seen[pair.primary] = at
    return gaps


def _totals(even: Evenness, pairs: Sequence[Pair]) -> list[int]:
    totals = list(even.start)
    for s, pair in enumerate(pairs):
        if pair.primary >= 0:
            totals[pair.primary] += even.as_primary[pair.primary][s]
        if pair.backup >= 0:
            totals[pair.backup] += even.as_backup[pair.backup][s]
    return totals


def may_be_primary(puzzle: Puzzle, line: Sequence[Pair], at: int, who: int) -> bool:
    """Whether no other primary shift of the person is too near to place `at` of `line`."""
    near = range(max(0, at - puzzle.between), min(len(line), at + puzzle.between + 1))
    return all(other == at or line[other].primary != who for other in near)


def clash(puzzle: Puzzle, pairs: Sequence[Pair], slot: int) -> str:
    """Why nobody can be primary, person by person: `john away, jill primary on 2027-01-18`."""
    line = [*puzzle.before, *pairs, *puzzle.after]
    at = len(puzzle.before) + slot
    said = []
    for who, name in enumerate(puzzle.people):
        if not puzzle.free[who][slot]:
            said.append(f"{name} away")
            continue
        near = [
            other
            for other in range(max(0, at - puzzle.between), min(len(line), at + puzzle.between + 1))
            if other != at and line[other].primary == who
        ]
        if near:
            said.append(f"{name} primary {_when(puzzle, near[0])}")
    return ", ".join(said) or "everybody is needed elsewhere"


def _when(puzzle: Puzzle, at: int) -> str:
    slot = at - len(puzzle.before)
    if 0 <= slot < len(puzzle.slots):
        return f"on {puzzle.slots[slot].on}"
    return "just before" if slot < 0 else "just after"


def reason_of(puzzle: Puzzle, pairs: Sequence[Pair], slot: int) -> str:
    """What the row says: `rotation`, what settled it, or why nobody is there."""
    pair = pairs[slot]
    if pair.primary == NOBODY:
        return f"vacant: {clash(puzzle, pairs, slot)}"
    said = puzzle.reasons.get(slot, "rotation")
    if pair.backup == NOBODY:
        gone = [name for who, name in enumerate(puzzle.people) if who != pair.primary and not puzzle.free[who][slot]]
        return f"{said}; no backup: {', '.join(f'{name} away' for name in gone) or 'nobody is left'}"
    return said
