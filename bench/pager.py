"""What the pager promises, measured: stopped anywhere, killed under load, ten thousand incidents, and how soon a page is out.

usage: pager.py [--quick] [--only crashes,chaos,open,storm,due] [--project DIR] [--out DIR]
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

import measured

PARTS = ("crashes", "chaos", "open", "storm", "due")


@dataclass(frozen=True)
class Sizes:
    """How much of each."""

    pairs: int
    every: int
    """Each so manieth single stop."""
    incidents: int
    kills: int
    speed: float
    """Simulated seconds in one of the wall's, of the chaos."""
    open: int
    storm: int
    due: int
    due_s: float
    days: int
    scale: float


FULL = Sizes(2000, 1, 200, 30, 40.0, 10_000, 1000, 100, 30.0, 730, 0.01)
QUICK = Sizes(20, 20, 8, 2, 200.0, 300, 60, 10, 2.0, 60, 0.01)


@dataclass(frozen=True)
class Line:
    """One promise and what came of it."""

    what: str
    target: str
    found: str
    is_met: bool


def crashes(sizes: Sizes, out: Path, project: Path | None) -> tuple[dict[str, Any], measured.Used]:
    return _run("pager_crashes.py", [sizes.every, sizes.pairs], out)


def chaos(sizes: Sizes, out: Path, project: Path | None) -> tuple[dict[str, Any], measured.Used]:
    """In a project with two years of data, made first where none is given."""
    if project is None:
        project = out / "demo"
        days = ["--days", sizes.days, "--scale", sizes.scale, "--live", 1]
        measured.run_verb(["demo", project, *days], log=out / "demo.log")
    return _run("pager_chaos.py", [project, sizes.incidents, sizes.kills, sizes.speed], out)


def many_open(sizes: Sizes, out: Path, project: Path | None) -> tuple[dict[str, Any], measured.Used]:
    return _run("pager_load.py", ["open", sizes.open], out)


def storm(sizes: Sizes, out: Path, project: Path | None) -> tuple[dict[str, Any], measured.Used]:
    return _run("pager_load.py", ["storm", sizes.storm], out)


def due(sizes: Sizes, out: Path, project: Path | None) -> tuple[dict[str, Any], measured.Used]:
    return _run("pager_load.py", ["due", sizes.due, sizes.due_s], out)


MEASURES: dict[str, Callable[[Sizes, Path, Path | None], tuple[dict[str, Any], measured.Used]]] = {
    "crashes": crashes, "chaos": chaos, "open": many_open, "storm": storm, "due": due,
}  # fmt: skip


def judged(part: str, found: dict[str, Any]) -> list[Line]:
    """The promises of one part."""
    if part == "crashes":
        plain, known = found["plain"], found["idempotent"]
        return [
            Line(
                f"stopped {plain['stories']} times, plain provider", "0 lost, every repeat marked",
                f"{plain['lost']} lost, {plain['repeats']} repeats, {plain['unmarked']} unmarked",
                plain["lost"] == plain["unmarked"] == 0,
            ),
            Line(
                f"stopped {known['stories']} times, idempotent provider", "0 lost, 0 repeats",
                f"{known['lost']} lost, {known['repeats']} repeats", known["lost"] == known["repeats"] == 0,
            ),
        ]  # fmt: skip
    if part == "chaos":
        return [
            Line(
                f"{found['incidents']} incidents, {found['kills']} kills, one call in five fails, a backfill beside",
                "0 lost, every repeat marked",
                f"{len(found['lost'])} of {found['due']} lost, {found['repeats']} repeats, {found['unmarked']} unmarked",
                not found["lost"] and not found["unmarked"],
            )
        ]
    if part == "open":
        return [Line("one pass over all open incidents", "< 1 s", f"{found['pass_s']:.2f} s", found["pass_s"] < 1)]
    if part == "storm":
        whole = found["accounted"] == found["asked"] and found["twice"] == 0 and found["most_letters"] <= 5
        return [
            Line("all at once: everybody's first page", "< 5 s", f"{found['first_page_s']:.2f} s", found["first_page_s"] < 5),
            Line(
                "all at once: letters each, incidents in them", f"at most 5, {found['asked']}",
                f"{found['most_letters']}, {found['accounted']}", whole,
            ),
        ]  # fmt: skip
    return [Line("from due to handed over, 99th percentile", "< 2 s", f"{found['p99_s']:.2f} s", found["p99_s"] < 2)]


def table(results: dict[str, Any]) -> str:
    """For people."""
    rows = ["| part | measured | target | found | met | wall s | CPU s | peak MB |", "|---|---|---|---|---|---|---|---|"]
    for part, result in results.items():
        used = result["used"]
        for line in judged(part, result["found"]):
            costs = f"{used['wall_s']:.1f} | {used['cpu_s']:.1f} | {used['peak_mb']:.0f}"
            met = "met" if line.is_met else "MISSED"
            rows.append(f"| {part} | {line.what} | {line.target} | {line.found} | {met} | {costs} |")
    return "\n".join(rows) + "\n"


def _run(script: str, arguments: list[object], out: Path) -> tuple[dict[str, Any], measured.Used]:
    used, said = measured.run(script, arguments, log=out / f"{Path(script).stem}.log")
    return measured.answer(said), used


def main() -> int:
    """Measures, prints and writes pager.json and pager.md; 1 when a promise is not kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--project", type=Path)
    parser.add_argument("--out", type=Path, default=Path("bench-out"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    sizes, results = QUICK if asked.quick else FULL, {}
    for part in asked.only.split(","):
        found, used = MEASURES[part](sizes, asked.out, asked.project)
        results[part] = {"found": found, "used": used.document()}
        print(f"{part}: done in {used.wall_s:.0f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    (asked.out / "pager.json").write_text(json.dumps(results, indent=2) + "\n")
    (asked.out / "pager.md").write_text(table(results))
    print(table(results), end="")
    return 0 if all(line.is_met for part, each in results.items() for line in judged(part, each["found"])) else 1


if __name__ == "__main__":
    sys.exit(main())
