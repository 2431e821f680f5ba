"""Figures of a small company, written out by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from holdfast.calendars import Calendar, Period, standard_periods
from holdfast.partitions import Interval
from holdfast.releases.release import Figure, FigureState, ReleaseRow

FISCAL = (
    Period("fiscal", "FY2009-10", Interval(date(2009, 12, 1), date(2010, 12, 1))),
    Period("fiscal", "FY2010-11", Interval(date(2010, 12, 1), date(2011, 12, 10))),
)
CALENDAR = Calendar((*standard_periods(date(2025, 8, 1), date(2026, 10, 31)), *FISCAL))
PUBLISHED_AT = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
RELEASE = ReleaseRow(
    id=7,
    pipeline="aggregate_profit",
    audience="investors",
    as_of=date(2026, 9, 30),
    days="2026-09-30",
    published_at=PUBLISHED_AT,
    backfilled=False,
    manifest="m7.json",
    run_id="r7",
    figures=4,
    held=0,
    receipt="",
)


def figure(
    grain: str, period: str, metric: str, value: str | None, segment: str = "", **changes: object
) -> Figure:
    """A published, whole, preliminary figure; `changes` replaces any field."""
    whole = CALENDAR.named(period)
    made = Figure(
        pipeline="aggregate_profit",
        grain=grain,
        period=period,
        metric=metric,
        segment=segment,
        value=None if value is None else Decimal(value),
        unit="GBP",
        state=FigureState.PRELIMINARY,
        version=1,
        as_of=whole.interval.last if whole else None,
        published_at=PUBLISHED_AT,
        release=7,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


NEVER_PUBLISHED = {"state": FigureState.HELD, "version": 0, "as_of": None}
MONTHS = [
    figure("month", "2026-09", "profit", "1234567.5000"),
    figure("month", "2026-09", "profit", "-500.2500", "region=EU"),
    figure("month", "2026-09", "profit", None, "region=UK", **NEVER_PUBLISHED),
    figure("month", "2026-09", "revenue", "880.0000", state=FigureState.HELD, as_of=date(2026, 9, 16)),
    figure("month", "2026-08", "profit", "1000000.0000"),
    figure("month", "2026-08", "profit", "-1000.5000", "region=EU"),
    figure("month", "2025-09", "profit", "0.0000"),
]
SEPTEMBER = MONTHS[:4]
