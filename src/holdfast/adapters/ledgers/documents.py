"""What was prepared for a manifest, as one document: bytes in, the same value out."""

import json
import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.partitions import Days, Interval
from holdfast.releases.closing import Adjustment, CloseEvent, CloseKind, Erratum
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Hold, HoldKind, HoldState, ReleaseRow
from holdfast.runs.run import ModelDay

_LEVEL = 1
"""A month of history is 2 MB as text and a tenth of that squeezed; higher levels cost more than they save."""

# Fields are read by name from each value rather than with dataclasses.asdict, which copies deeply and took
# ten times as long on a month of results.
_RELEASE = (
    "id", "pipeline", "audience", "as_of", "days", "published_at", "backfilled", "manifest", "run_id",
    "figures", "held", "receipt",
)  # fmt: skip
_MODEL_DAY = ("model", "day", "seq", "definition_hash", "run_id", "changed_seq")
_RESULT = (
    "check", "pipeline", "dataset", "day", "segment", "outcome", "severity", "observed", "expected", "detail",
    "holds",
)  # fmt: skip
_HOLD = (
    "pipeline", "kind", "cause", "day", "segment", "metrics", "model", "observed", "expected", "detail",
    "evidence", "id", "state", "opened_at", "run_id",
)  # fmt: skip


_EVENT = (
    "pipeline", "grain", "period", "kind", "by", "recorded", "at", "role", "reason", "evidence", "release",
)  # fmt: skip
_ADJUSTMENT = (
    "pipeline", "grain", "origin", "booked", "booked_on", "metric", "segment", "delta", "unit", "reason",
    "approver", "at", "release",
)  # fmt: skip
_ERRATUM = (
    "pipeline", "grain", "period", "metric", "segment", "published", "corrected", "unit", "reason", "at", "release",
)  # fmt: skip


def to_document(prepared: Prepared) -> bytes:
    """The whole of it as squeezed JSON. Rows are lists; days and instants are ISO text."""
    text = json.dumps(
        {
            "manifest": prepared.manifest,
            "run_id": prepared.run_id,
            "audience": prepared.audience,
            "releases": _rows(prepared.releases, _RELEASE),
            "model_days": _rows(prepared.model_days, _MODEL_DAY),
            "results": _rows(prepared.results, _RESULT),
            "holds": _rows(prepared.holds, _HOLD),
            "evaluated": _rows(prepared.evaluated.intervals, ("start", "end")),
            "events": _rows(prepared.events, _EVENT),
            "adjustments": _rows(prepared.adjustments, _ADJUSTMENT),
            "errata": _rows(prepared.errata, _ERRATUM),
        },
        ensure_ascii=False,
        separators=(",", ":"),
        default=_as_text,
    )
    return zlib.compress(text.encode(), _LEVEL)


def from_document(document: bytes) -> Prepared:
    """What `to_document` was given."""
    read = json.loads(zlib.decompress(document))
    return Prepared(
        manifest=read["manifest"],
        run_id=read["run_id"],
        audience=read["audience"],
        releases=tuple(_release(row) for row in read["releases"]),
        model_days=tuple(_model_day(row) for row in read["model_days"]),
        results=tuple(_result(row) for row in read["results"]),
        holds=tuple(_hold(row) for row in read["holds"]),
        evaluated=Days(tuple(_interval(row) for row in read["evaluated"])),
        # A document that an earlier version prepared before it was stopped has none of these.
        events=tuple(_event(row) for row in read.get("events", ())),
        adjustments=tuple(_adjustment(row) for row in read.get("adjustments", ())),
        errata=tuple(_erratum(row) for row in read.get("errata", ())),
    )


def _rows(values: tuple[object, ...], fields: tuple[str, ...]) -> list[list[object]]:
    return [[getattr(each, field) for field in fields] for each in values]


def _as_text(value: object) -> str:
    if isinstance(value, date):  # an instant, too
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"no place in a document for {value!r}")


def _release(row: list[Any]) -> ReleaseRow:
    row[3] = date.fromisoformat(row[3])
    row[5] = datetime.fromisoformat(row[5])
    return ReleaseRow(*row)


def _model_day(row: list[Any]) -> ModelDay:
    row[1] = date.fromisoformat(row[1])
    return ModelDay(*row)


def _result(row: list[Any]) -> Result:
    row[3] = date.fromisoformat(row[3])
    row[5] = Outcome(row[5])
    row[6] = Severity(row[6])
    row[10] = None if row[10] is None else tuple(row[10])
    return Result(*row)


def _hold(row: list[Any]) -> Hold:
    values = dict(zip(_HOLD, row, strict=True))
    values["kind"] = HoldKind(values["kind"])
    values["day"] = date.fromisoformat(values["day"])
    values["metrics"] = tuple(values["metrics"])
    values["state"] = HoldState(values["state"])
    values["opened_at"] = values["opened_at"] and datetime.fromisoformat(values["opened_at"])
    return Hold(**values)


def _interval(row: list[str]) -> Interval:
    return Interval(date.fromisoformat(row[0]), date.fromisoformat(row[1]))


def _event(row: list[Any]) -> CloseEvent:
    row[3] = CloseKind(row[3])
    row[6] = datetime.fromisoformat(row[6])
    return CloseEvent(*row)


def _adjustment(row: list[Any]) -> Adjustment:
    row[4] = date.fromisoformat(row[4])
    row[7] = Decimal(row[7])
    row[11] = datetime.fromisoformat(row[11])
    return Adjustment(*row)


def _erratum(row: list[Any]) -> Erratum:
    row[5] = None if row[5] is None else Decimal(row[5])
    row[6] = None if row[6] is None else Decimal(row[6])
    row[9] = datetime.fromisoformat(row[9])
    return Erratum(*row)
