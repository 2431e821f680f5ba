"""What may go out: per metric, day and segment; unknown holds, and a hold spreads like staleness."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.calendars import Calendar
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import EXPERIMENTS, Pipeline
from holdfast.partitions import Days, Interval
from holdfast.releases.figures import Scope
from holdfast.releases.release import Hold, HoldKind
from holdfast.sqltext import literal, quoted

Approved = frozenset[tuple[str, str, date, str, str]]
"""What people let through: kind, cause, day, segment and the evidence their word was bound to."""


def keeps_back(pipeline: Pipeline) -> bool:
    """Whether anything of the pipeline ever waits. Experimenters see what there is, under a banner."""
    return pipeline.audience != EXPERIMENTS


def holds_of(results: Iterable[Result], pipeline: Pipeline, lineage: Sequence[Model], evidence: Mapping[date, str]) -> list[Hold]:
    """The holds that failed and unevaluable checks ask for, worst news first by day, check and segment.

    For investors a check that could not run counts as failed. For experiments nothing waits: a failure is a
    banner. A failure of severity `flag` or `warn` never holds.
    """
    holds = []
    for result in results:
        if not keeps_back(pipeline) or result.severity is not Severity.HOLD:
            continue
        if result.outcome not in (Outcome.FAIL, Outcome.UNKNOWN):
            continue
        metrics = result.holds if result.holds is not None else made_from(result.dataset, pipeline, lineage)
        holds.append(
            Hold(
                pipeline=pipeline.name,
                kind=HoldKind.CHECK if result.outcome is Outcome.FAIL else HoldKind.UNKNOWN,
                cause=result.check,
                day=result.day,
                segment=result.segment,
                metrics=_with_ratios(metrics, pipeline),
                model=result.dataset,
                observed=result.observed,
                expected=result.expected,
                detail=result.detail,
                evidence=f"{evidence.get(result.day, '')} {result.observed}",
            )
        )
    return sorted(holds, key=lambda hold: (hold.day, hold.cause, hold.segment))


def made_from(dataset: str, pipeline: Pipeline, lineage: Sequence[Model]) -> tuple[str, ...]:
    """Ids of the measured metrics whose model is the dataset or reads it, however far upstream."""
    reached = downstream([dataset], lineage)
    return tuple(m.id for m in pipeline.metrics if reached.intersection(m.models))


def metrics_below(dataset: str, pipeline: Pipeline, lineage: Sequence[Model]) -> tuple[str, ...]:
    """Ids of the metrics made from the dataset, ratios of them included."""
    return _with_ratios(made_from(dataset, pipeline, lineage), pipeline)


def downstream(names: Iterable[str], lineage: Sequence[Model]) -> set[str]:
    """The names, and every model that reads one of them, directly or not."""
    reached = set(names)
    for model in lineage:
        if reached.intersection(model.inputs):
            reached.add(model.name)
    return reached


def upstream(names: Iterable[str], lineage: Sequence[Model]) -> set[str]:
    """The names, and every model they read, directly or not."""
    reached = set(names)
    for model in reversed(lineage):
        if model.name in reached:
            reached.update(name for name in model.inputs if not name.startswith("src."))
    return reached


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a hold on a dataset reaches in one model: which days, and whether its segment survives."""

    days: Days
    row_wise: bool


def spread(hold: Hold, lineage: Sequence[Model], calendar: Calendar, until: date) -> dict[str, Spread]:
    """Model -> how far the hold reaches: the declared windows give the days, none from `until` on.

    The hold keeps its segment only while every model on the way is row-wise in its dimension.
    """
    dimension = hold.segment.partition("=")[0]
    finished = Days.of([Interval(date.min, until)])
    reached: dict[str, Spread] = {hold.model: Spread(Days.of_days([hold.day]), bool(dimension))}
    for model in lineage:
        if model.name == hold.model:
            keeps = dimension in model.segments
            reached[model.name] = Spread(calendar.widen(model.period, Days.of_days([hold.day])), keeps)
            continue
        days, row_wise, touched = Days(), dimension in model.segments, False
        for reads in model.reads:
            above = reached.get(reads.input)
            if above is not None:
                days |= model.days_touched(reads, above.days, calendar)
                row_wise = row_wise and above.row_wise
                touched = True
        if touched:
            reached[model.name] = Spread(days & calendar.widen(model.period, finished), row_wise)
    return reached


def scopes(
    holds: Iterable[Hold],
    pipeline: Pipeline,
    lineage: Sequence[Model],
    calendar: Calendar,
    until: date,
    since: date = date.min,
) -> list[Scope]:
    """Every day value before `until` that waits because of the holds; of rows before `since` only a hold's own day's.

    A check may hold metrics that are not made from its dataset, such as a reconciliation of a sister table:
    the hold keeps its segment then when the metric's own model is row-wise in it.
    """
    found: dict[Scope, None] = {}
    for hold in holds:
        reached = spread(hold, lineage, calendar, until)
        asked = Days.of_days([hold.day]) | Days.of([Interval(since, date.max)])
        for series in pipeline.series:
            if series.metric.id not in hold.metrics:
                continue
            reach = reached.get(series.measure.model) or _beside(hold, series.measure.model, lineage)
            segment = hold.segment if reach.row_wise else ""
            for day in reach.days & asked:
                found[Scope(day - timedelta(days=series.metric.after_days), series.name, segment)] = None
    return list(found)


def _beside(hold: Hold, name: str, lineage: Sequence[Model]) -> Spread:
    """The reach into a model that does not read the hold's: the day, in its segment while both tell it apart."""
    dimension = hold.segment.partition("=")[0]
    both = [model for model in lineage if model.name in (hold.model, name)]
    return Spread(Days.of_days([hold.day]), bool(dimension) and all(dimension in model.segments for model in both))


@dataclass(frozen=True, slots=True)
class Withheld:
    """Days of a table that readers may not see new rows of, and the rows they may see of a part-held day."""

    wholly: Days
    keep: Mapping[date, str]
    """Day -> SQL condition that keeps the rows of segments which are not held."""


def withheld(
    holds: Sequence[Hold], pipeline: Pipeline, lineage: Sequence[Model], calendar: Calendar, until: date
) -> dict[str, Withheld]:
    """Per table what stays back, so that no query can rebuild a held figure from its parts.

    Everything that feeds a held metric is withheld for the held day with it: revenue without its costs would
    give a wrong profit just as surely as a wrong cost. On later days that a window carries the hold to, only
    the tables with that window wait: the facts of those days are not in doubt.
    """
    wholly: dict[str, Days] = {}
    partly: dict[str, dict[date, set[str]]] = {}
    by_name = {model.name: model for model in lineage}
    for hold in holds:
        reached = spread(hold, lineage, calendar, until)
        targets = {name for m in pipeline.metrics if m.id in hold.metrics for name in m.models}
        held_day = Days.of_days([hold.day])
        dimension = hold.segment.partition("=")[0]
        for name in downstream(upstream(targets, lineage), lineage):
            model = by_name.get(name)
            if model is None:
                continue
            days = reached[name].days if name in reached else Days()
            days = calendar.widen(model.period, days | held_day)
            survives = reached[name].row_wise if name in reached else dimension in model.segments
            if survives and dimension in model.segments:
                for day in days:
                    partly.setdefault(name, {}).setdefault(day, set()).add(_other_rows(model, hold.segment))
            else:
                wholly[name] = wholly.get(name, Days()) | days
    return {
        name: Withheld(
            wholly.get(name, Days()),
            {day: " AND ".join(sorted(keeps)) for day, keeps in partly.get(name, {}).items()},
        )
        for name in sorted({*wholly, *partly})
    }


def _other_rows(model: Model, segment: str) -> str:
    """SQL condition for rows that do not belong to, or mix in, the segment."""
    dimension, _, member = segment.partition("=")
    if dimension in model.columns:
        return f"{quoted(dimension)} IS DISTINCT FROM {literal(member)} AND {quoted(dimension)} IS NOT NULL"
    return f"dimension = {literal(dimension)} AND member <> {literal(member)}"


def waiting(holds: Iterable[Hold], approved: Approved) -> list[Hold]:
    """Those of the holds that nobody let through with exactly this evidence."""
    return [hold for hold in holds if ticket(hold) not in approved]


def ticket(hold: Hold) -> tuple[str, str, date, str, str]:
    """What an approval of the hold is bound to."""
    return hold.kind.value, hold.cause, hold.day, hold.segment, hold.evidence


def _with_ratios(metrics: Iterable[str], pipeline: Pipeline) -> tuple[str, ...]:
    """The metrics, and each ratio with one of them above or below the line."""
    known = dict.fromkeys(metrics)
    for metric in pipeline.metrics:
        if metric.ratio and known.keys() & metric.ratio.parts:
            known[metric.id] = None
    return tuple(known)
