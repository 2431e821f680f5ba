"""How fair and how fast the rota is: `python bench/oncall.py [--out bench-out] [--seeds 20] [--limit 30]`.

A table and a plot: plans with proofs, what modulo with swaps comes to on the same leave, and repairs.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import time
from datetime import date, timedelta
from datetime import time as wall
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.adapters.planners.cp_sat import FairPlanner
from holdfast.calendars import deadline as due
from holdfast.calendars import public_holidays, standard_periods
from holdfast.definitions.rota import HandOff, Rotation
from holdfast.oncall.absences import TimeOff, absence
from holdfast.oncall.burden import Close, Year, shown
from holdfast.oncall.planning import NOBODY, Pair, Plan, Puzzle, Slot, Standing, puzzle_of, score
from holdfast.oncall.repair import repair
from holdfast.oncall.round_robin import RoundRobin
from holdfast.oncall.shifts import spans
from holdfast.releases.svg import GRID, INK, PALETTE, Drawing
from holdfast.testing.leave import realistic_leave

MONDAY = date(2026, 10, 5)
FOUR = ("john", "james", "jill", "davis")
COUNTRIES = (("GB", "ENG"), ("GB", "ENG"), ("US", None), ("DE", "BE"))
REPAIRS = 100
HOLIDAY, CRITICAL = "holiday points, range", "critical points, range"


def main() -> None:
    given = _arguments()
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"machine": _machine(), "load_before": os.getloadavg()[0]}
    found["half_year"] = _half_years(given.seeds, given.limit, given.workers)
    found["harder"] = [
        _harder(size, weeks, given.limit, given.workers) for size, weeks in ((4, 52), (12, 26)) if not given.quick
    ]
    found["repair"] = _repairs(given.seeds, REPAIRS if not given.quick else 10, given.limit)
    found["load_after"] = os.getloadavg()[0]
    (out / "oncall.json").write_text(json.dumps(found, indent=2, default=float) + "\n")
    text = "\n".join(_table(found))
    (out / "oncall.md").write_text(text + "\n")
    (out / "oncall.svg").write_bytes(_plot(found).bytes())
    print(text)
    print(f"Written: {out / 'oncall.md'}, {out / 'oncall.svg'}, {out / 'oncall.json'}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="bench-out")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds for each plan")
    parser.add_argument("--workers", type=int, default=2, help="threads of the solver")
    parser.add_argument("--quick", action="store_true", help="few repairs, no year and no twelve people")
    return parser.parse_args()


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {sys.version.split()[0]}"


def asked(people: tuple[str, ...], weeks: int, leave: list[TimeOff]) -> Puzzle:
    """The puzzle of these weeks: four countries by turns, closes on the first business day after a month."""
    zone = ZoneInfo("Europe/London")
    rotation = Rotation(people, HandOff(0, wall(9), zone), MONDAY, MONDAY + timedelta(weeks=weeks))
    slots = [Slot(*each) for each in spans(rotation, MONDAY, MONDAY + timedelta(weeks=weeks))]
    years = range(MONDAY.year, MONDAY.year + 3)
    holidays = {who: public_holidays(*COUNTRIES[at % 4], years).holidays for at, who in enumerate(people)}
    standing = Standing({}, {}, tuple(absence(off, rotation, zone) for off in leave))
    return puzzle_of(rotation, slots, standing, Year(holidays, _closes(weeks)))


def _closes(weeks: int) -> tuple[Close, ...]:
    business = public_holidays("GB", "ENG", range(MONDAY.year, MONDAY.year + 3))
    periods = standard_periods(MONDAY - timedelta(days=31), MONDAY + timedelta(weeks=weeks))
    points = {"month": 1, "quarter": 3}
    return tuple(
        Close(due(period, day_time=wall(8), period_time=wall(12), business=business), points[period.grain])
        for period in periods
        if period.grain in points
    )


def modulo(puzzle: Puzzle) -> list[Pair]:
    """What teams do by hand: A, B, C, D, repeat; whoever is away swaps with the nearest later week that suits both."""
    count, weeks = len(puzzle.people), len(puzzle.slots)
    primary = [s % count for s in range(weeks)]
    for s in range(weeks):
        if puzzle.free[primary[s]][s]:
            continue
        later = (t for t in range(s + 1, weeks) if puzzle.free[primary[t]][s] and puzzle.free[primary[s]][t])
        swap = next(later, None)
        if swap is not None:
            primary[s], primary[swap] = primary[swap], primary[s]
        else:
            primary[s] = next((who for who in range(count) if puzzle.free[who][s]), NOBODY)
    pairs = []
    for s in range(weeks):
        order = [(max(primary[s], 0) + step) % count for step in range(1, count + 1)]
        backup = next((who for who in order if who != primary[s] and puzzle.free[who][s]), NOBODY)
        pairs.append(Pair(primary[s], backup))
    return pairs


def _half_years(seeds: int, limit: float, workers: int) -> list[dict[str, Any]]:
    found = []
    for seed in range(seeds):
        puzzle = asked(FOUR, 26, realistic_leave(FOUR, MONDAY, 26, seed))
        plan, took, cpu = _timed(puzzle, limit, workers)
        by_hand, turns = score(puzzle, modulo(puzzle)), RoundRobin().plan(puzzle)
        ours = {goal.name: goal.value for goal in plan.goals}
        round_robin = {goal.name: goal.value for goal in turns.goals}
        found.append(
            {
                "seed": seed,
                "seconds": took,
                "cpu_s": cpu,
                "optimal": plan.optimal,
                "vacant": ours["primary shifts vacant"],
                **{f"fair {name}": ours[name] for name in (HOLIDAY, CRITICAL, "primary days, range")},
                **{f"modulo {name}": by_hand[name] for name in (HOLIDAY, CRITICAL, "primary days, range")},
                **{f"turns {name}": round_robin[name] for name in (HOLIDAY, CRITICAL, "primary days, range")},
            }
        )
        print(f"seed {seed}: {took:.2f} s, optimal {plan.optimal}", file=sys.stderr)
    return found


def _harder(size: int, weeks: int, limit: float, workers: int) -> dict[str, Any]:
    people = tuple(f"person_{at}" for at in range(size)) if size != 4 else FOUR
    puzzle = asked(people, weeks, realistic_leave(people, MONDAY, weeks, 1))
    plan, took, cpu = _timed(puzzle, limit, workers)
    goals = [(goal.name, goal.value, goal.bound) for goal in plan.goals]
    print(f"{size} x {weeks}: {took:.1f} s, optimal {plan.optimal}", file=sys.stderr)
    return {"people": size, "weeks": weeks, "seconds": took, "cpu_s": cpu, "optimal": plan.optimal, "goals": goals}


def _timed(puzzle: Puzzle, limit: float, workers: int) -> tuple[Plan, float, float]:
    """The plan, the seconds that passed, and those that its process had a core: beside others the two differ."""
    start, before = time.perf_counter(), _cpu_s()
    plan = FairPlanner(time_limit_s=limit, workers=workers).plan(puzzle)
    return plan, time.perf_counter() - start, _cpu_s() - before


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _repairs(seeds: int, cases: int, limit: float) -> list[dict[str, Any]]:
    """One more week off for whoever is primary, in fair plans with leave; cases spread over the seeds' plans."""
    found: list[dict[str, Any]] = []
    for seed in range(seeds):
        leave = realistic_leave(FOUR, MONDAY, 26, seed)
        puzzle = asked(FOUR, 26, leave)
        pairs = FairPlanner(time_limit_s=limit).plan(puzzle).pairs
        weeks = [s for s in range(2, 26) if pairs[s].primary != NOBODY][:: max(1, 24 * seeds // cases)]
        for s in weeks:
            if len(found) == cases:
                return found
            found.append(_repaired(puzzle, leave, pairs, s, anew=len(found) % 10 == 0))
    return found


def _repaired(
    puzzle: Puzzle, leave: list[TimeOff], pairs: tuple[Pair, ...], slot: int, *, anew: bool
) -> dict[str, Any]:
    who, monday = pairs[slot].primary, puzzle.slots[slot].on
    off = TimeOff(FOUR[who], monday, monday + timedelta(days=4))
    changed = asked(FOUR, 26, [*leave, off])
    start = time.perf_counter()
    better = repair(changed, pairs, who, slot)
    took = time.perf_counter() - start
    again = FairPlanner(time_limit_s=10).plan(changed).pairs if anew else None
    return {
        "seconds": took,
        "weeks": len(better.changed) if better else 0,
        "kind": better.kind if better else "nobody can be asked",
        "near": bool(better and better.is_near),
        "primary_equal": bool(better) and _days(better.pairs, "primary") == _days(pairs, "primary"),
        "backup_equal": bool(better) and _days(better.pairs, "backup") == _days(pairs, "backup"),
        "left_that_week": sum(row[slot] for row in changed.free),
        "weeks_planned_anew": sum(a != b for a, b in zip(again, pairs, strict=True)) if again else None,
    }


def _days(pairs: tuple[Pair, ...], role: str) -> list[int]:
    return [sum(getattr(pair, role) == who for pair in pairs) for who in range(len(FOUR))]


def _table(found: dict[str, Any]) -> list[str]:
    half, repairs = found["half_year"], found["repair"]
    mended = [each for each in repairs if each["kind"] == "exchange"]
    enough = [each for each in mended if each["left_that_week"] > 1]
    anew = [each["weeks_planned_anew"] for each in repairs if each["weeks_planned_anew"] is not None]
    lines = [
        f"Measured on {found['machine']}; load {found['load_before']:.1f} before, {found['load_after']:.1f} after.",
        "",
        "| measure | target | measured |",
        "|---|---|---|",
        f"| 4 people x 26 weeks, {len(half)} seeds, proven optimal | all | {sum(each['optimal'] for each in half)} |",
        f"| longest of them | under 5 s | {max(each['seconds'] for each in half):.2f} s, median "
        f"{statistics.median(each['seconds'] for each in half):.2f} s |",
        f"| CPU of the solver's process | | most {max(each['cpu_s'] for each in half):.2f} s, median "
        f"{statistics.median(each['cpu_s'] for each in half):.2f} s |",
        f"| range of holiday points, fair | 0-2 | {_range(half, 'fair', HOLIDAY)} |",
        f"| the same, modulo with swaps | | {_range(half, 'modulo', HOLIDAY)} |",
        f"| the same, round robin | | {_range(half, 'turns', HOLIDAY)} |",
        f"| range of critical points, fair | at most 1 | {_range(half, 'fair', CRITICAL)} |",
        f"| the same, modulo with swaps | | {_range(half, 'modulo', CRITICAL)} |",
        f"| the same, round robin | | {_range(half, 'turns', CRITICAL)} |",
        f"| repair after one new week off, {len(repairs)} cases, weeks changed | mean at most 3 | "
        f"{statistics.mean(each['weeks'] for each in mended):.2f}, most {max(each['weeks'] for each in mended)} |",
        f"| the same, planned anew | | mean {statistics.mean(anew):.1f} of 26 |",
        f"| mended by an exchange | all | {len(mended)} of {len(repairs)}, {sum(each['near'] for each in mended)} of them "
        "with one week between two of one person |",
        f"| primary days as before | all | {sum(each['primary_equal'] for each in mended)} of {len(mended)} |",
        f"| backup days as before, where two people are left that week | all | "
        f"{sum(each['backup_equal'] for each in enough)} of {len(enough)} |",
        f"| longest repair | under 1 s | {max(each['seconds'] for each in repairs) * 1000:.0f} ms |",
    ]
    for each in found["harder"]:
        gaps = [f"{name}: {shown(value)}, gap {shown(value - bound)}" for name, value, bound in each["goals"] if bound < value]
        said = "proven optimal" if each["optimal"] else "; ".join(gaps)
        lines.append(f"| {each['people']} people x {each['weeks']} weeks | gap printed | {said}; {each['seconds']:.1f} s |")
    return lines


def _range(half: list[dict[str, Any]], planner: str, measure: str) -> str:
    values = sorted(each[f"{planner} {measure}"] for each in half)
    middle = statistics.median(values)
    return f"{shown(Fraction(values[0]))} to {shown(Fraction(values[-1]))}, median {shown(Fraction(middle))}"


def _plot(found: dict[str, Any]) -> Drawing:
    """For each seed the two ranges of both roads, side by side."""
    half = found["half_year"]
    width, panel = 120 + len(half) * 30, 190
    drawing = Drawing(width, 60 + 2 * panel, "Fairness of 26 weeks", "Range between luckiest and unluckiest, by seed")
    drawing.text(16, 26, "Range between luckiest and unluckiest of four, 26 weeks", size=15, fill=INK, bold=True)
    drawing.box(16, 38, 12, 10, PALETTE[0])
    drawing.text(32, 47, "fair", size=11)
    drawing.box(70, 38, 12, 10, PALETTE[1])
    drawing.text(86, 47, "modulo with swaps", size=11)
    for nth, measure in enumerate((HOLIDAY, CRITICAL)):
        base = 60 + (nth + 1) * panel - 30
        most = max(1, *(float(each[f"{planner} {measure}"]) for each in half for planner in ("fair", "modulo")))
        drawing.text(16, base - panel + 52, measure.removesuffix(", range"), size=12, fill=INK, bold=True)
        for step in range(0, int(most) + 1, max(1, int(most) // 4)):
            y = base - step * (panel - 70) / most
            drawing.line(70, y, width - 16, y, GRID)
            drawing.text(62, y + 4, str(step), size=10, anchor="end")
        for at, each in enumerate(half):
            for road, planner in enumerate(("fair", "modulo")):
                tall = float(each[f"{planner} {measure}"]) * (panel - 70) / most
                drawing.box(76 + at * 30 + road * 12, base - max(tall, 1), 11, max(tall, 1), PALETTE[road])
            drawing.text(88 + at * 30, base + 14, str(each["seed"]), size=10, anchor="middle")
    return drawing


if __name__ == "__main__":
    main()
