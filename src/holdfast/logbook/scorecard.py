"""What `holdfast metrics` prints: the measures as a table for a terminal, and as JSON."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast.logbook.measures import Attainment, Measures, Met, Took
from holdfast.logbook.story import in_words, stamp
from holdfast.releases.spelling import instant
from holdfast.releases.text_table import aligned

BEHIND_SHOWN = 10
NUMBERS = frozenset({"due", "in time", "late", "missing", "met", "pages", "at night", "maybe repeats", "tells", "opened", "resolved"})
HOW_READ = (
    "A deadline is met when figures were published through the period's last day by then, and no incident says that "
    "any of them was still missing. What was due before a pipeline first published is not counted."
)


def lines(found: Measures, *, width: int | None = None) -> list[str]:
    """Incidents, times, pages, deadlines, in this order."""
    said = [f"Of incidents opened, messages sent and periods due from {found.first_on} to {found.last_on} ({found.zone})", ""]
    said += [*_incidents(found), ""]
    if found.kinds:
        rows = [(each.kind, str(each.opened), str(each.resolved.n), _length(each.resolved.median)) for each in found.kinds]
        said += [*aligned(("kind of cause", "opened", "resolved", "median"), rows, right=NUMBERS, width=width), ""]
    if found.people:
        people = [(each.person, *map(str, (each.pages, each.at_night, each.maybe_repeats, each.tells))) for each in found.people]
        said += [*aligned(("person", "pages", "at night", "maybe repeats", "tells"), people, right=NUMBERS, width=width), ""]
    if not found.deadlines:
        return [*said, "No deadline of a published pipeline lies in this time."]
    deadlines = [_deadline_row(each) for each in found.deadlines]
    said += aligned(("pipeline", "audience", "due", "in time", "late", "missing", "met"), deadlines, right=NUMBERS, width=width)
    return [*said, *_behind(found), HOW_READ]


def as_json(found: Measures) -> str:
    """The same as one object; lengths in seconds."""
    said = {
        "from": found.first_on.isoformat(),
        "to": found.last_on.isoformat(),
        "zone": str(found.zone),
        "incidents": {
            "opened": found.opened,
            "still_open": found.still_open,
            "merged": found.merged,
            "reopened": found.reopened,
            "flapping": found.flapping,
            "with_investor_impact": found.had_impact,
        },
        "time_to_acknowledge": _took_object(found.to_acknowledge),
        "time_to_resolve": _took_object(found.to_resolve),
        "resolution_target": {
            "met": found.targets.met,
            "missed": found.targets.missed,
            "running": found.targets.running,
        },
        "kinds": [{"kind": each.kind, "opened": each.opened, "time_to_resolve": _took_object(each.resolved)} for each in found.kinds],
        "people": [
            {
                "person": each.person,
                "pages": each.pages,
                "at_night": each.at_night,
                "maybe_repeats": each.maybe_repeats,
                "tells": each.tells,
            }
            for each in found.people
        ],
        "deadlines": [_deadline_object(each) for each in found.deadlines],
        "how_deadlines_are_read": HOW_READ,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, indent=2)


def percent(share: float | None) -> str:
    """`98.4 %`; never 100 when something is missing, and nothing of nothing."""
    if share is None:
        return ""
    # Rounded first where floats lie: 0.57 is a little less, and is 57 % all the same.
    shown = int(round(share * 1000, 6)) / 10
    return f"{shown:.0f} %" if shown == int(shown) else f"{shown:.1f} %"


def _incidents(found: Measures) -> list[str]:
    opened = f"{found.opened} opened, {found.still_open} still open, {found.had_impact} with investors missing something"
    beside = [
        f"{count} {what}"
        for count, what in ((found.merged, "merged"), (found.reopened, "reopened"), (found.flapping, "flapping"))
        if count
    ]
    targets = found.targets
    return [
        f"incidents            {', '.join([opened, *beside])}",
        f"time to acknowledge  {_took(found.to_acknowledge)}, from the first page sent",
        f"time to resolve      {_took(found.to_resolve)}, from opening",
        f"resolution target    {targets.met} met, {targets.missed} missed, {targets.running} running",
    ]


def _took(took: Took) -> str:
    if took.median is None or took.mean is None:
        return "none yet"
    return f"median {in_words(took.median)}, mean {in_words(took.mean)} (n = {took.n})"


def _length(length: timedelta | None) -> str:
    return "" if length is None else in_words(length)


def _deadline_row(each: Attainment) -> tuple[str, ...]:
    counts = (str(each.count(met)) for met in Met)
    return (each.pipeline, each.audience, str(len(each.periods)), *counts, percent(each.share))


def _behind(found: Measures) -> list[str]:
    """The newest periods that were late or are missing, and by how much."""
    behind = [each for some in found.deadlines for each in some.periods if each.met is not Met.IN_TIME]
    behind.sort(key=lambda each: (each.due.due_at, each.due.pipeline), reverse=True)
    if not behind:
        return [""]
    rows = [
        (
            each.due.pipeline,
            f"{each.due.period.grain} {each.due.period.name}",
            stamp(each.due.due_at),
            f"{in_words(each.had_at - each.due.due_at)} late" if each.had_at else "missing",
        )
        for each in behind[:BEHIND_SHOWN]
    ]
    more = len(behind) - BEHIND_SHOWN
    table = aligned(("not in time", "period", "due", "readers had it"), rows)
    return ["", *table, *([f"and {more} more; --json names all"] if more > 0 else []), ""]


def _took_object(took: Took) -> dict[str, Any]:
    return {
        "n": took.n,
        "median_s": None if took.median is None else took.median.total_seconds(),
        "mean_s": None if took.mean is None else took.mean.total_seconds(),
    }


def _deadline_object(each: Attainment) -> dict[str, Any]:
    return {
        "pipeline": each.pipeline,
        "audience": each.audience,
        "due": len(each.periods),
        **{met.value.replace(" ", "_"): each.count(met) for met in Met},
        "share": each.share,
        "not_in_time": [
            {
                "grain": period.due.period.grain,
                "period": period.due.period.name,
                "due_at": instant(period.due.due_at),
                "had_at": _instant(period.had_at),
            }
            for period in each.periods
            if period.met is not Met.IN_TIME
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at.astimezone(UTC))
