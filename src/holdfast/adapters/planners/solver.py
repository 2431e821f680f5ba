"""The solver's own process: a puzzle as JSON on its input, pairs and goals with bounds on its output.

Run as a file and importing nothing of ours: whatever protobuf it loads, nobody else sees.
"""

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

NOBODY = -1
LEAST_S = 0.5
"""What each goal gets when those above it took the whole time: without an answer there is no plan."""


class Rota:
    """Variables and hard rules of a puzzle; each goal is an expression to make small."""

    def __init__(self, puzzle: dict[str, Any]) -> None:
        self.puzzle = puzzle
        self.model = cp_model.CpModel()
        self.people, self.slots = range(puzzle["people"]), range(puzzle["slots"])
        self.primary = [[self.model.new_bool_var("") for _ in self.slots] for _ in self.people]
        self.backup = [[self.model.new_bool_var("") for _ in self.slots] for _ in self.people]
        self.vacant = [self.model.new_bool_var("") for _ in self.slots]
        self.unbacked = [self.model.new_bool_var("") for _ in self.slots]
        self._kept = {slot: (primary, backup) for slot, primary, backup in puzzle["kept"]}
        self._rules()

    @property
    def variables(self) -> list[cp_model.IntVar]:
        """Those that make up a plan."""
        roles = [each for role in (self.primary, self.backup) for row in role for each in row]
        return [*roles, *self.vacant, *self.unbacked]

    def _rules(self) -> None:
        for s in self.slots:
            self.model.add_exactly_one([self.vacant[s], *(self.primary[p][s] for p in self.people)])
            self.model.add_exactly_one([self.unbacked[s], *(self.backup[p][s] for p in self.people)])
            for p in self.people:
                self.model.add_at_most_one([self.primary[p][s], self.backup[p][s]])
            self._settle(s)
        self._keep_apart()

    def _settle(self, s: int) -> None:
        """What is settled is as it is; otherwise only people who are free."""
        kept = self._kept.get(s, (-2, -2))
        for role, vacant, who in ((self.primary, self.vacant, kept[0]), (self.backup, self.unbacked, kept[1])):
            if who >= NOBODY:
                self.model.add(vacant[s] == (who == NOBODY))
                for p in self.people:
                    self.model.add(role[p][s] == (p == who))
            else:
                for p in self.people:
                    if not self.puzzle["free"][p][s]:
                        self.model.add(role[p][s] == 0)

    def _keep_apart(self) -> None:
        """Shifts between two primary shifts of one person; two settled ones may be nearer, for people agreed."""
        reach = self.puzzle["between"]
        for p in self.people:
            line = self._line(p)
            for at in range(len(line) - reach):
                span = line[at : at + reach + 1]
                # One pair is checked at a time where something is settled, so that a settled breach costs no more.
                if any(isinstance(each, bool) for each in span) or self._settled_in(at, reach):
                    self._keep_pairs_apart(p, span)
                else:
                    self.model.add_at_most_one(span)

    def _line(self, p: int) -> list[Any]:
        before = [primary == p for primary, _ in self.puzzle["before"]]
        after = [primary == p for primary, _ in self.puzzle["after"]]
        inside = [
            (self._kept[s][0] == p) if self._kept.get(s, (-2,))[0] >= NOBODY else self.primary[p][s] for s in self.slots
        ]
        return [*before, *inside, *after]

    def _settled_in(self, at: int, reach: int) -> bool:
        first = at - len(self.puzzle["before"])
        return any(s in self._kept for s in range(first, first + reach + 1))

    def _keep_pairs_apart(self, p: int, span: list[Any]) -> None:
        for i, one in enumerate(span):
            for other in span[i + 1 :]:
                if isinstance(one, bool) and isinstance(other, bool):
                    continue
                if isinstance(one, bool) or isinstance(other, bool):
                    settled, open_ = (one, other) if isinstance(one, bool) else (other, one)
                    if settled:
                        self.model.add(open_ == 0)
                else:
                    self.model.add_at_most_one([one, other])

    def goal(self, name: str, kind: str) -> Any:
        """The expression that the goal makes small."""
        counted: dict[str, Callable[[], Any]] = {
            "vacant": lambda: sum(self.vacant),
            "unbacked": lambda: sum(self.unbacked),
            "cycle": self._without_backup,
            "chain": self._broken_chain,
            "close": lambda: self._narrow(self.puzzle["near"], weighed=False),
            "tight": lambda: self._narrow(self.puzzle["people"] - 1, weighed=True),
        }
        if kind in counted:
            return counted[kind]()
        return self._range(next(each for each in self.puzzle["evenness"] if each["name"] == name))

    def _without_backup(self) -> Any:
        missed = []
        for who, first, until in self.puzzle["cycles"]:
            none = self.model.new_bool_var("")
            self.model.add_bool_or([*(self.backup[who][s] for s in range(first, until)), none])
            missed.append(none)
        return sum(missed)

    def _range(self, even: dict[str, Any]) -> Any:
        totals = [
            even["start"][p]
            + sum(even["as_primary"][p][s] * self.primary[p][s] for s in self.slots if even["as_primary"][p][s])
            + sum(even["as_backup"][p][s] * self.backup[p][s] for s in self.slots if even["as_backup"][p][s])
            for p in self.people
        ]
        most = max(
            even["start"][p] + sum(map(max, zip(even["as_primary"][p], even["as_backup"][p], strict=True)))
            for p in self.people
        )
        step = math.gcd(*(n for role in ("as_primary", "as_backup") for row in even[role] for n in row), *even["start"])
        low, high = (self.model.new_int_var(0, most // max(step, 1) + 1, "") for _ in range(2))
        for total in totals:
            self.model.add(total <= high * max(step, 1))
            self.model.add(total >= low * max(step, 1))
        return max(step, 1) * (high - low)

    def _broken_chain(self) -> Any:
        """One for each shift whose backup is nobody, or is not the next one's primary."""
        before, after = self.puzzle["before"], self.puzzle["after"]
        broken = []
        if before and self.slots:
            who = before[-1][1]
            broken.append(1 - self.primary[who][0] if who >= 0 else 1)
        for s in self.slots[:-1]:
            kept = []
            for p in self.people:
                both = self.model.new_bool_var("")
                self.model.add_implication(both, self.backup[p][s])
                self.model.add_implication(both, self.primary[p][s + 1])
                kept.append(both)
            missed = self.model.new_bool_var("")
            self.model.add_exactly_one([*kept, missed])
            broken.append(missed)
        if after and self.slots:
            who = after[0][0]
            broken.append(1 - self.backup[who][self.slots[-1]] if who >= 0 else 1)
        return sum(broken)

    def _narrow(self, reach: int, *, weighed: bool) -> Any:
        """A person's next primary shift comes within `reach`: one each, or what it lacks to one more than that."""
        narrow = []
        first = len(self.puzzle["before"])
        last = first + len(self.slots)
        for p in self.people:
            line = self._line(p)
            for at in range(len(line)):
                for apart in range(1, min(reach, len(line) - 1 - at) + 1):
                    if at + apart < first or at >= last:
                        continue
                    close = self._next_to_each_other(line[at : at + apart + 1])
                    if close is not None:
                        narrow.append((reach + 1 - apart if weighed else 1) * close)
        return sum(narrow)

    def _next_to_each_other(self, span: list[Any]) -> Any:
        """1 when the person is primary first and last and at none of the shifts between; None when that cannot be."""
        ends, inner = (span[0], span[-1]), span[1:-1]
        if any(each is False for each in ends) or any(each is True for each in inner):
            return None
        if all(each is True for each in ends) and not [e for e in inner if not isinstance(e, bool)]:
            return 1
        near = self.model.new_bool_var("")
        open_ends = [each.negated() for each in ends if not isinstance(each, bool)]
        self.model.add_bool_or([*open_ends, *(each for each in inner if not isinstance(each, bool)), near])
        return near


def solved(puzzle: dict[str, Any]) -> dict[str, Any]:
    """Goal after goal, each fixed at the best found before the next is tried."""
    rota = Rota(puzzle)
    ends_at = time.monotonic() + puzzle["limit_s"]
    goals: list[dict[str, Any]] = []
    values: dict[int, int] = {}
    for name, kind in puzzle["goals"]:
        expression = rota.goal(name, kind)
        rota.model.minimize(expression)
        rota.model.clear_hints()  # type: ignore[no-untyped-call]  # its own annotation lacks
        for at, value in values.items():
            rota.model.add_hint(rota.variables[at], value)
        solver = _solver(puzzle, max(LEAST_S, ends_at - time.monotonic()))
        status = solver.solve(rota.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            if not values:
                raise SystemExit(f"no plan at all was found for '{name}' ({solver.status_name(status)})")
            # The earlier answer still is one; only nothing is known of this goal.
            goals.append({"name": name, "value": None, "bound": 0})
            continue
        values = {at: solver.value(each) for at, each in enumerate(rota.variables)}
        found = round(solver.objective_value)
        # Stopped early, the solver's bound may be below what any goal can be: none is less than nothing.
        bound = found if status == cp_model.OPTIMAL else max(0, math.ceil(solver.best_objective_bound - 1e-6))
        goals.append({"name": name, "value": found, "bound": bound})
        rota.model.add(expression <= found)
    return {"pairs": _pairs(rota, values), "goals": goals}


def _solver(puzzle: dict[str, Any], limit_s: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.random_seed = puzzle["seed"]
    solver.parameters.num_workers = puzzle["workers"]
    return solver


def _pairs(rota: Rota, values: dict[int, int]) -> list[tuple[int, int]]:
    people, slots = len(rota.people), len(rota.slots)

    def holder(role: int, s: int) -> int:
        return next((p for p in range(people) if values[(role * people + p) * slots + s]), NOBODY)

    return [(holder(0, s), holder(1, s)) for s in range(slots)]


if __name__ == "__main__":
    json.dump(solved(json.load(sys.stdin)), sys.stdout)
