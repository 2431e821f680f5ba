"""A report's figures as rows for programs: exact values, what stands beside them, and why they moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import get_args, get_type_hints

from holdfast.releases.comparison import Compared
from holdfast.reports.changes import Change, carried, changes, days_sum, restated_from
from holdfast.reports.edition import Chapter, Edition
from holdfast.reports.layout import definition

PERCENT = Decimal("0.0001")
"""Changes are given to four decimals of a percent."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One figure. The fields are the columns of the CSV and the Parquet file and the keys of the JSON."""

    pipeline: str
    grain: str
    period: str
    metric: str
    segment: str
    """Empty for the total, else `region=EU`."""
    value: Decimal | None
    """The last good one of a held figure; none when never published, withdrawn, or over a zero denominator."""
    unit: str
    state: str
    version: int
    as_of: date | None
    published_at: datetime | None
    previous: Decimal | None
    change_pct: Decimal | None
    previous_year: Decimal | None
    change_year_pct: Decimal | None
    days_sum: Decimal | None
    """What the period's own days come to, where it carries adjustments; else none."""
    adjustment: Decimal | None
    """The sum of the adjustments it carries."""
    restated_from: Decimal | None
    restated_on: date | None
    restatement_reason: str
    standing: str
    """How the period stands: `preliminary, unsigned`, `final, signed by ... and ...`."""
    note: str
    definition: str
    metric_version: int
    release: int


COLUMNS: tuple[tuple[str, type], ...] = tuple(
    (name, (get_args(kind) or (kind,))[0]) for name, kind in get_type_hints(ReportRow).items()
)
"""Name and Python type of every column."""


def rows(edition: Edition) -> list[ReportRow]:
    """Every figure of the report, chapter by chapter, totals before segments."""
    return [row for chapter in edition.chapters for row in _rows(chapter, edition)]


def _rows(chapter: Chapter, edition: Edition) -> Iterator[ReportRow]:
    restated = restated_from(changes(chapter, edition.period))
    for each in chapter.compared:
        yield _row(chapter, each, restated.get((chapter.pipeline, each.figure.metric, each.figure.segment)))


def _row(chapter: Chapter, compared: Compared, restated: Change | None) -> ReportRow:
    figure = compared.figure
    metric = chapter.metric(figure.metric)
    assert metric is not None
    added = carried(chapter, figure.metric, figure.segment)
    return ReportRow(
        pipeline=figure.pipeline,
        grain=figure.grain,
        period=figure.period,
        metric=figure.metric,
        segment=figure.segment,
        value=figure.value,
        unit=figure.unit,
        state=figure.state.value,
        version=figure.version,
        as_of=figure.as_of,
        published_at=figure.published_at if figure.version else None,
        previous=compared.previous.value if compared.previous else None,
        change_pct=_percent(compared.change_pct),
        previous_year=compared.previous_year.value if compared.previous_year else None,
        change_year_pct=_percent(compared.change_year_pct),
        days_sum=days_sum(chapter, figure.metric, figure.segment, figure.value) if added else None,
        adjustment=sum((each.delta for each in added), Decimal(0)) if added else None,
        restated_from=restated.old if restated else None,
        restated_on=restated.on if restated else None,
        restatement_reason=restated.reason if restated else "",
        standing=chapter.state,
        note=compared.note,
        definition=definition(metric),
        metric_version=metric.version,
        release=figure.release,
    )


def values(row: ReportRow) -> Sequence[object]:
    """The row's cells in the order of the columns."""
    return [getattr(row, name) for name, _ in COLUMNS]


def _percent(change: Decimal | None) -> Decimal | None:
    return None if change is None else change.quantize(PERCENT)
