"""The team's Markdown and what is filled into it."""

from decimal import Decimal

import pytest
from report_values import CALENDAR, METRICS, figure

from holdfast.definitions.metric import Metric
from holdfast.definitions.report import Blank, blanks
from holdfast.reports import wording
from holdfast.reports.text import Bullets, Heading, Paragraph, Placed, Span, filled, parsed


def words(blank: Blank) -> str:
    return "<" + "|".join(blank.words) + ">"


def test_a_blank_is_filled_where_it_stands():
    """Its words go to whoever fills it; emphasis around it stays."""
    [paragraph] = parsed("Profit was **{profit change}** in _{gross_revenue}_.", words)

    assert paragraph == Paragraph(
        (
            Span("Profit was "),
            Span("<profit|change>", is_strong=True),
            Span(" in "),
            Span("<gross_revenue>", is_emphasis=True),
            Span("."),
        )
    )


def test_what_is_filled_in_is_never_markup():
    """A member called like a link or a heading is text."""
    hostile = "# [x](javascript:alert(1)) **b** `c` <script>"

    [paragraph] = parsed("{profit}", lambda _: hostile)

    assert paragraph == Paragraph((Span(hostile),))


def test_html_in_the_text_is_shown_as_it_is():
    """The team's text is Markdown alone; tags are no markup."""
    [paragraph] = parsed("<script>alert(1)</script>", words)

    assert "".join(each.text for each in paragraph.spans) == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("link", "href"),
    [("https://a.example/x", "https://a.example/x"), ("mailto:a@b.example", "mailto:a@b.example"), ("ftp://a.example", "")],
)
def test_a_link_leads_to_the_web_or_to_mail_only(link, href):
    """Any other address is left as text."""
    [paragraph] = parsed(f"see [here]({link})", words)

    assert paragraph.spans[-1] == Span("here", href=href)


def test_a_javascript_link_is_no_link():
    """The Markdown reader itself refuses it."""
    [paragraph] = parsed("[here](javascript:alert(1))", words)

    assert {each.href for each in paragraph.spans} == {""}


def test_tables_and_charts_are_blocks():
    """They part the paragraph they stand in."""
    found = parsed("before\n{chart profit by region}\nafter", words)

    assert [type(each) for each in found] == [Paragraph, Placed, Paragraph]
    assert found[1].blank.words == ("chart", "profit", "by", "region")


def test_headings_stay_below_the_title():
    """The title is the only first heading."""
    assert [each.level for each in parsed("# a\n\n## b\n\n##### c", words) if isinstance(each, Heading)] == [2, 2, 4]


def test_a_list_keeps_its_items():
    """Numbered or not, each item is a row of spans."""
    assert parsed("1. a\n2. {b}", words) == [Bullets(((Span("a"),), (Span("<b>"),)), is_numbered=True)]


def test_doubled_braces_are_braces():
    """`{{x}}` is text."""
    assert filled("{{x}} {y}", words) == "{x} <y>"
    assert [each.words for each in blanks("{{x}} {y}")] == [("y",)]


def test_a_private_character_of_the_text_opens_nothing():
    """Characters that the parser uses for itself are taken out of the team's text."""
    assert parsed("a\ue0007\ue001b", words) == [Paragraph((Span("a7b"),))]


MONEY, RATIO, COUNT = METRICS[0], METRICS[3], METRICS[2]
TIMES = Metric("quick_ratio", "", "ratio", ("month",), ratio=RATIO.ratio, scale=6, is_percent=False)
FRANCS = Metric("x", "", "CHF", ("month",))


@pytest.mark.parametrize(
    ("value", "metric", "said", "in_cell"),
    [
        ("1234567.5000", MONEY, "£1,234,568", "1,234,567.50"),
        ("999.9949", MONEY, "£999.99", "999.99"),
        ("999.9951", MONEY, "£1,000.00", "1,000.00"),
        ("-1500.5", MONEY, "−£1,500", "−1,500.50"),
        ("-0.0001", MONEY, "£0.00", "0.00"),
        ("12.5", FRANCS, "12.50 CHF", "12.50"),
        ("0.225467", RATIO, "22.5%", "22.5%"),
        ("-0.0004", RATIO, "0.0%", "0.0%"),
        ("4.617", TIMES, "4.62", "4.62"),
        ("37627", COUNT, "37,627", "37,627"),
        ("620.967", COUNT, "621.0", "621.0"),
    ],
)
def test_numbers_for_readers(value, metric, said, in_cell):
    """Rounded half to even, thousands in groups, a real minus, and never a minus before nothing."""
    assert wording.number(Decimal(value), metric) == said
    assert wording.cell(Decimal(value), metric) == in_cell


@pytest.mark.parametrize(
    ("old", "new", "metric", "said"),
    [
        ("0.203525", "0.203519", RATIO, ("20.3525%", "20.3519%")),
        ("0.203525", "0.213519", RATIO, ("20.4%", "21.4%")),
        ("-1.0010", "-1.0020", MONEY, ("−1.001", "−1.002")),
        ("1000", "1000", MONEY, ("1,000.00", "1,000.00")),
    ],
)
def test_a_small_change_is_told_with_its_decimals(old, new, metric, said):
    """20.4% restated to 20.4% would read as a mistake."""
    assert wording.moved(Decimal(old), Decimal(new), metric) == said


@pytest.mark.parametrize(
    ("name", "label", "short"),
    [
        ("2026-09", "September 2026", "September 2026"),
        ("2026-Q3", "Third quarter of 2026", "Q3 2026"),
        ("2026-W38", "Week 38 of 2026, 14 to 20 September", "Week 38 of 2026"),
        ("2026-W40", "Week 40 of 2026, 28 September to 4 October", "Week 40 of 2026"),
        ("2026-09-03", "3 September 2026", "3 September 2026"),
    ],
)
def test_periods_for_readers(name, label, short):
    """A month in words, a week with its days."""
    period = CALENDAR.named(name)

    assert (wording.period_label(period), wording.short_period(period)) == (label, short)


def test_a_figure_without_a_value_says_why():
    """Not published, withdrawn and nothing to divide by are three things."""
    from holdfast.releases.release import FigureState

    never = figure("2026-09", "profit", None, version=0, as_of=None, state=FigureState.HELD)
    withdrawn = figure("2026-09", "profit", None, state=FigureState.WITHDRAWN)
    undefined = figure("2026-09", "margin", None)

    assert wording.said(None, MONEY) == "not published"
    assert wording.said(never, MONEY) == "not published"
    assert wording.said(withdrawn, MONEY) == "withdrawn"
    assert wording.said(undefined, RATIO) == "–"


def test_a_held_figure_says_its_last_good_value_and_day():
    """A sentence never shows an old value as if it were new."""
    from datetime import date

    from holdfast.releases.release import FigureState

    held = figure("2026-09", "profit", "1234.5", state=FigureState.HELD, as_of=date(2026, 9, 16))

    assert wording.said(held, MONEY) == "£1,234 (held; last good value as of 16 September 2026)"
