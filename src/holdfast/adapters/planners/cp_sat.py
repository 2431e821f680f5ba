"""The fair planner: OR-Tools' CP-SAT, in a process of its own because it pins the version of protobuf."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from holdfast.definitions.rota import FAIR
from holdfast.errors import Bug, DefinitionError, WorldError
from holdfast.oncall.planning import (
    CHAIN,
    CLOSE,
    CYCLE,
    NEAR,
    TIGHT,
    UNBACKED,
    VACANT,
    Goal,
    Pair,
    Plan,
    Puzzle,
    goal_names,
    score,
)

SOLVER = Path(__file__).with_name("solver.py")
GRACE_S = 60
"""Beyond the time limit, for starting, building the model and the first answer to each goal."""
KINDS = {VACANT: "vacant", UNBACKED: "unbacked", CYCLE: "cycle", CHAIN: "chain", CLOSE: "close", TIGHT: "tight"}
"""What each goal is to the solver, which imports nothing of ours; the others are burdens to make even."""


@dataclass(frozen=True, slots=True)
class FairPlanner:
    """Lexicographic: each goal as good as it can be without giving up any above it.

    With one worker and all goals proven, the same puzzle has the same answer every time. When the time
    limit cuts a goal short, the answer is the best found and the goal shows the gap left.
    """

    time_limit_s: float = 30.0
    seed: int = 7
    workers: int = 1
    name: str = FAIR

    def plan(self, puzzle: Puzzle) -> Plan:
        """Raises DefinitionError without OR-Tools, WorldError when the solver does not answer."""
        answer = self._solved(puzzle)
        pairs = tuple(Pair(primary, backup) for primary, backup in answer["pairs"])
        counted = score(puzzle, pairs)
        scales = {even.name: even.scale for even in puzzle.evenness}
        goals = []
        for found in answer["goals"]:
            name, scale = found["name"], scales.get(found["name"], 1)
            bound = Fraction(found["bound"], scale)
            # Counted again from the pairs: a model that meant something else must not claim a proof.
            if counted[name] < bound or (found["value"] is not None and counted[name] > Fraction(found["value"], scale)):
                raise Bug(f"the solver says {found} of '{name}' at scale {scale}, and the plan has {counted[name]}")
            goals.append(Goal(name, counted[name], bound))
        return Plan(self.name, pairs, tuple(goals))

    def _solved(self, puzzle: Puzzle) -> dict[str, Any]:
        if find_spec("ortools") is None:
            raise DefinitionError(
                "the planner `fair` needs OR-Tools, which is not installed; install `holdfast[fair]`, or plan with "
                "--planner round_robin."
            )
        try:
            done = subprocess.run(  # noqa: S603 - our own file
                [sys.executable, str(SOLVER)],
                input=self._question(puzzle),
                capture_output=True,
                text=True,
                check=False,
                timeout=self.time_limit_s + GRACE_S,
            )
        except subprocess.TimeoutExpired:
            raise WorldError(
                f"the solver did not answer {GRACE_S} s after its limit of {self.time_limit_s:g} s; plan fewer weeks at a time."
            ) from None
        if done.returncode:
            raise WorldError(f"the solver ended with {done.returncode}: {done.stderr.strip()[-400:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _question(self, puzzle: Puzzle) -> str:
        return json.dumps(
            {
                "people": len(puzzle.people),
                "slots": len(puzzle.slots),
                "free": puzzle.free,
                "before": [(pair.primary, pair.backup) for pair in puzzle.before],
                "after": [(pair.primary, pair.backup) for pair in puzzle.after],
                "kept": [(slot, pair.primary, pair.backup) for slot, pair in sorted(puzzle.kept.items())],
                "between": puzzle.between,
                "cycles": [(who, span.start, span.stop) for who, span in puzzle.cycles()],
                "evenness": [asdict(even) for even in puzzle.evenness],
                "goals": [(name, KINDS.get(name, "even")) for name in goal_names(puzzle)],
                "near": NEAR,
                "limit_s": self.time_limit_s,
                "seed": self.seed,
                "workers": self.workers,
            }
        )
