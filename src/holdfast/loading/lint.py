"""What only shows when files are compared: windows, cycles, grains, order of arrival, and who reads what."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holdfast.calendars import DAY, Calendar, starts_at
from holdfast.definitions.model import FOREVER, SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import INVESTORS, Pipeline, Project
from holdfast.definitions.source import OverTime, Source
from holdfast.loading.metrics import MEMBER_COLUMNS
from holdfast.loading.models import CALENDAR, CALENDAR_DAYS, PERIOD_WINDOW, ModelFile
from holdfast.loading.problems import Problems, suggestion
from holdfast.loading.syntax import INVESTORS_ONLY

_UNREAD_IS_FINE = ("proposed", "draft", "deprecated", "retired")
"""Contracts of these states may stand there with nobody reading them."""
_SOME_YEAR = date(2025, 1, 1)


def report_model_faults(
    files: Mapping[str, ModelFile], sources: Mapping[str, Source], calendar: Calendar, problems: Problems
) -> None:
    """Report where a model's head, its SQL and the rest of the project disagree."""
    known = {*files, *(SOURCE_PREFIX + name for name in sources), CALENDAR, CALENDAR_DAYS}
    for file in files.values():
        _report_inputs(file, known, problems)
        _report_grain(file, calendar, problems)
        _report_windows(file, sources, calendar, problems)


def _report_inputs(file: ModelFile, known: set[str], problems: Problems) -> None:
    """What the SQL reads is what the head declares, and exists."""
    model, path = file.model, file.model.file
    for table in file.syntax.tables:
        line = file.syntax.line_of(table)
        if table not in known:
            what = "which is no source" if table.startswith(SOURCE_PREFIX) else "which no model builds"
            problems.error(path, line, f"the model reads '{table}', {what}. {suggestion(table, known, 'Known')}")
        elif table not in model.inputs and table not in (CALENDAR, CALENDAR_DAYS):
            problems.error(
                path, line, f"the SQL reads '{table}', which `reads:` does not declare; add `{table} 0..0` or its window"
            )
    for name in model.inputs:
        if name not in file.syntax.tables:
            problems.error(
                path,
                file.head.line("reads"),
                f"`reads:` declares '{name}', which the SQL does not read. "
                f"{suggestion(name, set(file.syntax.tables) - set(model.inputs), 'It reads')}",
            )


def _report_grain(file: ModelFile, calendar: Calendar, problems: Problems) -> None:
    """Key, day and segments are columns of the output; the partition's grain is in the calendar.

    A measure model has its segments in the rows: column dimension names them.
    """
    model, head, path = file.model, file.head, file.model.file
    if "*" not in model.columns:
        is_measure = set(MEMBER_COLUMNS) <= set(model.columns)
        segments = () if is_measure else model.segments
        for key, names in (("key", model.key), ("day", (model.day,)), ("segments", segments)):
            for name in names:
                if name and name not in model.columns:
                    problems.error(
                        path,
                        head.line(key),
                        f"`{key}:` names '{name}', which the SELECT does not yield. "
                        f"{suggestion(name, model.columns, 'Columns')}",
                    )
    if model.period not in calendar.grains:
        problems.error(
            path,
            head.line("period"),
            f"period '{model.period}' has no row in calendar.csv. {suggestion(model.period, calendar.grains, 'Grains')}",
        )
    missing = [name for name in ("start", "end") if name not in file.syntax.parameters]
    if missing:
        problems.error(
            path, 1, f"the SQL does not use ${missing[0]}; filter the day with `>= $start` and `< $end`, both"
        )
    for name in file.syntax.parameters:
        if name not in ("start", "end", "first"):
            problems.error(
                path, 1, f"the SQL uses the unknown parameter ${name}; a model has $start, $end and $first only"
            )
    if any(each.and_earlier for each in model.reads) and "first" not in file.syntax.parameters:
        problems.error(
            path,
            head.line("reads"),
            "`and earlier` in `reads:` needs $first in the SQL: the first day also takes what was there before it, "
            "so filter with `OR $start = $first`",
        )


def _report_windows(
    file: ModelFile, sources: Mapping[str, Source], calendar: Calendar, problems: Problems
) -> None:
    """The declared windows reach as far as the SQL does, and never into a model's own future."""
    model, path, line = file.model, file.model.file, file.head.line("reads")
    first = min((-FOREVER if each.first is None or each.since else each.first for each in model.reads), default=0)
    last = max((0, *(each.last for each in model.reads)))
    if file.syntax.back > -first:
        problems.error(
            path,
            line,
            f"the SQL goes back {file.syntax.back} days, no window in `reads:` more than {-first}; "
            f"declare the input with -{file.syntax.back}..0",
        )
    if file.syntax.ahead > last:
        problems.error(
            path,
            line,
            f"the SQL looks {file.syntax.ahead} days ahead, no window in `reads:` more than {last}; "
            f"declare the input with 0..{file.syntax.ahead}",
        )
    for each in model.reads:
        if each.since and each.since not in calendar.grains:
            problems.error(
                path,
                line,
                f"`{each.input} {each}` starts with grain '{each.since}', which has no row in calendar.csv. "
                f"{suggestion(each.since, calendar.grains, 'Grains')}",
            )
        if each.input == model.name and each.last >= 0:
            problems.error(path, line, f"the model reads its own day; declare `{model.name} ..-1`, earlier days only")
        source = sources.get(each.input.removeprefix(SOURCE_PREFIX))
        if source and source.over_time is OverTime.DAYS and each.last > 0 and model.period != DAY:
            problems.error(path, line, f"a model of periods reads whole periods; declare `{each.input} {PERIOD_WINDOW}`")


def report_cycles(loops: list[tuple[str, ...]], files: Mapping[str, ModelFile], problems: Problems) -> None:
    """Report each cycle with its path."""
    for loop in loops:
        file = files[loop[0]]
        problems.error(
            file.model.file,
            file.syntax.line_of(loop[1]),
            f"models read each other in a circle: {' -> '.join(loop)}; take one of the reads out",
        )


def report_whole(
    project: Project, files: Mapping[str, ModelFile], status: Mapping[str, str], problems: Problems
) -> None:
    """Report what needs the whole project: what nobody reads, investor rules, deadlines."""
    _report_investor_rules(project, files, problems)
    _report_unread(project, status, problems)
    _report_strangers(project, problems)
    for pipeline in project.pipelines.values():
        _report_measures(project, pipeline, problems)
        _report_deadline(project, pipeline, problems)


def report_unnamed_reports(project: Project, problems: Problems) -> None:
    """An output's report is there, and made for the output's grain; a pack has a name of its own."""
    broken = {problem.file for problem in problems.found if problem.severity == "error"}
    for pipeline in project.pipelines.values():
        folder = pipeline.file.rpartition("/")[0]
        if any(file.startswith(f"{folder}/") and file.endswith(".md") for file in broken):
            continue
        by_name = {each.name: each for each in pipeline.reports}
        for output in (each for each in pipeline.outputs if each.report):
            report = by_name.get(output.report)
            if report is None:
                problems.error(
                    pipeline.file,
                    1,
                    f"output '{output.name}' is made of the report '{output.report}', which is not there. "
                    f"{suggestion(output.report, by_name, 'Reports')}",
                )
            elif output.grain not in report.grains:
                problems.error(
                    pipeline.file,
                    1,
                    f"output '{output.name}' is made per {output.grain}, but {report.file} is not. "
                    f"{suggestion(output.grain, report.grains, 'Its grains')}",
                )
    for pack in project.packs:
        if pack.name in project.pipelines:
            problems.error(pack.file, 1, f"'{pack.name}' is a pipeline already; rename the report")


def _report_investor_rules(project: Project, files: Mapping[str, ModelFile], problems: Problems) -> None:
    """Rules for exact numbers count wherever an investor figure is made from, shared models too."""
    investor: dict[str, Model] = {}
    for pipeline in project.pipelines.values():
        if pipeline.audience == INVESTORS:
            investor |= {model.name: model for model in project.lineage(pipeline)}
    for name in sorted(investor):
        for fault in files[name].syntax.faults:
            if fault.audience == INVESTORS_ONLY:
                problems.error(files[name].model.file, fault.line, fault.message)


def _report_strangers(project: Project, problems: Problems) -> None:
    """People whom a contract names are in team/people.yml."""
    known = {person.name for person in project.people}
    for source in project.sources.values():
        named = [("contact", source.contact), *(("approver", rule.approver) for rule in source.rules)]
        for role, name in named:
            if name and name not in known:
                problems.error(
                    source.file,
                    source.line,
                    f"{role} '{name}' is nobody in team/people.yml. {suggestion(name, known, 'People')}",
                )


def _report_unread(project: Project, status: Mapping[str, str], problems: Problems) -> None:
    read = {name for model in project.models.values() for name in model.inputs if name != model.name}
    for pipeline in project.pipelines.values():
        read |= pipeline.measures
        read |= {name for check in pipeline.checks for name in check.inputs}
    published = {name for each in project.pipelines.values() for name in each.models if _is_aggregate(project, name)}
    for name, model in project.models.items():
        if name not in read and name not in published:
            problems.warning(model.file, 1, f"no model, metric or check reads '{name}'; remove it, or set `layer: aggregates`")
    for name, source in project.sources.items():
        if SOURCE_PREFIX + name not in read and status.get(name) not in _UNREAD_IS_FINE:
            problems.warning(source.file, 1, f"no model or check reads source '{name}'; set `status: draft`, or remove it")


def _is_aggregate(project: Project, name: str) -> bool:
    """Tables that people read: a model of this layer is an end in itself."""
    return project.models[name].layer == "aggregates"


def _report_measures(project: Project, pipeline: Pipeline, problems: Problems) -> None:
    """A figure is made from a model of days that the pipeline builds, cut by segments that the model has."""
    built = {model.name for model in project.lineage(pipeline)}
    measures = [project.models[name] for name in sorted(pipeline.measures) if name in project.models]
    known = {segment for model in measures for segment in model.segments}
    for segment in pipeline.segments if measures else ():
        if segment not in known:
            problems.error(
                pipeline.file,
                1,
                f"segment '{segment}' is in no `segments:` of the models its metrics are made from. "
                f"{suggestion(segment, known, 'Segments')}",
            )
    for metric, name in ((each, name) for each in pipeline.metrics for name in each.models):
        model = project.models.get(name)
        if model is None:
            continue
        if model.name not in built:
            problems.error(
                metric.file,
                metric.line,
                f"metric '{metric.id}' is made from '{model.name}', which pipeline '{pipeline.name}' does not build. "
                f"{suggestion(model.name, built, 'It builds')}",
            )
        elif model.period != DAY:
            problems.error(
                metric.file,
                metric.line,
                f"metric '{metric.id}' is made from '{model.name}', one row per {model.period}; name a model of days",
            )


def _report_deadline(project: Project, pipeline: Pipeline, problems: Problems) -> None:
    """A day's figures cannot be due before its sources have arrived."""
    for source in project.sources_of(pipeline):
        worst = _latest_midnight(project.zone) + source.arrives_within
        due = timedelta(hours=pipeline.day_deadline.hour, minutes=pipeline.day_deadline.minute)
        if source.over_time is OverTime.DAYS and worst > due:
            problems.error(
                pipeline.file,
                1,
                f"the day is due {pipeline.day_deadline:%H:%M} UTC, but '{source.name}' arrives within "
                f"{_hours(source.arrives_within)} of the day's end in {project.zone.key}, up to {_clock(worst)} UTC; "
                "set a later deadline",
            )


@cache
def _latest_midnight(zone: ZoneInfo) -> timedelta:
    """How long after midnight UTC of a date the zone's own midnight comes, at worst over a year.

    One midnight a week is looked at: clock changes last for months.
    """
    dates = [_SOME_YEAR + timedelta(days=at) for at in range(0, 366, 7)]
    return max(starts_at(day, zone) - datetime.combine(day, time(0), tzinfo=UTC) for day in dates)


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} h"


def _clock(span: timedelta) -> str:
    minutes = int(span / timedelta(minutes=1))
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
