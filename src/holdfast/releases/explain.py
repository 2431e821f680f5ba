"""How a figure came to be, from rows to release: what `holdfast explain` prints."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from holdfast.calendars import DAY, Period
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.metric import Metric
from holdfast.releases.closing import Adjustment
from holdfast.releases.comparison import note
from holdfast.releases.receipt import describe
from holdfast.releases.release import Figure, Hold, ReleaseRow
from holdfast.releases.spelling import grouped, instant, plain_or_none, published, segment_label

_DIVIDED = "divided once, half-even"
NOT_PASSED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Rows of a source that the figure rests on."""

    source: str
    first_on: date
    last_on: date
    rows: int
    left_out: int = 0
    """Rows that a declared rule or a replay took out."""


@dataclass(frozen=True, slots=True)
class ModelStep:
    """One model on the way, inputs before those that read them."""

    model: str
    sentence: str
    reads: tuple[str, ...]
    """`src.orders 0..0`, as the model declares."""
    rows: int | None
    """Published rows on the figure's days; none when they are not counted."""
    definition_hash: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about one figure."""

    figure: Figure
    period: Period
    metric: Metric
    sources: tuple[SourceRows, ...]
    models: tuple[ModelStep, ...]
    results: tuple[Result, ...]
    """Of the period's days, those that can hold the metric."""
    release: ReleaseRow | None
    """The release the figure is from; none when never published."""
    holds: tuple[Hold, ...] = ()
    """Open holds that keep it."""
    parts: tuple[Figure, ...] = ()
    """For a ratio the numerator's and the denominator's figure."""
    booked: tuple[Adjustment, ...] = ()
    """Adjustments of earlier periods that the figure counts beside its own days."""
    corrected: tuple[Adjustment, ...] = ()
    """What came late for the figure's own signed period, and is booked in a later one."""


def lines(explained: Explanation) -> list[str]:
    """The way from rows to release, a heading per hop, in reading order."""
    return [
        *_figure_lines(explained),
        "",
        "Rows",
        *_indented(_source_line(each) for each in explained.sources),
        "",
        "Models",
        *(line for each in explained.models for line in _model_lines(each)),
        *_indented([_formula(explained.metric, explained.figure.grain), *_part_lines(explained)]),
        *_indented(_adjustment_lines(explained)),
        "",
        "Checks",
        *_indented(_check_lines(explained)),
        "",
        "Release",
        *_indented(_release_lines(explained)),
    ]


def as_json(explained: Explanation) -> str:
    """The same as an object: figure, metric, rows, models, checks, holds, release, receipt."""
    return json.dumps(_object(explained), ensure_ascii=False, indent=2)


def _figure_lines(explained: Explanation) -> list[str]:
    figure, metric = explained.figure, explained.metric
    value = f"{grouped(figure.value)} {figure.unit}" if figure.value is not None else "no value"
    said = note(figure, explained.period)
    standing = f"{figure.state.value}, version {figure.version}" + (f", {said}" if said else "")
    return [
        f"{figure.pipeline} {figure.period} {figure.metric} ({segment_label(figure.segment)}): {value}",
        f"  {metric.sentence}",
        f"  {standing}; days {explained.period.interval}",
    ]


def _formula(metric: Metric, grain: str) -> str:
    if metric.ratio:
        return f"figure = {metric.ratio}, {_DIVIDED}, {metric.scale} decimals"
    own = metric.measures.get(grain)
    measure = own or metric.measures.get(DAY)
    said = f"figure = {measure}" + (f", {_DIVIDED}, {metric.scale} decimals" if measure and measure.over else "")
    if metric.after_days:
        return f"{said}, of the row {metric.after_days} days after"
    if own:
        return said if grain == DAY else f"{said}, of the last day counted"
    return f"{said}, summed over the period's days"


def _part_lines(explained: Explanation) -> list[str]:
    return [
        f"  {each.metric} = {grouped(each.value) if each.value is not None else 'no value'} {each.unit}"
        for each in explained.parts
    ]


def _adjustment_lines(explained: Explanation) -> list[str]:
    """The two lines of a figure with adjustments: its own days, and what is booked beside them."""
    said, value = [], explained.figure.value
    if explained.booked and value is not None:
        own = value - sum((each.delta for each in explained.booked), Decimal(0))
        said.append(f"  its own days = {grouped(own)} {explained.figure.unit}")
    said += [f"  adjustment for {each.origin} = {_delta(each)}" for each in explained.booked]
    said += [f"  booked in {each.booked} instead = {_delta(each)}" for each in explained.corrected]
    return said


def _delta(adjustment: Adjustment) -> str:
    return f"{adjustment.delta:+,f} {adjustment.unit} ({adjustment.reason})"


def _source_line(read: SourceRows) -> str:
    left_out = f", {read.left_out:,} left out by rules and replays" if read.left_out else ""
    return f"{read.source}: {read.rows:,} rows of {read.first_on}..{read.last_on}{left_out}"


def _model_lines(step: ModelStep) -> list[str]:
    counted = "" if step.rows is None else f": {step.rows:,} rows"
    return [
        f"  {step.model}{counted}  (definition {step.definition_hash[:12]})",
        f"    {step.sentence}",
        f"    reads {'; '.join(step.reads)}",
    ]


def _check_lines(explained: Explanation) -> list[str]:
    outcomes = Counter(each.outcome for each in explained.results)
    counted = [f"{outcomes[each]:,} {each.value.replace('_', ' ')}" for each in Outcome if outcomes[each]]
    failing = _not_passed(explained)
    more = len(failing) - NOT_PASSED_SHOWN
    return [
        ", ".join(counted) or "none ran",
        *(_result_line(each) for each in failing[:NOT_PASSED_SHOWN]),
        *([f"and {more} more that did not pass"] if more > 0 else []),
        *(
            f"held by hold {each.id}: {each.cause} on {each.day}{_of(each.segment)}, "
            f"observed {each.observed}, expected {each.expected}"
            for each in explained.holds
        ),
    ]


def _result_line(result: Result) -> str:
    detail = f" ({result.detail})" if result.detail else ""
    return (
        f"{result.outcome.value}: {result.check} on {result.day}{_of(result.segment)}, "
        f"observed {result.observed}, expected {result.expected}{detail}"
    )


def _release_lines(explained: Explanation) -> list[str]:
    release = explained.release
    if release is None:
        return ["never published"]
    how = "history built in a range, " if release.backfilled else ""
    said = f"release {release.id} of {instant(release.published_at)}, {how}as of {release.as_of}, for {release.audience}"
    return [said, f"manifest {release.manifest}", *describe(release.receipt)]


def _object(explained: Explanation) -> dict[str, Any]:
    figure, release, metric = explained.figure, explained.release, explained.metric
    return {
        "figure": {
            "pipeline": figure.pipeline,
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
            "reason": figure.reason,
        },
        "metric": {
            "id": metric.id,
            "sentence": metric.sentence,
            "version": metric.version,
            "formula": _formula(metric, figure.grain),
        },
        "parts": [{"metric": each.metric, "value": plain_or_none(each.value)} for each in explained.parts],
        "adjustments": [
            {"origin": each.origin, "booked": each.booked, "delta": plain_or_none(each.delta), "reason": each.reason}
            for each in (*explained.booked, *explained.corrected)
        ],
        "rows": [
            {
                "source": each.source,
                "first_on": each.first_on.isoformat(),
                "last_on": each.last_on.isoformat(),
                "rows": each.rows,
                "left_out": each.left_out,
            }
            for each in explained.sources
        ],
        "models": [
            {
                "model": each.model,
                "sentence": each.sentence,
                "reads": list(each.reads),
                "rows": each.rows,
                "definition_hash": each.definition_hash,
            }
            for each in explained.models
        ],
        "checks": {
            "outcomes": dict(sorted(Counter(each.outcome.value for each in explained.results).items())),
            "not_passing": [
                {
                    "check": each.check,
                    "day": each.day.isoformat(),
                    "segment": each.segment,
                    "outcome": each.outcome.value,
                    "observed": each.observed,
                    "expected": each.expected,
                    "detail": each.detail,
                }
                for each in _not_passed(explained)
            ],
        },
        "holds": [{"id": each.id, "cause": each.cause, "segment": each.segment} for each in explained.holds],
        "release": release
        and {
            "id": release.id,
            "as_of": release.as_of.isoformat(),
            "published_at": instant(release.published_at),
            "backfilled": release.backfilled,
            "manifest": release.manifest,
            "run": release.run_id,
            "receipt": json.loads(release.receipt) if release.receipt else None,
        },
    }


def _not_passed(explained: Explanation) -> list[Result]:
    failing = [
        each for each in explained.results if each.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE)
    ]
    worst_first = [Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN]
    return sorted(
        failing, key=lambda each: (worst_first.index(each.outcome), each.day, each.check, each.segment)
    )


def _of(segment: str) -> str:
    return f" for {segment}" if segment else ""


def _indented(some: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in some]
