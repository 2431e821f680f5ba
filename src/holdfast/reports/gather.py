"""Reads everything that a report of a period shows, at one moment, into an edition."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.calendars import BusinessDays, Calendar, Period
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.report import Report
from holdfast.releases.closing import Adjustment, CloseEvent, Erratum, business_days, sign_by, standing
from holdfast.releases.release import Figure, Hold
from holdfast.reports.edition import Edition, Records, edition, periods_needed


class FigureRows(Protocol):
    """Reads released figures."""

    def of_period(self, pipeline: Pipeline, periods: list[str], *, history: bool = False) -> list[Figure]:
        """Figures of the named periods; with `history` every row ever released, oldest first."""


class Books(Protocol):
    """What the ledger knows of a period beside its figures."""

    def open_holds(self, pipeline: str) -> list[Hold]:
        """Oldest day first, then id."""

    def close_events(self, pipeline: str) -> list[CloseEvent]:
        """What people did to its periods, oldest first."""

    def adjustments(self, pipeline: str) -> list[Adjustment]:
        """What late rows of signed periods added to later ones."""

    def errata(self, pipeline: str) -> list[Erratum]:
        """What signed figures that do not add up would come to."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What is known of one pipeline; its figures by period, the current ones and every version of those reported."""

    pipeline: Pipeline
    current: Mapping[str, Sequence[Figure]]
    versions: Mapping[str, Sequence[Figure]]
    events: Sequence[CloseEvent]
    adjustments: Sequence[Adjustment]
    errata: Sequence[Erratum]
    holds: Sequence[Hold]


def gathered(
    project: Project, report: Report, period: Period, figures: FigureRows, books: Books, now: datetime
) -> Edition:
    """The report's edition of the period, as of `now`."""
    return next(editions(project, report, [period], figures, books, now))


def editions(
    project: Project, report: Report, periods: Sequence[Period], figures: FigureRows, books: Books, now: datetime
) -> Iterator[Edition]:
    """The report's edition of each of the periods, all of one grain, from one reading of the figures."""
    if not periods:
        return
    read = [_read(project.pipelines[name], periods, project.calendar, figures, books) for name in report.pipelines]
    for period in periods:
        needed = periods_needed(period, project.calendar)
        yield edition(
            report,
            period,
            [_records(each, period, needed, project) for each in read],
            company=project.name,
            currency=project.currency,
            calendar=project.calendar,
            now=now,
        )


def _read(
    pipeline: Pipeline, periods: Sequence[Period], calendar: Calendar, figures: FigureRows, books: Books
) -> _Read:
    grain = periods[0].grain
    needed = sorted({name for period in periods for name in periods_needed(period, calendar)})
    current = figures.of_period(pipeline, needed)
    # What was released since the first read is left out, so that the versions end with the figure shown.
    last = max((each.release for each in current), default=0)
    versions = figures.of_period(pipeline, [each.name for each in periods], history=True)
    return _Read(
        pipeline,
        _by_period(each for each in current if each.grain == grain),
        _by_period(each for each in versions if each.grain == grain and each.release <= last),
        books.close_events(pipeline.name),
        books.adjustments(pipeline.name),
        books.errata(pipeline.name),
        books.open_holds(pipeline.name),
    )


def _by_period(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for each in figures:
        found.setdefault(each.period, []).append(each)
    return found


def _records(read: _Read, period: Period, needed: Sequence[str], project: Project) -> Records:
    pipeline = read.pipeline
    events = [each for each in read.events if (each.grain, each.period) == (period.grain, period.name)]
    is_awaited = pipeline.close is not None and not standing(events).is_locked
    business = business_days(project, pipeline, [period]) if is_awaited else BusinessDays()
    return Records(
        pipeline=pipeline,
        figures=[figure for name in needed for figure in read.current.get(name, ())],
        history=read.versions.get(period.name, ()),
        events=events,
        adjustments=read.adjustments,
        errata=read.errata,
        holds=read.holds,
        sign_by=sign_by(period, pipeline, business) if is_awaited else None,
        full_names={person.name: person.full_name for person in project.people},
    )
