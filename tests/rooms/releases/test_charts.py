"""Pictures: what they show, as far as it can be asked of their text."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from small_figures import CALENDAR, figure

from holdfast.calendars import Calendar
from holdfast.releases.axes import MINUS, period_ticks, short, value_axis
from holdfast.releases.chart import plot
from holdfast.releases.measurements import Bar, Group, Series, bars, lines
from holdfast.releases.release import Figure, FigureState
from holdfast.releases.svg import text_width
from holdfast.releases.tracks import OTHER, row_of_periods

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2026, 9, 1)


def days(segment: str = "", values: range | list[int] = range(100, 130), **changes: object) -> list[Figure]:
    return [
        figure("day", str(FIRST + timedelta(days=at)), "profit", f"{value}.0000", segment, **changes)
        for at, value in enumerate(values)
    ]


def texts(content: bytes) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(content).iter(f"{SVG}text")]


def paths(content: bytes, colour: str) -> list[str]:
    return [
        p.get("d", "")
        for p in ElementTree.fromstring(content).iter(f"{SVG}path")
        if p.get("stroke") == colour
    ]


def test_the_picture_is_whole_in_itself_and_the_same_each_time(matches_snapshot):
    """Nothing is fetched or run; title and description speak for readers who do not see it."""
    figures = [*days(), *days("region=EU", range(40, 70))]
    content = plot(figures, CALENDAR, title="Profit")

    assert content == plot(reversed(figures), CALENDAR, title="Profit")
    root = ElementTree.fromstring(content)
    assert root.find(f"{SVG}title").text == "Profit"
    assert "profit, EU: 69.0 GBP in 2026-09-30" in root.find(f"{SVG}desc").text
    assert not re.search(rb"<script|href|url\(|@import", content)
    matches_snapshot("profit.svg", content)


def test_names_from_data_are_escaped():
    """A region called <script> is text."""
    content = plot(days("region=<script>&\x00"), CALENDAR, title="<b>")

    ElementTree.fromstring(content)
    assert b"<script" not in content
    assert b"<b>" not in content


def test_a_held_day_is_a_gap_with_its_last_good_value_as_a_ring():
    """The line stops before and begins after; the hold is named in the legend and the description."""
    figures = days()
    figures[10] = figure("day", "2026-09-11", "profit", "90.0000", state=FigureState.HELD)

    content = plot(figures, CALENDAR)

    assert [path.count("L") for path in paths(content, "#1f2937")] == [9, 18]
    assert any(text.startswith("held") for text in texts(content))
    assert b"Held: 2026-09-11" in content


def test_a_withdrawn_day_shows_nothing():
    """Its value no longer counts: neither line nor ring."""
    figures = days(values=[5, 6])
    gone = figure("day", "2026-09-03", "profit", "7.0000", state=FigureState.WITHDRAWN)

    assert plot([*figures, gone], CALENDAR).count(b"<circle") == 2


def test_a_missing_day_is_a_gap_too():
    """The axis keeps the day's place."""
    figures = days()
    del figures[10]

    assert [path.count("L") for path in paths(plot(figures, CALENDAR), "#1f2937")] == [9, 18]


def test_a_running_month_stands_alone():
    """It is not joined to the whole months before it and is labelled as counted so far."""
    months = [figure("month", f"2026-0{month}", "profit", "100.0000") for month in (6, 7, 8)]
    months.append(figure("month", "2026-09", "profit", "50.0000", as_of=date(2026, 9, 16)))

    content = plot(months, CALENDAR)

    assert [path.count("L") for path in paths(content, "#1f2937")] == [2]
    assert any(text.endswith("so far") for text in texts(content))
    assert any("2026-09: 16 of 30 days" in text for text in texts(content))


def test_preliminary_is_dashed_only_beside_final():
    """With nothing final to compare with, the subtitle says it once."""
    mixed = [*days(values=range(10), state=FigureState.FINAL), *days(values=range(20))[10:]]

    assert b"stroke-dasharray" in plot(mixed, CALENDAR)
    assert b"stroke-dasharray" not in plot(days(), CALENDAR)
    assert any("all figures preliminary" in text for text in texts(plot(days(), CALENDAR)))


def test_of_many_segments_eight_are_named_and_the_rest_grey():
    """Total and the seven largest have labels; five more are drawn, each by itself."""
    figures = days() + [each for at in range(12) for each in days(f"region=R{at:02d}", range(at, at + 30))]

    content = plot(figures, CALENDAR)

    named = {text.split()[0] for text in texts(content) if re.match(r"R\d\d  ", text)}
    assert named == {f"R{at:02d}" for at in range(5, 12)}
    assert len(paths(content, OTHER)) == 5
    assert "5 other segments, each by itself" in texts(content)


def test_members_of_several_dimensions_keep_their_dimensions_name():
    """Every dimension has an `unallocated`; cut by one dimension alone the subtitle names it instead."""
    one, other = days("region=unallocated"), days("category=unallocated", range(50, 80))

    assert {text.split()[0] for text in texts(plot([*one, *other], CALENDAR)) if "unallocated" in text} == {
        "region=unallocated",
        "category=unallocated",
    }
    alone = texts(plot([*one, *days()], CALENDAR))
    assert "unallocated  129" in alone
    assert any("by region" in text for text in alone)


def test_several_metrics_get_a_panel_each():
    """Totals only, in the order asked for; nothing at all still is a picture."""
    figures = [figure("month", "2026-09", metric, "1.0000") for metric in ("cost", "profit", "revenue")]

    said = texts(plot(figures, CALENDAR, metrics=("revenue", "cost", "profit")))

    assert [text for text in said if text in ("cost", "profit", "revenue")] == ["revenue", "cost", "profit"]
    assert "No figures" in texts(plot([], CALENDAR))


@pytest.mark.parametrize(
    ("values", "unit", "ticks"),
    [
        ([0, 23], "GBP", ["0", "5", "10", "15", "20", "25"]),
        ([-700, 1200], "GBP", [f"{MINUS}1.0k", f"{MINUS}0.5k", "0", "0.5k", "1.0k", "1.5k"]),
        ([1_200_000, 1_250_000], "GBP", ["0", "0.25m", "0.50m", "0.75m", "1.00m", "1.25m"]),
        (["0.35", "0.39"], "ratio", ["35%", "36%", "37%", "38%", "39%"]),
        ([0, 0], "GBP", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_axes_have_round_steps_and_show_zero_for_money(values: list[object], unit: str, ticks: list[str]):
    """Only ratios in a narrow band may leave zero out."""
    labels = value_axis([Decimal(str(each)) for each in values], unit).labels()

    assert labels == ["0" if tick == "0.0" else tick for tick in ticks]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("1236000.0000", "GBP", "1.24m"),
        ("-1236.0000", "GBP", f"{MINUS}1.24k"),
        ("24", "orders", "24"),
        ("0.3821", "ratio", "38.2%"),
        ("-0.0001", "GBP", "0.00"),
    ],
)
def test_end_labels_have_three_digits(value: str, unit: str, said: str):
    """A value that rounds to zero has no minus."""
    assert short(Decimal(value), unit) == said


@pytest.mark.parametrize("length", [1, 2, 6, 30, 47, 90, 365, 729])
def test_labels_below_the_axis_never_touch(length: int):
    """From one day to two years, in a narrow panel and a wide picture."""
    days_shown = [figure("day", str(FIRST - timedelta(days=at)), "profit", "1.0000") for at in range(length)]
    periods = row_of_periods(days_shown, Calendar())
    for width in (310, 840):
        apart = width / max(length - 1, 1)
        ticks = period_ticks(periods, width)
        for one, next_one in pairwise(ticks):
            between = (next_one.at - one.at) * apart
            assert between > (text_width(one.label, 12) + text_width(next_one.label, 12)) / 2 + 8
        assert ticks


def test_bars_go_both_ways_from_zero_and_stay_inside():
    """A loss points left; a limit is marked; the picture is as high as its bars need."""
    groups = [Group("EU", (Bar("profit", Decimal(-40)), Bar("cost", Decimal(90))), limit=Decimal(100))]

    content = bars("Benchmark", groups, "seconds")

    root = ElementTree.fromstring(content)
    blue, red = (
        next(b for b in root.iter(f"{SVG}rect") if b.get("fill") == fill) for fill in ("#0072b2", "#d55e00")
    )
    assert float(blue.get("x")) + float(blue.get("width")) == pytest.approx(float(red.get("x")), abs=0.02)
    assert "at most" in texts(content)
    assert "EU: profit \u221240, cost 90, at most 100" in root.find(f"{SVG}desc").text


def test_lines_over_a_size_are_drawn_from_zero():
    """Both axes begin at zero; the same input gives the same bytes."""
    series = [Series("swap", ((Decimal(30), Decimal("11.2")), (Decimal(730), Decimal("11.9"))))]

    content = lines("Swap", series, "milliseconds", over="days of history")

    assert texts(content).count("0") == 2
    assert content == lines("Swap", series, "milliseconds", over="days of history")
