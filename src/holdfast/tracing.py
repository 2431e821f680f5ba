"""Gathers what there is to say about one figure: its rows, models, checks, release and holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from holdfast.calendars import DAY, Calendar, Period
from holdfast.checks.results import Result
from holdfast.definitions.metric import Measure, Metric
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.partitions import Days, Interval
from holdfast.releases.explain import Explanation, ModelStep, SourceRows
from holdfast.releases.gate import upstream
from holdfast.releases.ports import ReleaseLog
from holdfast.releases.release import Figure
from holdfast.runs.ports import LandingLog


class Log(LandingLog, ReleaseLog, Protocol):
    """What an explanation reads."""


def explain(
    project: Project,
    pipeline: Pipeline,
    period: Period,
    metric: Metric,
    figure: Figure,
    figures: Sequence[Figure],
    log: Log,
    rows_of: Callable[[Model, Interval], int | None],
) -> Explanation:
    """Everything behind the figure. `figures` are those of its period; `rows_of` counts published rows, None when it cannot."""
    lineage = project.lineage(pipeline)
    parts = metric.ratio.parts if metric.ratio else ()
    behind = [m for m in (metric, *(pipeline.metric(name) for name in parts)) if m is not None]
    names = upstream([measure.model for m in behind for measure in read_for(m, period.grain)], lineage)
    models = [model for model in lineage if model.name in names]
    ids = {metric.id, *parts}
    inside = Days.of([period.interval])
    holds = [
        hold
        for hold in log.open_holds(pipeline.name)
        if hold.day in period.interval and ids.intersection(hold.metrics) and _meets(hold.segment, figure.segment)
    ]
    closes = pipeline.close is not None and period.grain in pipeline.close.grains
    late = [
        each
        for each in (log.adjustments(pipeline.name) if closes else ())
        if (each.metric, each.segment) == (figure.metric, figure.segment)
    ]
    return Explanation(
        figure=figure,
        period=period,
        metric=metric,
        sources=tuple(_source_rows(models, inside, project.calendar, pipeline, log)),
        models=tuple(
            ModelStep(
                model.name,
                model.sentence,
                tuple(f"{each.input} {each}" for each in model.reads),
                rows_of(model, period.interval),
                model.definition_hash,
            )
            for model in models
        ),
        results=tuple(_results(pipeline, period, ids, names, figure.segment, log)),
        release=log.release(figure.release) if figure.version else None,
        holds=tuple(holds),
        parts=tuple(f for f in figures if f.metric in parts and f.segment == figure.segment),
        booked=tuple(
            each for each in late if each.booked_on in period.interval and figure.as_of and each.booked_on <= figure.as_of
        ),
        corrected=tuple(each for each in late if each.origin == period.name),
    )


def read_for(metric: Metric, grain: str) -> tuple[Measure, ...]:
    """Where the metric's figure of the grain is read: its own measure there, or its days'."""
    own = metric.measures.get(grain) or metric.measures.get(DAY)
    return (own,) if own else tuple(metric.measures.values())


def _results(
    pipeline: Pipeline, period: Period, ids: set[str], models: set[str], segment: str, log: Log
) -> list[Result]:
    """Of the period's days, those of checks that can hold the metric, in a segment that reaches the figure."""
    found = log.results(pipeline.name, period.interval.start, period.interval.end)
    return [
        each
        for each in found
        if (ids.intersection(each.holds) if each.holds is not None else _feeds(each.dataset, models))
        and _meets(each.segment, segment)
    ]


def _feeds(dataset: str, models: set[str]) -> bool:
    return dataset.startswith(SOURCE_PREFIX) or dataset in models


def _meets(held: str, segment: str) -> bool:
    """Whether a finding for `held` concerns the segment: another member of the same dimension does not."""
    if not held or not segment or held == segment:
        return True
    return held.partition("=")[0] != segment.partition("=")[0]


def _source_rows(
    models: Sequence[Model], days: Days, calendar: Calendar, pipeline: Pipeline, log: Log
) -> list[SourceRows]:
    """Rows that count of each source, over the days its readers need for the figure's days."""
    windows = days_needed(models, {model.name: days for model in models if model.period == DAY}, calendar, pipeline)
    found = []
    for name, needed in sorted(windows.items()):
        if not name.startswith(SOURCE_PREFIX):
            continue
        source = name.removeprefix(SOURCE_PREFIX)
        known = [day for day in log.source_days(source) if day.day in needed]
        if known:
            rows = sum(day.rows for day in known)
            landed = sum(share.rows for share in log.file_days(source) if share.day in needed)
            left_out = max(landed - rows, 0)
            found.append(SourceRows(source, known[0].day, known[-1].day, rows, left_out))
    return found


def days_needed(
    models: Sequence[Model], wanted: Mapping[str, Days], calendar: Calendar, pipeline: Pipeline
) -> dict[str, Days]:
    """Model, or `src.NAME` -> its days that must be there to build the wanted days; nothing before the start."""
    needed = dict(wanted)
    for model in reversed(models):
        for interval in needed.get(model.name, Days()).intervals:
            for reads in model.reads:
                window = model.days_read(reads, interval, calendar)
                if not reads.input.startswith(SOURCE_PREFIX):
                    if window.end <= pipeline.starts_on:
                        continue
                    window = Interval(max(window.start, pipeline.starts_on), window.end)
                needed[reads.input] = needed.get(reads.input, Days()) | Days.of([window])
    return needed
