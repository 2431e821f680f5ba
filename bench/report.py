"""What was measured, as JSON, as a table and as a picture; every target with what it came to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from holdfast.releases.measurements import Bar, Group, bars

COMPUTE = ("corrections", "compute", "figures")
PEAK_MB = 700
NEW_DAY_S = 1.5


@dataclass(frozen=True, slots=True)
class Target:
    """One promise and what came of it."""

    name: str
    measured: str
    target: str
    is_met: bool


def write(found: dict[str, Any], out: Path) -> None:
    """Writes bench.json, bench.md and bench.svg."""
    (out / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    (out / "bench.md").write_text(table(found))
    (out / "bench.svg").write_bytes(picture(found))


def targets(found: dict[str, Any]) -> Iterator[Target]:
    """The promises of the issue, in its order."""
    compute, by_hand = computing(found), found["hand_compute"]["cpu_s"]
    whole, whole_by_hand = found["holdfast"]["cpu_s"], found["hand_whole"]["cpu_s"]
    yield _ratio("compute, CPU", compute, by_hand, 1.15, "s")
    yield _ratio("the whole run, CPU", whole, whole_by_hand, 1.3, "s")
    peak = found["holdfast"]["peak_mb"]
    yield Target("peak memory of the whole run", f"{peak:.0f} MB", f"{PEAK_MB} MB", peak <= PEAK_MB)
    day = min(day["cpu_s"] for day in found["new_days"])
    said = ", ".join(f"{each['cpu_s']:.2f}" for each in found["new_days"])
    yield Target(f"one new day after {found['days']}, CPU", f"{said} s", f"{NEW_DAY_S} s", day <= NEW_DAY_S)
    swap = found["swap"]
    yield _ratio(f"swap of a release, day {found['days']} to day 30", swap["large_ms"], swap["small_ms"], 1.2, "ms")
    reads = sum(each["reads"] for each in found["readers"]["readers"])
    bad = sum(each["torn"] + each["failed"] for each in found["readers"]["readers"])
    releases = found["readers"]["writer"]["releases"]
    yield Target(
        f"reads by {len(found['readers']['readers'])} processes during {releases} releases",
        f"{reads} reads, {bad} torn or failed", "none torn, none failed", bad == 0 and reads > 0,
    )  # fmt: skip


def computing(found: dict[str, Any]) -> float:
    """Holdfast's CPU seconds in what the hand-written compute does, and in nothing else."""
    return float(sum(found["holdfast"]["steps"].get(name, 0) for name in COMPUTE))


def table(found: dict[str, Any]) -> str:
    """Markdown: targets, phases beside the hand-written steps, and what was equal."""
    lines = [
        f"{found['lines']:,} order lines over {found['days']} days; {found['machine']}.",
        "",
        "| | measured | at most | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {t.name} | {t.measured} | {t.target} | {'met' if t.is_met else 'MISSED'} |" for t in targets(found)]
    lines += ["", "| CPU s | Holdfast | by hand |", "|---|---:|---:|"]
    lines += [f"| {name} | {_number(ours)} | {_number(theirs)} |" for name, ours, theirs in rows(found)]
    lines += ["", "| | CPU s | wall s | peak MB |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {each['cpu_s']:.1f} | {each['wall_s']:.1f} | {each['peak_mb']:.0f} |"
        for name, each in (
            ("by hand, compute", found["hand_compute"]),
            ("by hand, whole", found["hand_whole"]),
            ("Holdfast, whole", found["holdfast"]),
            *((f"Holdfast, new day {nth}", day) for nth, day in enumerate(found["new_days"], 1)),
        )
    ]
    equal = found["equal"]
    same = sum(each["equal"] for each in equal.values())
    amount = sum(each["rows"] for each in equal.values())
    lines += ["", f"Equal row for row: {same} of {len(equal)} tables, {amount:,} rows."]
    lines += [f"NOT EQUAL: {name}" for name, each in equal.items() if not each["equal"]]
    return "\n".join(lines) + "\n"


def rows(found: dict[str, Any]) -> list[tuple[str, float | None, float | None]]:
    """(step, Holdfast's CPU seconds, the hand-written whole's)."""
    ours, theirs = found["holdfast"]["steps"], found["hand_whole"]["steps"]
    build = theirs["facts"] + theirs["aggregates"]
    return [
        ("corrections and replays", ours.get("corrections"), theirs["corrections"]),
        ("facts and aggregates", ours.get("compute"), build),
        ("figures", ours.get("figures"), theirs["figures"]),
        ("fingerprints", ours.get("fingerprint"), theirs["fingerprints"]),
        ("checks", ours.get("check"), theirs["checks"]),
        ("Parquet parts", ours.get("parts"), theirs["parts"]),
        ("land: find, copy, record", ours.get("land"), None),
        ("plan, receipts", ours.get("plan", 0) + ours.get("receipts", 0), None),
        ("swap and ledger", ours.get("swap"), None),
        ("deliver outputs", ours.get("deliver"), None),
        ("start, load the folder, rest", ours.get("start", 0) + ours.get("other", 0), _rest(found["hand_whole"])),
    ]


def picture(found: dict[str, Any]) -> bytes:
    """Bars side by side: compute, whole, and the steps of both."""
    by_hand, whole = found["hand_compute"]["cpu_s"], found["hand_whole"]["cpu_s"]
    groups = [
        Group("compute", (_bar("Holdfast", computing(found)), _bar("by hand", by_hand)), _decimal(1.15 * by_hand)),
        Group("whole run", (_bar("Holdfast", found["holdfast"]["cpu_s"]), _bar("by hand", whole)), _decimal(1.3 * whole)),
    ]
    for name, ours, theirs in rows(found):
        some = [_bar("Holdfast", ours)] if ours is not None else []
        some += [_bar("by hand", theirs)] if theirs is not None else []
        groups.append(Group(name, tuple(some)))
    title = f"{found['lines']:,} order lines, {found['days']} days, one run"
    return bars(title, groups, "CPU s", subtitle="CPU seconds beside SQL written by hand for the same rows")


def _rest(run: dict[str, Any]) -> float:
    return float(run["cpu_s"] - sum(value for name, value in run["steps"].items() if name != "peak_mb"))


def _ratio(name: str, ours: float, theirs: float, most: float, unit: str) -> Target:
    ratio = ours / theirs
    return Target(name, f"{ours:.1f} {unit} / {theirs:.1f} {unit} = {ratio:.2f}", f"{most} times", ratio <= most)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 2)))


def _bar(label: str, value: float) -> Bar:
    return Bar(label, _decimal(value))
