"""Whether what readers already have may change by itself, or waits for a person."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from holdfast.calendars import DAY, Calendar
from holdfast.definitions.metric import Metric
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days
from holdfast.releases.release import Hold, HoldKind

SHOWN = 4
REVISION = "revision"
"""Cause of a hold whose move is too large."""
UNEXPLAINED = "unexplained revision"
"""Cause of a hold whose move, however small, no row that arrived in time explains. It waits for a person until
one lets it through or nothing moves any more."""


@dataclass(frozen=True, slots=True)
class Move:
    """A published figure that the candidate would change, over the days it already counts."""

    grain: str
    period: str
    metric: str
    segment: str
    old: Decimal | None
    new: Decimal | None

    def __str__(self) -> str:
        where = f" {self.segment}" if self.segment else ""
        return f"{self.metric}{where} {_short(self.old)} -> {_short(self.new)}"


def day_revisions(
    moves: Iterable[Move], pipeline: Pipeline, unexplained: Days, evidence: Mapping[date, str]
) -> list[Hold]:
    """Holds for the days whose revision needs a person: one per day, for all metrics counted with it.

    A preliminary figure is revised by itself when rows that arrived in time moved it, by less than its
    metric's limit. `unexplained` days moved for another reason. The whole day waits, because profit must
    stay revenue minus cost for every reader.
    """
    by_day: dict[date, list[Move]] = {}
    for move in moves:
        metric = pipeline.metric(move.metric)
        day = date.fromisoformat(move.period)
        if metric is not None and (day in unexplained or not _by_itself(metric, move)):
            by_day.setdefault(day, []).append(move)
    return [
        _hold(pipeline, UNEXPLAINED if day in unexplained else REVISION, day, found, evidence.get(day, ""))
        for day, found in sorted(by_day.items())
    ]


def period_revisions(moves: Iterable[Move], pipeline: Pipeline, calendar: Calendar) -> list[Hold]:
    """Holds for roll-ups whose already counted days moved too far; cause `revision month 2026-09`.

    Days that moved for no good reason are not in the roll-up, or a person let them in.
    """
    by_period: dict[tuple[str, str], list[Move]] = {}
    for move in moves:
        metric = pipeline.metric(move.metric)
        period = calendar.named(move.period)
        if metric is None or period is None or move.grain == DAY:
            continue
        if not _by_itself(metric, move):
            by_period.setdefault((move.grain, move.period), []).append(move)
    holds = []
    for (grain, name), found in sorted(by_period.items()):
        period = calendar.named(name)
        assert period is not None
        text = ";".join(f"{m.metric}|{m.segment}|{m.old}|{m.new}" for m in found)
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        holds.append(_hold(pipeline, f"{REVISION} {grain} {name}", period.interval.start, found, digest))
    return holds


def _by_itself(metric: Metric, move: Move) -> bool:
    """Whether the move needs nobody.

    A ratio over nothing has no value. The first late cancellation of a small channel gives its quick ratio one;
    the limits of what is divided say whether that is too much.
    """
    over_nothing = None in (move.old, move.new) and move.old != move.new
    if over_nothing and (metric.ratio is not None or metric.empty_is_null):
        return True
    return metric.limit.allows(move.old, move.new)


def _hold(pipeline: Pipeline, cause: str, day: date, moves: list[Move], evidence: str) -> Hold:
    metrics = [pipeline.metric(move.metric) for move in moves]
    models = {name for m in metrics if m is not None for name in m.models} or {
        name for m in pipeline.metrics for name in m.models
    }
    worst = sorted(moves, key=lambda m: abs((m.new or Decimal(0)) - (m.old or Decimal(0))), reverse=True)
    limits = {m.metric: pipeline.metric(m.metric) for m in worst[:1]}
    limit = next((m.limit for m in limits.values() if m is not None), None)
    more = f" and {len(moves) - SHOWN} more" if len(moves) > SHOWN else ""
    return Hold(
        pipeline=pipeline.name,
        kind=HoldKind.REVISION,
        cause=cause,
        day=day,
        segment="",
        metrics=tuple(m.id for m in pipeline.metrics if not m.models or models.intersection(m.models)),
        model=min(models),
        observed=str(worst[0]),
        expected=f"at most {limit.percent} % or {limit.at_least}" if limit and cause != UNEXPLAINED else "no change",
        detail="; ".join(str(move) for move in worst[:SHOWN]) + more,
        evidence=evidence,
    )


def _short(value: Decimal | None) -> str:
    if value is None:
        return "nothing"
    return format(value.normalize(), "f")
