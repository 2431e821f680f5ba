"""A report's figures for programs: CSV, JSON with its schema, Parquet, and a manifest that names the files made."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from holdfast.releases.monthly_csv import spreadsheet_safe
from holdfast.releases.spelling import instant, plain
from holdfast.reports import wording
from holdfast.reports.changes import Change, changes
from holdfast.reports.edition import Chapter, Edition
from holdfast.reports.layout import definition, laid_out
from holdfast.reports.rows import COLUMNS, ReportRow, rows, values

SCHEMA_ID = "urn:holdfast:report:1"
SCHEMA_NAME = "report.schema.json"

ParquetWriter = Callable[[Sequence[tuple[str, type]], Sequence[Sequence[object]]], bytes]
"""Columns with their Python types, and rows -> a Parquet file. The same rows give the same bytes."""


def csv_file(edition: Edition) -> bytes:
    """RFC 4180, UTF-8, CRLF, exact decimals; no text that a spreadsheet would run as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([name for name, _ in COLUMNS])
    writer.writerows([_csv_cell(each) for each in values(row)] for row in rows(edition))
    return text.getvalue().encode()


def parquet_file(edition: Edition, write: ParquetWriter) -> bytes:
    """The rows as Parquet, values as DECIMAL."""
    return write(COLUMNS, [values(row) for row in rows(edition)])


def json_file(edition: Edition) -> bytes:
    """The figures with what changed and what they mean; keeps to `schema`. Decimals are strings."""
    layout = laid_out(edition)
    said = {
        "schema": SCHEMA_ID,
        "report": edition.name,
        "title": layout.title,
        "company": edition.company,
        "currency": edition.currency,
        "grain": edition.period.grain,
        "period": edition.period.name,
        "first_on": edition.period.interval.start.isoformat(),
        "last_on": edition.period.interval.last.isoformat(),
        "state": layout.state,
        "as_of": edition.as_of.isoformat() if edition.as_of else None,
        "published_at": instant(edition.published_at) if edition.published_at else None,
        "release": edition.release,
    }
    lists = {
        "figures": [_row(each) for each in rows(edition)],
        "changes": [_change(each) for chapter in edition.chapters for each in changes(chapter, edition.period)],
        "adjustments": [each for chapter in edition.chapters for each in _adjustments(chapter)],
        "definitions": [each for chapter in edition.chapters for each in _definitions(chapter)],
    }
    parts = [_compact(said)[:-1]]
    for name, entries in lists.items():
        lines = ",\n".join(_compact(each) for each in entries)
        parts.append(f'"{name}":[\n{lines}\n]' if entries else f'"{name}":[]')
    return (",\n".join(parts) + "}\n").encode()


def manifest(edition: Edition, files: Mapping[str, bytes]) -> bytes:
    """Which files were made of the edition: name, SHA-256 and size, with the release that they show."""
    said = {
        "report": edition.name,
        "period": edition.period.name,
        "release": edition.release,
        "published_at": instant(edition.published_at) if edition.published_at else None,
        "files": [
            {"name": name, "sha256": hashlib.sha256(files[name]).hexdigest(), "bytes": len(files[name])}
            for name in sorted(files)
        ],
    }
    return (json.dumps(said, indent=1) + "\n").encode()


def schema() -> bytes:
    """The JSON Schema (draft 2020-12) of a report's JSON."""
    return (json.dumps(_SCHEMA, indent=2) + "\n").encode()


def _csv_cell(value: object) -> object:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return instant(value)
    return value.isoformat() if isinstance(value, date) else value


def _row(row: ReportRow) -> dict[str, object]:
    return {name: _plain(value) for (name, _), value in zip(COLUMNS, values(row), strict=True)}


def _change(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind.value,
        "pipeline": change.pipeline,
        "metric": change.metric,
        "segment": change.segment,
        "old": _plain(change.old),
        "new": _plain(change.new),
        "on": _plain(change.on),
        "other_period": change.period,
        "version": change.version,
        "reason": change.reason,
    }


def _adjustments(chapter: Chapter) -> list[dict[str, object]]:
    return [
        {
            "pipeline": each.pipeline,
            "grain": each.grain,
            "origin": each.origin,
            "booked": each.booked,
            "metric": each.metric,
            "segment": each.segment,
            "delta": plain(each.delta),
            "unit": each.unit,
            "reason": each.reason,
            "approver": each.approver,
            "at": instant(each.at),
        }
        for each in (*chapter.booked, *chapter.adjusted)
    ]


def _definitions(chapter: Chapter) -> list[dict[str, object]]:
    return [
        {
            "pipeline": chapter.pipeline,
            "metric": each.id,
            "label": wording.label(each),
            "definition": definition(each),
            "unit": each.unit,
            "version": each.version,
        }
        for each in chapter.metrics
    ]


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_DECIMAL = {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"}
_DAY = {"type": ["string", "null"], "format": "date"}
_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_OF_TYPE: dict[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    Decimal: _DECIMAL,
    date: _DAY,
    datetime: _INSTANT,
}
_TEXT, _WHOLE = _OF_TYPE[str], _OF_TYPE[int]


def _entries(properties: Mapping[str, Any]) -> dict[str, Any]:
    closed = {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }
    return {"type": "array", "items": closed}


_HEAD: dict[str, Any] = {
    "schema": {"const": SCHEMA_ID},
    **dict.fromkeys(("report", "title", "company", "currency", "grain", "period"), _TEXT),
    "first_on": {"type": "string", "format": "date"},
    "last_on": {"type": "string", "format": "date"},
    "state": _TEXT,
    "as_of": _DAY,
    "published_at": _INSTANT,
    "release": {"type": "integer", "minimum": 0},
}
_LISTS: dict[str, Any] = {
    "figures": _entries({name: _OF_TYPE[kind] for name, kind in COLUMNS}),
    "changes": _entries(
        {
            **dict.fromkeys(("kind", "pipeline", "metric", "segment"), _TEXT),
            "old": _DECIMAL,
            "new": _DECIMAL,
            "on": _DAY,
            "other_period": _TEXT,
            "version": _WHOLE,
            "reason": _TEXT,
        }
    ),
    "adjustments": _entries(
        {
            **dict.fromkeys(("pipeline", "grain", "origin", "booked", "metric", "segment"), _TEXT),
            "delta": {"type": "string", "pattern": _DECIMAL["pattern"]},
            **dict.fromkeys(("unit", "reason", "approver"), _TEXT),
            "at": {"type": "string", "format": "date-time"},
        }
    ),
    "definitions": _entries(
        {**dict.fromkeys(("pipeline", "metric", "label", "definition", "unit"), _TEXT), "version": _WHOLE}
    ),
}
_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_ID,
    "title": "Holdfast report of a period",
    "type": "object",
    "additionalProperties": False,
    "required": [*_HEAD, *_LISTS],
    "properties": {**_HEAD, **_LISTS},
}
