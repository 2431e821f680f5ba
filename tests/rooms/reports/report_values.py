"""One month of a shop in which everything happened: restated, adjusted, held, never published, corrected beside."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from holdfast.calendars import Calendar, standard_periods
from holdfast.definitions.metric import Measure, Metric, Ratio
from holdfast.definitions.pipeline import Annotation, CloseRule, Pipeline
from holdfast.definitions.report import Report
from holdfast.partitions import Interval
from holdfast.releases.closing import Adjustment, CloseEvent, CloseKind, Erratum
from holdfast.releases.release import Figure, FigureState
from holdfast.reports.edition import Edition, Records, edition

CALENDAR = Calendar(standard_periods(date(2025, 7, 1), date(2026, 12, 31)))
SEPTEMBER = CALENDAR.named("2026-09")
assert SEPTEMBER is not None
FIRST_AT, RESTATED_AT = datetime(2026, 10, 1, 3, tzinfo=UTC), datetime(2026, 10, 20, 3, tzinfo=UTC)
NOW = datetime(2026, 10, 21, 9, tzinfo=UTC)

METRICS = (
    Metric("profit", "Revenue less cost.", "GBP", ("day", "month"), {"day": Measure("agg", "profit")}, owner="james"),
    Metric("revenue", "Order amounts less refunds.", "GBP", ("day", "month"), {"day": Measure("agg", "revenue")}),
    Metric("orders", "Orders with a line.", "orders", ("day", "month"), {"day": Measure("agg", "orders")}, scale=0),
    Metric("margin", "Profit as a share of revenue.", "ratio", ("day", "month"), ratio=Ratio(("profit",), "revenue"), scale=6, additive=False, segments_add_up=False),
)
PIPELINE = Pipeline(
    name="aggregate_profit",
    purpose="Profit for investors.",
    audience="investors",
    primary="james",
    secondary="jill",
    starts_on=date(2025, 9, 1),
    metrics=METRICS,
    checks=(),
    models=(),
    segments=("region",),
    close=CloseRule(("month", "quarter"), 10, ("james",), ("finance_lead",)),
    annotations=(Annotation("aggregate_profit", Interval(date(2026, 9, 14), date(2026, 9, 16)), "warehouse strike", "john"),),
)
TEXT = """
Profit was **{profit}** on revenue of {revenue}, a margin of {margin}; that is {profit change} on the month before.
In the UK it was {profit region=UK}, in the EU {profit region=EU}, in Brazil {profit region=BR}.

{chart profit}

{table region}

## Outlook

- One figure is held.
- Figures are as of {as_of}; they are {state}.
"""
REPORT = Report(
    name="report",
    title="Company profit, {period}",
    text=TEXT,
    grains=("month",),
    pipelines=("aggregate_profit",),
    file="pipelines/aggregate_profit/report.md",
)

REGIONS = {"UK": Decimal("0.6"), "EU": Decimal("0.4")}
MONTHS = ("2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09")  # fmt: skip
REVENUE = (900, 940, 1400, 1600, 800, 820, 870, 905, 950, 990, 1010, 1000, 1100)
"""In thousands; profit is a fifth of it."""


def figure(period: str, metric: str, value: str | Decimal | None, segment: str = "", **other: object) -> Figure:
    """A figure of the month, preliminary and whole."""
    month = CALENDAR.named(period)
    assert month is not None
    unit = next(each.unit for each in METRICS if each.id == metric)
    amount = None if value is None else Decimal(value)
    made = Figure(
        "aggregate_profit", "month", period, metric, segment, amount, unit,
        FigureState.PRELIMINARY, 1, month.interval.last, FIRST_AT, 300,
    )  # fmt: skip
    return replace(made, **other)  # type: ignore[arg-type]


def plain_figures(period: str, thousands: int) -> list[Figure]:
    """Totals and regions of a month in which nothing happened."""
    found = []
    for segment, share in {"": Decimal(1), **{f"region={name}": part for name, part in REGIONS.items()}}.items():
        revenue = Decimal(thousands) * 1000 * share
        found += [
            figure(period, "revenue", revenue + Decimal("0.1234"), segment),
            figure(period, "profit", revenue / 5 + Decimal("0.0567"), segment),
            figure(period, "orders", Decimal(thousands * 10) * share, segment),
            figure(period, "margin", "0.200000", segment),
        ]
    return found


def all_plain() -> list[Figure]:
    """Thirteen months without incident."""
    return [each for month, size in zip(MONTHS, REVENUE, strict=True) for each in plain_figures(month, size)]


def signature(by: str, role: str, id_: int) -> CloseEvent:
    return CloseEvent(
        "aggregate_profit", "month", "2026-09", CloseKind.SIGNED, by, "demo", datetime(2026, 10, 5, 9, tzinfo=UTC), role, "", "e1", 0, id_
    )


SIGNED = (
    CloseEvent("aggregate_profit", "month", "2026-09", CloseKind.SOFT_CLOSED, "james", "demo", datetime(2026, 10, 4, 9, tzinfo=UTC), id=1),
    signature("james", "owner", 2),
    signature("finance_lead", "finance", 3),
    CloseEvent("aggregate_profit", "month", "2026-09", CloseKind.FINAL, "calendar", "calendar", datetime(2026, 10, 5, 10, tzinfo=UTC), release=301, id=4),
)
RESTATED = CloseEvent(
    "aggregate_profit", "month", "2026-09", CloseKind.RESTATED, "james", "demo", RESTATED_AT, "2", "a warehouse's costs were booked twice", release=310, id=5
)
ADJUSTMENT = Adjustment(
    "aggregate_profit", "month", "2026-08", "2026-09", date(2026, 9, 10), "revenue", "", Decimal("-1500.5000"), "GBP",
    "late rows: refunds 2026-08-29 (+2)", "james", datetime(2026, 9, 10, 3, tzinfo=UTC), 280,
)  # fmt: skip
BOOKED_LATER = replace(ADJUSTMENT, origin="2026-09", booked="2026-10", booked_on=date(2026, 10, 12), delta=Decimal("200.0000"))
ERRATUM = Erratum(
    "aggregate_profit", "month", "2026-09", "margin", "", Decimal("0.200000"), Decimal("0.201000"), "ratio",
    "late rows: refunds 2026-09-29 (+1)", RESTATED_AT, 311,
)  # fmt: skip


def eventful(report: Report = REPORT, texts: Mapping[str, str] | None = None) -> Edition:
    """September: profit restated, revenue with an adjustment, the EU's orders held, Brazil never published.

    `texts` puts other words in: for `reason`, `adjustment`, `member`, `strike`.
    """
    said = {"reason": RESTATED.reason, "adjustment": ADJUSTMENT.reason, "member": "BR", "strike": "warehouse strike", "company": "Acme Ltd"}
    said |= texts or {}
    released = [replace(each, state=FigureState.FINAL, release=301) if each.period == "2026-09" else each for each in all_plain()]
    history = [each for each in released if each.period == "2026-09"]
    restated = [
        replace(each, value=each.value - 20_000, version=2, release=310, published_at=RESTATED_AT)
        for each in history
        if each.metric == "profit" and each.segment in ("", "region=UK") and each.value is not None
    ]
    held = figure("2026-09", "orders", "4390", "region=EU", state=FigureState.HELD, as_of=date(2026, 9, 16), release=310)
    never = figure("2026-09", "profit", None, f"region={said['member']}", state=FigureState.HELD, version=0, as_of=None, release=310)
    newest = {(each.period, each.metric, each.segment): each for each in [*released, *restated, held, never]}
    records = Records(
        pipeline=replace(PIPELINE, annotations=(replace(PIPELINE.annotations[0], reason=said["strike"]),)),
        figures=list(newest.values()),
        history=[*history, *restated, held, never],
        events=[*SIGNED, replace(RESTATED, reason=said["reason"])],
        adjustments=[replace(ADJUSTMENT, reason=said["adjustment"]), BOOKED_LATER],
        errata=[ERRATUM],
    )
    return made(records, report, said["company"])


def plain(report: Report = REPORT) -> Edition:
    """September without incident."""
    known = all_plain()
    return made(Records(PIPELINE, known, [each for each in known if each.period == "2026-09"]), report)


def made(records: Records, report: Report = REPORT, company: str = "Acme Ltd") -> Edition:
    """The edition of September, read on 2026-10-21."""
    assert SEPTEMBER is not None
    return edition(report, SEPTEMBER, [records], company=company, currency="GBP", calendar=CALENDAR, now=NOW)
