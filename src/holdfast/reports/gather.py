"""Reads everything that a report of a period shows, at one moment, into an edition."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from holdfast.calendars import Period
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.report import Report
from holdfast.releases.closing import Adjustment, CloseEvent, Erratum
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


def gathered(
    project: Project, report: Report, period: Period, figures: FigureRows, books: Books, now: datetime
) -> Edition:
    """The report's edition of the period, as of `now`.

    The versions of all figures come from one read per pipeline, so that a release in between changes nothing.
    """
    needed = periods_needed(period, project.calendar)
    records = [
        _records(project.pipelines[name], figures.of_period(project.pipelines[name], needed, history=True), period, books)
        for name in report.pipelines
    ]
    return edition(
        report,
        period,
        records,
        company=project.name,
        currency=project.currency,
        calendar=project.calendar,
        now=now,
    )


def _records(pipeline: Pipeline, rows: Sequence[Figure], period: Period, books: Books) -> Records:
    of_grain = [each for each in rows if each.grain == period.grain]
    return Records(
        pipeline=pipeline,
        figures=newest(of_grain),
        history=[each for each in of_grain if each.period == period.name],
        events=_close_events(books, pipeline),
        adjustments=_adjustments(books, pipeline),
        errata=_errata(books, pipeline),
        holds=books.open_holds(pipeline.name),
    )


def newest(rows: Iterable[Figure]) -> list[Figure]:
    """The current row of each key: of its last release, then of its last day counted."""
    kept: dict[tuple[str, str, str, str, str], Figure] = {}
    for each in rows:
        key = (each.pipeline, each.grain, each.period, each.metric, each.segment)
        if key not in kept or _age(each) >= _age(kept[key]):
            kept[key] = each
    return list(kept.values())


def _age(figure: Figure) -> tuple[int, int]:
    return figure.release, figure.as_of.toordinal() if figure.as_of else 0


def _close_events(books: Books, pipeline: Pipeline) -> Sequence[CloseEvent]:
    """What people did to its periods; nothing yet: closing a period comes later."""
    return ()


def _adjustments(books: Books, pipeline: Pipeline) -> Sequence[Adjustment]:
    return ()


def _errata(books: Books, pipeline: Pipeline) -> Sequence[Erratum]:
    return ()
