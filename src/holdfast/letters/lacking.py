"""What readers lack, in words: figures grouped by pipeline and harm, worst first, counted and never listed as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.definitions.pipeline import EXPERIMENTS, INVESTORS
from holdfast.incidents.signals import Affect, Harm

NAMED = 3
"""So many metrics or periods are named; more are counted."""
READERS = {INVESTORS: "investors", EXPERIMENTS: "experimenters"}
DAY = "day"


@dataclass(frozen=True, slots=True)
class Lack:
    """One pipeline's figures in the same trouble."""

    pipeline: str
    audience: str
    harm: Harm
    is_due: bool
    """Past its deadline; of what is wrong or withdrawn always."""
    since: datetime
    """The first deadline: past, or still to come."""
    periods: tuple[tuple[str, str], ...]
    """(grain, period), in order."""
    metrics: tuple[str, ...]
    """Empty for all of them."""

    @property
    def readers(self) -> str:
        """Who lacks it."""
        return READERS.get(self.audience, f"readers of {self.audience}")


def lacks(affects: Sequence[Affect], at: datetime) -> list[Lack]:
    """Worst first: investors before others, wrong, withdrawn, missing, and at last what is only at risk."""
    groups: dict[tuple[str, str, Harm, bool], list[Affect]] = {}
    for each in affects:
        is_due = each.harm is not Harm.MISSING or each.due_at <= at
        groups.setdefault((each.pipeline, each.audience, each.harm, is_due), []).append(each)
    found = [
        Lack(
            pipeline,
            audience,
            harm,
            is_due,
            min(each.due_at for each in rows),
            tuple(sorted({(each.grain, each.period) for each in rows}, key=_by_grain)),
            () if any(not each.metric for each in rows) else tuple(dict.fromkeys(each.metric for each in rows)),
        )
        for (pipeline, audience, harm, is_due), rows in groups.items()
    ]
    return sorted(found, key=_badness)


def _badness(lack: Lack) -> tuple[bool, bool, int, datetime, str]:
    order = (Harm.WRONG, Harm.WITHDRAWN, Harm.MISSING)
    return (not lack.is_due, lack.audience != INVESTORS, order.index(lack.harm), lack.since, lack.pipeline)


def headline(found: Sequence[Lack], titles: Mapping[str, str], at: datetime) -> str:
    """The worst of them in a few words, for a lock screen; empty when readers lack nothing."""
    if not found:
        return ""
    worst = found[0]
    what = f"{titles.get(worst.pipeline, titled(worst.pipeline))} of {periods_said(worst.periods, short=True)}"
    others = len({each.pipeline for each in found if each.is_due == worst.is_due} - {worst.pipeline})
    more = f" (+{others} more)" if others else ""
    return f"{_sentence(worst, what, at)}{more}"


def _sentence(lack: Lack, what: str, at: datetime) -> str:
    who = lack.readers.capitalize()
    if lack.harm is Harm.WRONG:
        return f"{who} may see a wrong {what}"
    if lack.harm is Harm.WITHDRAWN:
        return f"{who} lack {what}, withdrawn"
    if lack.is_due:
        return f"{who} lack {what} since {clock(lack.since, at)}"
    return f"At risk for {lack.readers}: {what}, due {clock(lack.since, at)}"


def told(found: Sequence[Lack], titles: Mapping[str, str], at: datetime, zone: ZoneInfo, most: int = 6) -> list[str]:
    """A line for each, worst first; those beyond `most` are counted."""
    lines = [_line(each, titles, at, zone) for each in found[:most]]
    left = len(found) - most
    return [*lines, f"and {left} more of the kind; `holdfast incidents` lists them"] if left > 0 else lines


def _line(lack: Lack, titles: Mapping[str, str], at: datetime, zone: ZoneInfo) -> str:
    name = titles.get(lack.pipeline, titled(lack.pipeline))
    what = f"{periods_said(lack.periods)}, {_metrics_said(lack.metrics)}"
    state = {
        Harm.WRONG: "visible, and wrong or suspected to be",
        Harm.WITHDRAWN: "withdrawn",
        Harm.MISSING: f"missing since {moment(lack.since, at, zone)}" if lack.is_due else f"not missing yet, due {moment(lack.since, at, zone)}",
    }[lack.harm]
    return f"{name} ({lack.readers}): {what}: {state}"


def _metrics_said(metrics: tuple[str, ...]) -> str:
    if not metrics:
        return "every metric"
    return ", ".join(metrics) if len(metrics) <= NAMED else f"{len(metrics)} metrics"


def periods_said(periods: Sequence[tuple[str, str]], *, short: bool = False) -> str:
    """Periods by grain; many days as a count with the first and the last one."""
    by_grain: dict[str, list[str]] = {}
    for grain, period in periods:
        by_grain.setdefault(grain, []).append(period)
    said = [_of_grain(grain, names, short=short) for grain, names in by_grain.items()]
    if short and len(said) > 1:
        return f"{said[0]} and {len(periods) - len(next(iter(by_grain.values())))} longer"
    return ", ".join(said)


def _of_grain(grain: str, names: Sequence[str], *, short: bool) -> str:
    if len(names) == 1:
        return names[0] if short else f"{grain} {names[0]}"
    if len(names) <= NAMED and not short:
        return f"{grain}s {', '.join(names)}"
    return f"{len(names)} {grain}s, {names[0]} to {names[-1]}"


def _by_grain(each: tuple[str, str]) -> tuple[bool, int, str]:
    """Days first, then as long periods are named: weeks before months before quarters."""
    grain, period = each
    known = (DAY, "week", "month", "quarter")
    return (grain not in known, known.index(grain) if grain in known else 0, period)


def titled(name: str) -> str:
    """A pipeline's name as people say it."""
    return name.replace("_", " ").capitalize()


def clock(at: datetime, now: datetime) -> str:
    """`08:00 UTC`; with the day when it is not today's."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{_day(at.date())} {at:%H:%M} UTC"


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """As `clock`, and in brackets what the clock on the reader's wall says where it says something else."""
    local = at.astimezone(zone)
    if local.utcoffset() == timedelta(0):
        return clock(at, now)
    place = str(zone).rpartition("/")[2].replace("_", " ")
    return f"{clock(at, now)} ({local:%H:%M} in {place})"


def _day(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b}"


def lasted(span: timedelta) -> str:
    """`25 min`, `2 h 30 min`, `3 d 4 h`."""
    minutes = max(0, round(span.total_seconds() / 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} d"] * (days > 0) + [f"{hours} h"] * (hours > 0) + [f"{rest} min"] * (days == 0 and (rest > 0 or hours == 0))
    return " ".join(parts)
