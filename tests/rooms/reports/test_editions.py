"""What goes into an edition: which periods, which metrics, whose adjustments, and what readers must not see."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from report_values import (
    ADJUSTMENT,
    BOOKED_LATER,
    CALENDAR,
    ERRATUM,
    FIRST_AT,
    NOW,
    PIPELINE,
    REPORT,
    RESTATED,
    SEPTEMBER,
    SIGNED,
    all_plain,
    eventful,
    figure,
    made,
    plain,
)

from holdfast.definitions.pipeline import Project
from holdfast.releases.closing import CloseEvent, CloseKind
from holdfast.releases.release import FigureState
from holdfast.reports.changes import Kind, carried, changes, days_sum
from holdfast.reports.edition import Records, edition, periods_needed
from holdfast.reports.gather import gathered
from holdfast.reports.html import html
from holdfast.reports.layout import laid_out
from holdfast.reports.text import Paragraph, Span

WITHDRAWN = CloseEvent(
    "aggregate_profit", "month", "2026-09", CloseKind.WITHDRAWN, "james", "demo", NOW, reason="the ledger disagrees", id=9
)


def test_an_edition_needs_a_year_of_months():
    """The charts show thirteen months, the last of them a year after the first."""
    assert periods_needed(SEPTEMBER, CALENDAR) == [
        "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03",
        "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09",
    ]  # fmt: skip


def test_a_week_needs_its_year_before_beside_its_charts():
    """Thirteen weeks do not reach back a year; the week a year before comes on top."""
    week = CALENDAR.named("2026-W38")

    needed = periods_needed(week, CALENDAR)

    assert len(needed) == 14
    assert needed[0] == "2025-W38"


def test_metrics_named_in_the_text_come_first():
    """Without `metrics:` the reader meets the figures in the order in which the text names them."""
    report = replace(REPORT, text="There were {orders} orders at {margin}.")

    assert [each.id for each in plain(report).chapters[0].metrics] == ["orders", "margin", "profit", "revenue"]


def test_metrics_of_the_front_matter_are_all_that_is_shown():
    """What `metrics:` leaves out is in no table and no file."""
    edition = plain(replace(REPORT, text="All is well.", metrics={"aggregate_profit": ("margin", "profit")}))

    assert [each.id for each in edition.chapters[0].metrics] == ["margin", "profit"]
    assert {each.metric for each in edition.figures} == {"margin", "profit"}


def test_a_figure_named_in_the_text_is_shown_whatever_the_front_matter_says():
    """The text is filled in whole; a reader never meets a figure without its definition."""
    edition = plain(replace(REPORT, text="{orders} orders.", metrics={"aggregate_profit": ("margin",)}))

    assert [each.id for each in edition.chapters[0].metrics] == ["margin", "orders"]


def test_a_withdrawn_period_has_no_values():
    """Whatever is stored, readers of a withdrawn period get no number, and the reason."""
    known = all_plain()

    chapter = made(Records(PIPELINE, known, events=[*SIGNED, WITHDRAWN])).chapters[0]

    assert {each.value for each in chapter.figures} == {None}
    assert {each.state for each in chapter.figures} == {FigureState.WITHDRAWN}
    assert chapter.state == "withdrawn on 2026-10-21: the ledger disagrees"
    assert [each.kind for each in changes(chapter, SEPTEMBER)][0] is Kind.WITHDRAWN


def test_a_withdrawn_report_says_so_in_place_of_its_text():
    """A sentence full of the word withdrawn helps nobody; the period, the day and the reason do."""
    layout = laid_out(made(Records(PIPELINE, all_plain(), events=[*SIGNED, WITHDRAWN])))

    assert layout.lead == (
        Paragraph((Span("The figures of September 2026 were withdrawn on 21 October 2026: the ledger disagrees"),)),
    )
    assert [each.caption for each in layout.tables if each.caption.startswith("By")] == []


def test_a_withdrawn_figure_is_beside_no_other():
    """A month after a withdrawn one is compared with nothing."""
    known = [
        replace(each, state=FigureState.WITHDRAWN, value=None) if each.period == "2026-08" and not each.segment else each
        for each in all_plain()
    ]

    compared = made(Records(PIPELINE, known)).chapters[0].of("profit")

    assert compared.previous.value is None
    assert compared.change_pct is None


def test_a_withdrawn_restatement_shows_the_value_signed_before():
    """It was published as withdrawn with that value, and the report says what it is."""
    before = figure("2026-09", "profit", "220000", state=FigureState.WITHDRAWN)

    edition = made(Records(PIPELINE, [before], events=[*SIGNED, WITHDRAWN]))

    assert edition.figures[0].value == Decimal(220000)
    page = html(edition).decode()
    assert "Profit was <strong>£220,000 (withdrawn; the value signed before)</strong>" in page


def test_adjustments_are_told_in_both_periods():
    """The period that carries an adjustment tells it, and so does the one whose rows came late."""
    chapter = eventful().chapters[0]

    assert chapter.booked == (ADJUSTMENT,)
    assert chapter.adjusted == (BOOKED_LATER,)


def test_adjustments_of_other_periods_are_left_out():
    """Another month's adjustment is none of this month's business."""
    other = replace(ADJUSTMENT, origin="2026-06", booked="2026-07", booked_on=date(2026, 7, 9))

    chapter = made(Records(PIPELINE, all_plain(), adjustments=[other])).chapters[0]

    assert (chapter.booked, chapter.adjusted) == ((), ())


def test_an_edition_is_as_of_its_newest_good_total():
    """A held total's day says nothing about how far the others are counted."""
    early = [replace(each, as_of=date(2026, 9, 20)) for each in all_plain() if each.period == "2026-09"]
    held = figure("2026-09", "orders", "1", as_of=date(2026, 9, 29), state=FigureState.HELD)
    shown = [each for each in early if (each.metric, each.segment) != ("orders", "")]

    assert made(Records(PIPELINE, [*shown, held])).as_of == date(2026, 9, 20)


def test_how_far_a_running_month_counts_is_said_once():
    """At the top for all figures; a cell says it only where it differs."""
    running = [replace(each, as_of=date(2026, 9, 20)) for each in all_plain() if each.period == "2026-09"]
    behind = [replace(each, as_of=date(2026, 9, 18)) if each.metric == "orders" else each for each in running]

    def told(figures):
        layout = laid_out(made(Records(PIPELINE, figures)))
        table = next(each for each in layout.tables if each.caption == "Key figures")
        return layout.as_of, [row.cells[1].below for row in table.rows]

    assert told(running) == ("20 September 2026 (20 of 30 days)", [(), (), (), ()])
    assert told(behind) == ("20 September 2026 (20 of 30 days)", [(), (), (), ("18 of 30 days",)])


def test_every_change_is_told_once():
    """Kind, figure, old and new of everything that happened in September, worst first."""
    told = [
        (each.kind.value, each.metric, each.segment, each.old, each.new)
        for each in changes(eventful().chapters[0], SEPTEMBER)
    ]

    assert told == [
        ("restated", "profit", "", Decimal("220000.0567"), Decimal("200000.0567")),
        ("restated", "profit", "region=UK", Decimal("132000.0567"), Decimal("112000.0567")),
        ("adjustment", "revenue", "", Decimal("1101500.6234"), Decimal("-1500.5000")),
        ("adjusted later", "revenue", "", None, Decimal("200.0000")),
        ("erratum", "margin", "", Decimal("0.200000"), Decimal("0.201000")),
        ("held", "profit", "region=BR", None, None),
        ("held", "orders", "region=EU", Decimal(4390), None),
        ("note", "", "", None, None),
    ]


def test_a_quarter_carries_what_is_booked_in_its_months():
    """Booked in September for August, both of one quarter: its own days lack it, so the quarter carries it."""
    quarter = CALENDAR.named("2026-Q3")
    metrics = tuple(replace(metric, grains=(*metric.grains, "quarter")) for metric in PIPELINE.metrics)
    value = replace(figure("2026-09", "revenue", "3000000"), grain="quarter", period="2026-Q3")

    found = edition(
        REPORT, quarter, [Records(replace(PIPELINE, metrics=metrics), [value], adjustments=[ADJUSTMENT, BOOKED_LATER])],
        company="Acme Ltd", currency="GBP", calendar=CALENDAR, now=NOW,
    ).chapters[0]  # fmt: skip

    assert found.booked == (ADJUSTMENT,)
    assert found.adjusted == (BOOKED_LATER,)
    assert days_sum(found, "revenue", "", Decimal(3000000)) == Decimal("3001500.5000")


def test_adjustments_of_one_origin_are_one_line():
    """Summed, with each reason once; what was booked and taken back is no line."""
    again = replace(ADJUSTMENT, delta=Decimal("-10"), reason="late rows: refunds 2026-08-30 (+1)")
    back = [replace(ADJUSTMENT, origin="2026-07", delta=Decimal(sign * 5)) for sign in (1, -1)]
    chapter = made(Records(PIPELINE, all_plain(), adjustments=[ADJUSTMENT, again, *back])).chapters[0]

    [line] = carried(chapter, "revenue", "")

    assert (line.origin, line.delta) == ("2026-08", Decimal("-1510.5000"))
    assert line.reason == (
        "late rows: refunds 2026-08-29 (+2) (below the materiality of james); late rows: refunds 2026-08-30 (+1) (below the materiality of james)"
    )


def test_an_adjustment_counts_from_the_day_it_is_booked_on():
    """A month that runs and has not reached that day does not carry it yet."""
    running = [replace(each, as_of=date(2026, 9, 9)) for each in all_plain() if each.period == "2026-09"]

    assert carried(made(Records(PIPELINE, running, adjustments=[ADJUSTMENT])).chapters[0], "revenue", "") == []


def test_an_erratum_ends_with_the_restatement():
    """Once the period is restated its figure says what the erratum said."""
    early = replace(ERRATUM, release=305)

    chapter = made(Records(PIPELINE, all_plain(), events=[*SIGNED, RESTATED], errata=[early, ERRATUM])).chapters[0]

    assert chapter.errata == (ERRATUM,)


def test_a_revision_is_told_only_after_the_periods_end():
    """While a month runs its figures move every day; what counts is a change of days already told."""
    running = figure("2026-09", "profit", "100", as_of=date(2026, 9, 20), release=1)
    whole = figure("2026-09", "profit", "150", version=2, release=2)
    revised = figure("2026-09", "profit", "140", version=3, release=3, reason="late rows: refunds of 2026-09-29")

    def kinds(*history):
        chapter = made(Records(PIPELINE, history[-1:], history)).chapters[0]
        return [(each.kind.value, each.old, each.new) for each in changes(chapter, SEPTEMBER) if each.kind is not Kind.NOTE]

    assert kinds(running, whole) == []
    assert kinds(running, whole, revised) == [("revised", Decimal(150), Decimal(140))]


def test_a_release_between_two_reads_is_left_out():
    """Versions end with the figure that is shown, even if a newer one came while they were read."""
    shown = figure("2026-09", "profit", "2", release=2)
    newer = figure("2026-09", "profit", "3", release=3, version=2)

    class Figures:
        def of_period(self, pipeline, periods, *, history=False):
            return [shown, newer] if history else [shown]

    class Books:
        def of_nothing(self, pipeline):
            return []

        open_holds = close_events = adjustments = errata = of_nothing

    project = Project("Acme Ltd", "/", "GBP", ZoneInfo("UTC"), "data", True, CALENDAR, {}, {}, {PIPELINE.name: PIPELINE})

    found = gathered(project, REPORT, SEPTEMBER, Figures(), Books(), NOW)

    assert found.figures == found.chapters[0].history == (shown,)


def test_unsigned_is_said_once_its_deadline_has_passed():
    """The reader of a late month knows that nobody signed it."""
    late = Records(PIPELINE, all_plain(), sign_by=FIRST_AT)

    assert made(late).chapters[0].state == "preliminary, unsigned"
    assert made(replace(late, sign_by=NOW + timedelta(days=1))).chapters[0].state == "preliminary"
