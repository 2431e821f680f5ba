"""The JSON feed for programs, such as an investor portal, and the JSON Schema it keeps to.

Values are decimal strings: a JSON number would pass through binary floating point in most readers. Days go
into one document per month and longer periods into one per year, so that a new day rewrites one small file.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from holdfast.calendars import DAY, Period
from holdfast.releases.release import Figure, FigureState, ReleaseRow
from holdfast.releases.spelling import instant, ordered, plain_or_none, published

SCHEMA_ID = "urn:holdfast:feed:1"
SCHEMA_NAME = "schema.json"


def feed_name(pipeline: str, period: Period) -> str:
    """`aggregate_profit-day-2026-09.json`, `aggregate_profit-month-2026.json`: the document of the period."""
    start = period.interval.start
    return (
        f"{pipeline}-{period.grain}-{start:%Y-%m}.json"
        if period.grain == DAY
        else (f"{pipeline}-{period.grain}-{start:%Y}.json")
    )


def feed(figures: Iterable[Figure], release: ReleaseRow, currency: str, metrics: Sequence[str] = ()) -> bytes:
    """One document, one figure per line, sorted.

    `release` and `generated_at` are those of the newest release that touched a figure in it, not of the one being
    delivered, and not the clock: the same figures have the same bytes, whether the document is made with each
    release or anew after a delivery that was cut off. A document without figures says the `release` given.
    """
    shown = list(figures)
    newest = max(shown, key=lambda each: each.release, default=None)
    head = {
        "schema": SCHEMA_ID,
        "pipeline": release.pipeline,
        "generated_at": instant(newest.published_at if newest else release.published_at),
        "release": newest.release if newest else release.id,
        "currency": currency,
    }
    lines = [_compact(_entry(each)) for each in ordered(shown, metrics)]
    opening = _compact(head)[:-1] + ',"figures":['
    return "".join((opening, "\n" if lines else "", ",\n".join(lines), "\n]}\n")).encode()


def schema() -> bytes:
    """The JSON Schema (draft 2020-12) of a feed document; published beside it as schema.json."""
    return (json.dumps(_SCHEMA, indent=2, ensure_ascii=False) + "\n").encode()


def _entry(figure: Figure) -> dict[str, Any]:
    return {
        "grain": figure.grain,
        "period": figure.period,
        "metric": figure.metric,
        "segment": figure.segment,
        "value": plain_or_none(figure.value),
        "unit": figure.unit,
        "state": figure.state.value,
        "version": figure.version,
        "as_of": figure.as_of.isoformat() if figure.as_of else None,
        "published_at": published(figure),
        "release": figure.release,
        "backfilled": figure.backfilled,
        "reason": figure.reason,
    }


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_INSTANT = {"type": "string", "format": "date-time", "pattern": "Z$"}
_FIGURE: dict[str, Any] = {
    "grain": {
        "type": "string",
        "description": "day, week, month, quarter, or a grain of the team's calendar",
    },
    "period": {"type": "string", "minLength": 1},
    "metric": {"type": "string", "minLength": 1},
    "segment": {"type": "string", "description": "empty for the total, else dimension=member"},
    "value": {
        "type": ["string", "null"],
        "pattern": r"^-?\d+(\.\d+)?$",
        "description": "decimal; null when never published, withdrawn with nothing signed before, or a ratio whose denominator is zero",
    },
    "unit": {"type": "string"},
    "state": {"enum": [state.value for state in FigureState]},
    "version": {"type": "integer", "minimum": 0, "description": "0 when never published"},
    "as_of": {"type": ["string", "null"], "format": "date", "description": "the last business day counted"},
    "published_at": {**_INSTANT, "type": ["string", "null"]},
    "release": {"type": "integer"},
    "backfilled": {"type": "boolean"},
    "reason": {"type": "string", "description": "what moved the figure"},
}
_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_ID,
    "title": "Holdfast feed of published figures",
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "pipeline", "generated_at", "release", "currency", "figures"],
    "properties": {
        "schema": {"const": SCHEMA_ID},
        "pipeline": {"type": "string", "minLength": 1},
        "generated_at": {**_INSTANT, "description": "when the release was published"},
        "release": {"type": "integer", "minimum": 0},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "figures": {"type": "array", "items": {"$ref": "#/$defs/figure"}},
    },
    "$defs": {
        "figure": {
            "type": "object",
            "additionalProperties": False,
            "required": list(_FIGURE),
            "properties": _FIGURE,
            "if": {"properties": {"state": {"const": "held"}, "value": {"type": "null"}}},
            "then": {"properties": {"as_of": {"type": "null"}}},
        }
    },
}
