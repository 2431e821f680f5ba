"""What was measured, as JSON, as a table and as a picture; every target with what it came to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from holdfast.releases.measurements import Bar, Group, bars

COMPUTE = ("corrections", "compute", "figures")
BY_HAND_COMPUTE = ("sources", "corrections", "facts", "aggregates", "figures")
PEAK_MB = 1024
NEW_DAY_S = 3.0
DBT_TIMES = 3.0
WINDOWS_S = 2.2
FULL = (10_000_000, 50_000_000, 730)
"""Order lines, events and days that the targets are set for."""


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
    """The promises of the issue, in its order, as far as they were measured."""
    if "holdfast" in found and "hand_whole" in found:
        yield _ratio("compute, CPU", computing(found), computing_by_hand(found), 1.15, "s")
        yield _ratio("the whole run, CPU", found["holdfast"]["cpu_s"], found["hand_whole"]["cpu_s"], 1.3, "s")
    if "holdfast" in found:
        peak = found["holdfast"]["peak_mb"]
        yield Target("peak memory of the whole run", f"{peak:.0f} MB", f"{PEAK_MB} MB", peak <= PEAK_MB)
    if "windows" in found:
        yield from _windows(found["windows"])
    if "new_days" in found:
        yield from _new_days(found)
    if "swap" in found:
        swap = found["swap"]
        yield _ratio(f"swap of a release, day {found['days']} to day 30", swap["large_ms"], swap["small_ms"], 1.2, "ms")
    if "readers" in found:
        yield _readers(found["readers"])


def _windows(found: dict[str, Any]) -> Iterator[Target]:
    for how, name in (("model", "with their segments"), ("totals", "totals alone")):
        each = found[how]
        text = f"{each['cpu_s']:.2f} s over {each['user_days']:,} user-days"
        yield Target(f"{each['days']} days of DAU, WAU, MAU, {name}, CPU", text, f"{WINDOWS_S} s", each["cpu_s"] <= WINDOWS_S)


def _new_days(found: dict[str, Any]) -> Iterator[Target]:
    day = min(day["cpu_s"] for day in found["new_days"])
    said = ", ".join(f"{each['cpu_s']:.2f}" for each in found["new_days"])
    yield Target(f"one new day after {found['days']}, CPU", f"{said} s", f"{NEW_DAY_S} s", day <= NEW_DAY_S)
    if "dbt_days" in found:
        theirs = min(day["cpu_s"] for day in found["dbt_days"])
        text = f"{theirs:.1f} s / {day:.1f} s = {theirs / day:.2f}"
        yield Target("dbt's CPU for the same day, in Holdfast's", text, f"at least {DBT_TIMES}", theirs / day >= DBT_TIMES)


def _readers(found: dict[str, Any]) -> Target:
    reads = sum(each["reads"] for each in found["readers"])
    bad = sum(each["torn"] + each["failed"] for each in found["readers"])
    name = f"reads by {len(found['readers'])} processes during {found['writer']['releases']} releases"
    text = f"{reads} reads, {bad} torn or failed"
    return Target(name, text, "none torn, none failed", bad == 0 and reads > 0)


def computing(found: dict[str, Any]) -> float:
    """Holdfast's CPU seconds in what the hand-written compute does, and in nothing else."""
    return float(sum(found["holdfast"]["steps"].get(name, 0) for name in COMPUTE))


def computing_by_hand(found: dict[str, Any]) -> float:
    """CPU seconds of the hand-written steps from arrived files to figures."""
    return float(sum(found["hand_whole"]["steps"].get(name, 0) for name in BY_HAND_COMPUTE))


def table(found: dict[str, Any]) -> str:
    """Markdown: targets, phases beside the hand-written steps, every process, what was equal, and the bad day."""
    lines = [
        f"{found['lines']:,} order lines and {found['events']:,} events over {found['days']} days; {found['machine']}.",
        *_smaller(found),
        "",
        "| | measured | at most | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {t.name} | {t.measured} | {t.target} | {'met' if t.is_met else 'MISSED'} |" for t in targets(found)]
    if "holdfast" in found and "hand_whole" in found:
        lines += ["", "| CPU s | Holdfast | by hand |", "|---|---:|---:|"]
        lines += [f"| {name} | {_number(ours)} | {_number(theirs)} |" for name, ours, theirs in rows(found)]
    lines += ["", "| | CPU s | wall s | peak MB |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {each['cpu_s']:.1f} | {each['wall_s']:.1f} | {each['peak_mb']:.0f} |"
        for name, each in processes(found)
    ]
    return "\n".join([*lines, *_naive(found), *_equal(found), *_bad_day(found)]) + "\n"


def _smaller(found: dict[str, Any]) -> list[str]:
    if all(found[name] >= least for name, least in zip(("lines", "events", "days"), FULL, strict=True)):
        return []
    lines, events, days = FULL
    return [f'The targets are for {lines:,} order lines and {events:,} events over {days} days; "met" is said of this size only.']


def processes(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was run, by name."""
    named = {
        "hand_profit": "by hand, profit",
        "hand_activity": "by hand, growth and engagement",
        "holdfast": "Holdfast, all three",
        "dbt": "dbt, all three, without figures",
    }
    yield from ((name, found[key]) for key, name in named.items() if key in found)
    yield from ((f"Holdfast, new day {nth}", day) for nth, day in enumerate(found.get("new_days", []), 1))
    yield from ((f"dbt, new day {nth}", day) for nth, day in enumerate(found.get("dbt_days", []), 1))


def _naive(found: dict[str, Any]) -> list[str]:
    if "windows" not in found:
        return []
    each = found["windows"]["naive"]
    whole = each["cpu_s"] * each["days"] / each["counted"]
    return [
        "",
        f"The naive join of each day with the thirty before it took {each['cpu_s']:.1f} CPU s and {each['peak_mb']} MB "
        f"for the last {each['counted']} days; for all {each['days']} that is about {whole:.0f} s, "
        "extrapolated by days, not measured.",
    ]


def _equal(found: dict[str, Any]) -> list[str]:
    lines = []
    for key, name in (("equal", "Holdfast and hand-written SQL"), ("dbt_equal", "dbt and hand-written SQL")):
        equal = found.get(key)
        if not equal:
            continue
        same, amount = sum(each["equal"] for each in equal.values()), sum(each["rows"] for each in equal.values())
        lines += ["", f"{name}, equal row for row: {same} of {len(equal)} tables, {amount:,} rows."]
        lines += [f"NOT EQUAL: {table}" for table, each in equal.items() if not each["equal"]]
    return lines


def _bad_day(found: dict[str, Any]) -> list[str]:
    if "bad_day" not in found:
        return []
    bad = found["bad_day"]
    ours, theirs = bad["holdfast"], bad["dbt"]
    return [
        "",
        f"A bad day, {bad['day']}: the orders of one region of five are missing.",
        f"dbt replaced the table and tested after: {len(theirs['failed'])} tests failed "
        f"({', '.join(theirs['failed'])}), and `fact_orders` has {theirs['lines']:,} lines of {theirs['regions']} regions "
        "of that day for whoever reads it.",
        f"Holdfast held: its readers find {ours['lines']:,} lines of {ours['regions']} regions of that day, "
        f"and {'no' if not ours['totals'] else 'a'} total.",
    ]


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
    """Bars side by side: compute, whole, one new day, and the steps of both."""
    groups = []
    if "holdfast" in found and "hand_whole" in found:
        by_hand, whole = computing_by_hand(found), found["hand_whole"]["cpu_s"]
        groups.append(
            Group("compute", (_bar("Holdfast", computing(found)), _bar("by hand", by_hand)), _decimal(1.15 * by_hand))
        )
        bars_of_whole = [_bar("Holdfast", found["holdfast"]["cpu_s"]), _bar("by hand", whole)]
        bars_of_whole += [_bar("dbt", found["dbt"]["cpu_s"])] if "dbt" in found else []
        groups.append(Group("whole run", tuple(bars_of_whole), _decimal(1.3 * whole)))
    if "new_days" in found:
        day = [_bar("Holdfast", min(each["cpu_s"] for each in found["new_days"]))]
        day += [_bar("dbt", min(each["cpu_s"] for each in found["dbt_days"]))] if "dbt_days" in found else []
        groups.append(Group("one new day", tuple(day), _decimal(NEW_DAY_S)))
    if "holdfast" in found and "hand_whole" in found:
        for name, ours, theirs in rows(found):
            some = [_bar("Holdfast", ours)] if ours is not None else []
            some += [_bar("by hand", theirs)] if theirs is not None else []
            groups.append(Group(name, tuple(some)))
    title = f"{found['lines']:,} order lines, {found['events']:,} events, {found['days']} days"
    return bars(title, groups, "CPU s", subtitle="CPU seconds beside SQL written by hand for the same rows, and dbt")


def _rest(run: dict[str, Any]) -> float:
    return float(run["cpu_s"] - sum(run["steps"].values()))


def _ratio(name: str, ours: float, theirs: float, most: float, unit: str) -> Target:
    ratio = ours / theirs
    return Target(name, f"{ours:.1f} {unit} / {theirs:.1f} {unit} = {ratio:.2f}", f"{most} times", ratio <= most)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 2)))


def _bar(label: str, value: float) -> Bar:
    return Bar(label, _decimal(value))
