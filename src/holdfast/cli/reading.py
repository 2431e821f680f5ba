"""Verbs that read: status, figures, explain, verify."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.calendars import DAY, Period
from holdfast.cli.opening import app_of
from holdfast.cli.telling import ansi, width
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError
from holdfast.loading.problems import suggestion
from holdfast.partitions import Days
from holdfast.releases.release import Figure

if TYPE_CHECKING:
    from holdfast.definitions.model import Model
    from holdfast.partitions import Interval

NEWEST = {DAY: 7}
NEWEST_OTHERS = 2
"""Without --period so many of the newest periods of each grain are shown."""
NEWEST_OF_GRAIN = 14


def status(arguments: Namespace) -> int:
    """Where every pipeline stands."""
    from holdfast.calendars import public_holidays
    from holdfast.releases.status import as_json, lines
    from holdfast.standing import status_of

    app = app_of(arguments)
    project, year = app.project, app.clock.now().year
    business = public_holidays(project.business_country, project.business_subdivision, range(year - 1, year + 3))
    through = {name: app.figures.published_through(pipeline) for name, pipeline in project.pipelines.items()}
    view = status_of(app.world(), business, through, app.lock.holder())
    print(as_json(view) if arguments.json else "\n".join(lines(view)))
    return 0


def figures(arguments: Namespace) -> int:
    """Published figures as a table, as JSON, or as a picture."""
    from holdfast.releases import reading

    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    metrics = _metrics(pipeline, arguments.metric)
    known = _known_periods(app, pipeline)
    if arguments.plot:
        return _plot(app, pipeline, arguments, metrics, known)
    wanted = _wanted(app, pipeline, arguments, known)
    found = app.figures.of_period(pipeline, [p.name for p in wanted], history=arguments.history)
    shown = [f for f in found if f.metric in metrics]
    shown = _of_segment(pipeline, shown, arguments.segment)
    totals_only = not (arguments.period or arguments.segment or arguments.json)
    if totals_only:
        shown = [f for f in shown if not f.segment]
    among = [] if arguments.history else app.figures.of_period(pipeline, _with_neighbours(app, wanted))
    calendar = app.project.calendar
    if arguments.json:
        entries = reading.objects(shown, calendar, among=among, metrics=metrics, history=arguments.history)
        print(reading.as_json(entries))
        return 0
    text = reading.text(
        _at_scale(shown, pipeline), calendar, among=_at_scale(among, pipeline), metrics=metrics, width=width(), ansi=ansi(), history=arguments.history
    )
    print(*text, sep="\n")
    if totals_only and shown:
        print("\nThe newest totals. --period P shows every segment of a period, --segment region one dimension.")
    return 0


def explain(arguments: Namespace) -> int:
    """The way from rows to one figure."""
    from holdfast.releases.explain import as_json, lines
    from holdfast.sqltext import literal, quoted
    from holdfast.tracing import explain as trace

    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    period = _period(arguments.period, pipeline, _known_periods(app, pipeline))
    [wanted] = _metrics(pipeline, [arguments.metric])
    metric = pipeline.metric(wanted)
    assert metric is not None
    segment = "" if arguments.segment == "total" else arguments.segment
    found = app.figures.of_period(pipeline, [period.name])
    figure = next((f for f in found if f.metric == wanted and f.segment == segment), None)
    if figure is None:
        segments = sorted({f.segment for f in found if f.metric == wanted and f.segment})
        raise DefinitionError(
            f"{pipeline.name} {period.name} has no {wanted} for '{segment or 'total'}'. "
            f"{suggestion(segment, segments, 'Segments')}"
        )
    with app.queries() as queries:
        there = {name for name, _ in queries.tables()}

        def rows_of(model: "Model", days: "Interval") -> int | None:
            if model.name not in there:
                return None
            whole = app.project.calendar.widen(model.period, Days.of([days])).intervals
            start, end = (whole[0].start, whole[-1].end) if whole else (days.start, days.end)
            day = quoted(model.day)
            counted = queries.select(
                f"SELECT count(*) FROM {quoted(model.name)} WHERE {day} >= {literal(start)} AND {day} < {literal(end)}",
                limit=1,
                timeout_s=60,
            )
            return int(counted.rows[0][0])

        explained = trace(app.project, pipeline, period, metric, figure, found, app.ledger, rows_of)
    print(as_json(explained) if arguments.json else "\n".join(lines(explained)))
    return 0


def verify(arguments: Namespace) -> int:
    """0 when every figure of the period follows from retained input, else 1."""
    from holdfast.releases.verify import as_json, lines
    from holdfast.verification import verify as rebuild

    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    period = _period(arguments.period, pipeline, _known_periods(app, pipeline))
    found = rebuild(
        app.project,
        pipeline,
        period,
        app.figures.of_period(pipeline, [period.name]),
        app.ledger,
        app.state / "landing",
        lambda seq: app.fresh_bench(pipeline.audience, seq),
    )
    print(as_json(found) if arguments.json else "\n".join(lines(found)))
    return 0 if found.is_equal else 1


def _plot(
    app: App, pipeline: Pipeline, arguments: Namespace, metrics: Sequence[str], known: Sequence[Period]
) -> int:
    """Every period of the grain, or the days of the period that is named."""
    from holdfast.releases.chart import plot

    periods = list(known)
    if arguments.period:
        inside = _period(arguments.period, pipeline, known)
        periods = [p for p in known if p.interval.meet(inside.interval) == p.interval]
        periods = [p for p in periods if p.grain == (arguments.grain or DAY)] or [inside]
    elif arguments.grain:
        periods = [p for p in known if p.grain == _grain(pipeline, arguments.grain)]
    found = app.figures.of_period(pipeline, [p.name for p in periods])
    shown = _of_segment(pipeline, [f for f in found if f.metric in metrics], arguments.segment)
    target = Path(arguments.plot)
    if target.suffix.lower() != ".svg":
        raise DefinitionError(f"--plot {target}: pictures are SVG; give a file that ends in .svg.")
    target.write_bytes(plot(shown, app.project.calendar, metrics=metrics))
    print(f"Written: {target}, {len(shown)} figures.")
    return 0


def _wanted(app: App, pipeline: Pipeline, arguments: Namespace, known: Sequence[Period]) -> list[Period]:
    if arguments.period:
        return [_period(arguments.period, pipeline, known, arguments.grain)]
    if arguments.grain:
        grain = _grain(pipeline, arguments.grain)
        return [p for p in known if p.grain == grain][-NEWEST_OF_GRAIN:]
    return [p for grain in pipeline.grains for p in _newest(grain, known)]


def _newest(grain: str, known: Iterable[Period]) -> list[Period]:
    return [p for p in known if p.grain == grain][-NEWEST.get(grain, NEWEST_OTHERS) :]


def _known_periods(app: App, pipeline: Pipeline) -> list[Period]:
    """Every period that has figures, oldest first within its grain."""
    found = []
    for grain, name in app.figures.periods(pipeline):
        period = app.project.calendar.named(name)
        if period is not None and period.grain == grain:
            found.append(period)
    return sorted(found, key=lambda each: (each.grain, each.interval))


def _period(name: str, pipeline: Pipeline, known: Sequence[Period], grain: str | None = None) -> Period:
    found = next((p for p in known if p.name == name and grain in (None, p.grain)), None)
    if found:
        return found
    if not known:
        raise DefinitionError(f"{pipeline.name} has no figures yet. `holdfast run` makes them, `holdfast status` says what is due.")
    per_grain = {p.grain: p.name for p in known}
    newest = ", ".join(f"{per_grain[g]}" for g in pipeline.grains if g in per_grain)
    alike = [p.name for p in known if len(p.name) == len(name)] or [p.name for p in known]
    raise DefinitionError(
        f"{pipeline.name} has no figures for period '{name}'. {_near(name, alike)}The newest are {newest}."
    )


def _near(name: str, names: Sequence[str]) -> str:
    from holdfast.loading.problems import nearest

    found = nearest(name, names)
    return f"Did you mean '{found}'? " if found else ""


def _grain(pipeline: Pipeline, grain: str) -> str:
    if grain not in pipeline.grains:
        raise DefinitionError(f"{pipeline.name} has no grain '{grain}'. {suggestion(grain, pipeline.grains, 'Grains')}")
    return grain


def _metrics(pipeline: Pipeline, asked: Sequence[str] | None) -> list[str]:
    names = [metric.id for metric in pipeline.metrics]
    for name in asked or ():
        if name not in names:
            raise DefinitionError(f"{pipeline.name} has no metric '{name}'. {suggestion(name, names, 'Metrics')}")
    return list(asked) if asked else names


def _of_segment(pipeline: Pipeline, found: Sequence[Figure], segment: str | None) -> list[Figure]:
    """Figures of one member, of every member of a dimension, or of the total."""
    if segment is None:
        return list(found)
    if segment == "total":
        return [f for f in found if not f.segment]
    if segment in pipeline.segments:
        return [f for f in found if f.segment.startswith(f"{segment}=")]
    members = {f.segment for f in found if f.segment}
    if found and segment not in members:
        known = [*pipeline.segments, *sorted(members)]
        raise DefinitionError(f"{pipeline.name} has no segment '{segment}'. {suggestion(segment, known, 'Segments')}")
    return [f for f in found if f.segment == segment]


def _at_scale(found: Sequence[Figure], pipeline: Pipeline) -> list[Figure]:
    """With the decimals of the metric, where none of the others says anything: 86 orders, not 86.000000."""
    from holdfast.releases.spelling import at_scale

    scales = {metric.id: metric.scale for metric in pipeline.metrics}
    return [replace(f, value=at_scale(f.value, scales[f.metric])) if f.metric in scales else f for f in found]


def _with_neighbours(app: App, wanted: Sequence[Period]) -> list[str]:
    """Names of the periods, of those before them, and of the same a year earlier."""
    from holdfast.releases.comparison import Neighbours

    around = Neighbours.of(app.project.calendar)
    near = [other for p in wanted for other in (p, around.step(p, -1), around.years(p, -1)) if other is not None]
    return list(dict.fromkeys(p.name for p in near))
