"""Reports as outputs: of which periods they are due when figures changed, and when a report of several pipelines is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from holdfast.calendars import Calendar, Period
from holdfast.definitions.pipeline import Output, Pipeline, Project
from holdfast.definitions.report import RUNNING, Report
from holdfast.releases.comparison import Neighbours
from holdfast.releases.deliver import RenderedFile
from holdfast.releases.release import ReleaseRow
from holdfast.reports.edition import TREND
from holdfast.reports.files import ParquetWriter
from holdfast.reports.gather import Books, FigureRows, editions
from holdfast.reports.render import file_name, rendered


class TouchedFigures(FigureRows, Protocol):
    """Reads released figures and says which of them are new."""

    def touched_since(self, pipeline: Pipeline, grain: str, release: int) -> list[str]:
        """Periods of the grain that later releases touched."""


def render_report(
    project: Project,
    report: Report,
    output: Output,
    since: int | None,
    *,
    through: date,
    figures: TouchedFigures,
    books: Books,
    parquet: ParquetWriter,
    now: datetime,
) -> list[RenderedFile]:
    """The output's files of every period that changed after release `since`; of all periods without it.

    `through` is the last business day that is released. A period nobody got a figure of yet has no file.
    """
    pipelines = [project.pipelines[name] for name in report.pipelines]
    touched = {name for each in pipelines for name in figures.touched_since(each, output.grain, since or 0)}
    due = periods_due(output, touched, through, project.calendar)
    return [
        RenderedFile(file_name(edition, output.kind), rendered(edition, output.kind, parquet))
        for edition in editions(project, report, due, figures, books, now)
        if edition.is_published
    ]


def periods_due(output: Output, touched: Collection[str], through: date, calendar: Calendar) -> list[Period]:
    """Periods whose report shows one of the touched periods, oldest first; running ones only where asked for.

    That is the period itself, those in whose charts it stands, and the same one a year later.
    """
    neighbours = Neighbours.of(calendar)
    due: dict[str, Period] = {}
    for name in touched:
        period = neighbours.period(output.grain, name)
        if period is None:
            continue
        near = [neighbours.step(period, by) for by in range(TREND)]
        for each in (*near, neighbours.years(period, 1)):
            if each and (each.interval.start if output.when == RUNNING else each.interval.last) <= through:
                due[each.name] = each
    return sorted(due.values(), key=lambda each: each.interval)


def released_through(pipelines: Iterable[str], releases: Iterable[ReleaseRow]) -> date | None:
    """The last business day that every one of the pipelines has released; None while one has nothing.

    A release that signs or takes back a month is of that month's days, so the newest one does not say it.
    """
    last: dict[str, date] = {}
    for each in releases:
        last[each.pipeline] = max(last.get(each.pipeline, each.as_of), each.as_of)
    named = list(pipelines)
    return min(last[name] for name in named) if named and all(name in last for name in named) else None


def pack_release(pack: Report, releases: Sequence[ReleaseRow]) -> ReleaseRow | None:
    """What a report of several pipelines shows: the newest release of any, as of the day that all have reached.

    `releases` are those of its pipelines; None while one of them has none.
    """
    through = released_through(pack.pipelines, releases)
    if through is None:
        return None
    return replace(max(releases, key=lambda each: each.id), pipeline=pack.name, as_of=through)


def pack_outputs(pack: Report) -> Sequence[Output]:
    """The outputs its front matter asks for, of the first of its grains."""
    return [
        Output(each.name, each.kind, pack.grains[0], each.to, report=pack.name, when=each.when)
        for each in pack.outputs
        if pack.grains
    ]
