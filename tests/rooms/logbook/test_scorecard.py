"""Measures as a table, as JSON and as a picture for somebody who reads neither."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from late_orders import keeps

from holdfast.calendars import Period
from holdfast.logbook.measures import (
    Attainment,
    Delivered,
    Due,
    KindCount,
    Lasted,
    Measures,
    Met,
    Paged,
    Targets,
    Took,
)
from holdfast.logbook.scorecard import as_json, lines, percent
from holdfast.logbook.scorecard_picture import picture
from holdfast.partitions import Interval

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 8, 31, 23, tzinfo=UTC)
"""Midnight of the first of September in London, in summer."""


def hours(count):
    return timedelta(hours=count)


def periods(pipeline, audience, late=0, missing=0):
    found = []
    for nth in range(30):
        day = date(2026, 9, 1) + timedelta(days=nth)
        due = Due(pipeline, audience, Period("day", str(day), Interval.of_day(day)), datetime(2026, 9, 2, 8, tzinfo=UTC) + timedelta(days=nth))
        met = Met.LATE if nth < late else Met.MISSING if nth < late + missing else Met.IN_TIME
        found.append(Delivered(due, met, None if met is Met.MISSING else due.due_at + hours(1 if met is Met.LATE else -4)))
    return Attainment(pipeline, audience, tuple(found))


SEPTEMBER = Measures(
    START, START + timedelta(days=30), opened=4, still_open=1, merged=1, reopened=1, flapping=0, had_impact=2,
    to_acknowledge=Took(3, timedelta(minutes=7), timedelta(minutes=11)), to_resolve=Took(3, hours(1.5), hours(3)), targets=Targets(2, 1, 1),
    kinds=(KindCount("late", 3, Took(2, hours(2), hours(2))), KindCount("not_run", 1, Took(1, hours(0.5), hours(0.5)))),
    people=(Paged("john", 6, 2, 1, 3), Paged("finance_lead", 1, 0, 0, 0), Paged("transactions_team", 0, 0, 0, 3)),
    deadlines=(periods("aggregate_growth", "investors"), periods("aggregate_profit", "investors", late=2, missing=1)),
    lasted=(
        Lasted(1, "late", START + hours(8), hours(2), is_over=True), Lasted(2, "late", START + timedelta(days=9), hours(0.5), is_over=True),
        Lasted(4, "late", START + timedelta(days=28), hours(6), is_over=False),
    ),
    zone=LONDON,
)  # fmt: skip
NOTHING = Measures(START, START + timedelta(days=30), 0, 0, 0, 0, 0, 0, Took(), Took(), Targets(), zone=LONDON)


def test_measures_are_told_as_kept():
    """Times, pages, deadlines, and by how much the newest ones were missed."""
    keeps("metrics.txt", "\n".join(lines(SEPTEMBER)) + "\n")


def test_the_picture_is_as_kept():
    """The same measures give the same bytes; this file is the one that a person looked at."""
    keeps("metrics.svg", picture(SEPTEMBER, "acme").decode())


def test_json_counts_in_seconds():
    """A program reads lengths as numbers, and every period that was not in time by name."""
    said = json.loads(as_json(SEPTEMBER))

    assert (said["from"], said["to"], said["zone"]) == ("2026-09-01", "2026-09-30", "Europe/London")
    assert said["time_to_resolve"] == {"n": 3, "median_s": 5400.0, "mean_s": 10800.0}
    assert [each["period"] for each in said["deadlines"][1]["not_in_time"]] == ["2026-09-01", "2026-09-02", "2026-09-03"]
    assert said["deadlines"][1]["share"] == 0.9


def test_a_quiet_month_is_told_too():
    """Without incidents and deadlines nothing is divided by nothing."""
    assert "none yet" in "\n".join(lines(NOTHING))
    assert "nobody was paged" in picture(NOTHING, "acme").decode()
    assert json.loads(as_json(NOTHING))["time_to_acknowledge"] == {"n": 0, "median_s": None, "mean_s": None}


@pytest.mark.parametrize(
    ("share", "said"), [(None, ""), (1.0, "100 %"), (0.9999, "99.9 %"), (0.9, "90 %"), (0.57, "57 %"), (31 / 34, "91.1 %"), (0.0, "0 %")]
)
def test_a_share_is_never_rounded_up_to_all(share, said):
    """One missed deadline of ten thousand is not 100 %."""
    assert percent(share) == said


@pytest.mark.parametrize("lasted", [timedelta(seconds=1), hours(4), hours(200), timedelta(days=400)])
@pytest.mark.parametrize("days", [1, 30, 800])
def test_whatever_is_drawn_lies_in_the_picture(lasted, days):
    """One day or two years, a second or a year: no shape leaves the frame, and dates do not lie over each other."""
    one = Lasted(1, "late", START, lasted, is_over=True)
    found = replace(SEPTEMBER, end=START + timedelta(days=days), lasted=(one,))
    root = ElementTree.fromstring(picture(found, "acme"))
    width, height = float(root.get("width")), float(root.get("height"))
    space = "{http://www.w3.org/2000/svg}"

    for dot in root.iter(f"{space}circle"):
        assert 0 <= float(dot.get("cx")) <= width
        assert 0 <= float(dot.get("cy")) <= height
    for text in root.iter(f"{space}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height
    days_at = [float(text.get("x")) for text in root.iter(f"{space}text") if re.fullmatch(r"[A-Z][a-z]{2} \d+", text.text)]
    assert all(after - before > 40 for before, after in zip(days_at, days_at[1:], strict=False))
