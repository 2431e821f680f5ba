"""The hand-off note as text, JSON and a page that everybody can read."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from axe import found_by_axe
from late_orders import ACKNOWLEDGED, COMING, EVENTS, PAGED, RESOLVED, at, keeps

from holdfast.calendars import Period
from holdfast.incidents.hand_off import Passing
from holdfast.incidents.spells import Spell, SpellKind
from holdfast.logbook.note import Ahead, Note, sections
from holdfast.logbook.note_page import page
from holdfast.logbook.note_text import as_json, lines
from holdfast.logbook.story import Story
from holdfast.oncall.burden import Burden
from holdfast.oncall.exchanges import Exchange, Move
from holdfast.partitions import Interval
from holdfast.releases.closing import CloseState, Standing
from holdfast.releases.release import Hold, HoldKind
from holdfast.releases.status import Deadline, PipelineStatus

MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
NOW = MONDAY - timedelta(hours=2)
OCTOBER_FIRST = Period("day", "2026-10-01", Interval(date(2026, 10, 1), date(2026, 10, 2)))
SEPTEMBER = Period("month", "2026-09", Interval(date(2026, 9, 1), date(2026, 10, 1)))


def hold(number, kind, day, cause):
    return Hold("aggregate_profit", kind, cause, day, "region=EU", ("profit",), "agg_profit_daily", "1", "2", id=number, opened_at=at(3))


FULL = Note(
    project="acme",
    passing=Passing(MONDAY, "john", "jill", "james", MONDAY + timedelta(days=7)),
    zone=ZoneInfo("Europe/London"),
    written_at=NOW,
    active=(Story(ACKNOWLEDGED, EVENTS[:-1], coming=COMING), Story(replace(PAGED, id=13, title="<b>fx</b> & rates"))),
    ended=(replace(RESOLVED, id=11),),
    spells=(Spell(SpellKind.OUTAGE, "marketing", at(6, day=5), at(18, day=5), "their move to a new warehouse", "jill"),),
    pipelines=(
        PipelineStatus(
            "aggregate_profit", "investors", date(2026, 9, 30),
            holds=(hold(4, HoldKind.CHECK, date(2026, 10, 1), "orders_complete"), hold(5, HoldKind.REVISION, date(2026, 9, 28), "revision")),
            deadline=Deadline(OCTOBER_FIRST, at(8)),
            closes=((SEPTEMBER, Standing(CloseState.SOFT_CLOSED, sign_by=at(17, day=6))),),
        ),
        PipelineStatus("unit_profit", "experiments", None),
    ),
    ahead=(Ahead(date(2026, 10, 7), "public holiday", "jill"), Ahead(date(2026, 10, 6), "away, back Thu 2026-10-08 00:00", "davis")),
    fairness={"john": Burden(primary=Fraction(14)), "jill": Burden(primary=Fraction(15, 2), holiday=Fraction(2))},
    exchanges=(
        Exchange(
            "swap", (Move(date(2026, 10, 12), MONDAY, MONDAY, "primary", "jill", "john"),), ("jill", "john"), "jill asks for the week of a wedding",
            at(9, day=3), at(9, day=10), "jill", id=17,
        ),
    ),
)  # fmt: skip
EMPTY = Note("acme", FULL.passing, FULL.zone, NOW)


def test_the_note_is_told_as_kept():
    """Everything that ONCALL asks of a hand-off, in the order in which it is read aloud."""
    keeps("handoff.txt", "\n".join(lines(FULL)) + "\n")


def test_a_quiet_week_is_a_short_note():
    """Nine lines that say there is nothing, none left out: silence about outages is not the same as none."""
    said = lines(EMPTY)

    assert len(said) == 2 + 2 * len(sections(EMPTY))
    assert "Active incidents: None." in said
    assert "Known outages and maintenance: None announced." in said


def test_what_waits_for_a_person_says_what_to_type():
    """An incident nobody took, a revision to approve, a month to sign; a failed check waits for data, not for a word."""
    waiting = next(each for each in sections(FULL) if each.title == "Waiting for somebody")

    assert [row[2] for row in waiting.rows] == [
        "holdfast ack 13",
        'holdfast approve 5 --reason "..."',
        "holdfast sign aggregate_profit 2026-09",
    ]


def test_json_has_all_of_it():
    """A program finds who takes over, what is open and what was announced."""
    said = json.loads(as_json(FULL))

    assert (said["incoming"], said["outgoing"], said["hand_off_at"]) == ("jill", "john", "2026-10-05T08:00:00Z")
    assert [each["id"] for each in said["active"]] == [12, 13]
    assert said["announced"][0]["subject"] == "marketing"
    assert said["approvals"][0]["hold"] == 5
    assert said["fairness"]["jill"]["primary"] == 7.5
    assert said["acknowledged_at"] is None


def test_an_acknowledged_note_says_when():
    """The next reader sees that somebody has taken over."""
    assert "acknowledged by jill 2026-10-05 07:10 UTC" in lines(replace(FULL, acknowledged_at=MONDAY - timedelta(minutes=50)))[1]


def test_every_text_on_the_page_is_escaped():
    """A title that looks like markup is shown, not run."""
    text = page(FULL).decode()

    assert "&lt;b&gt;fx&lt;/b&gt; &amp; rates" in text
    assert "<b>" not in text


def test_the_page_is_the_same_bytes_twice():
    """Nothing of the moment is in it."""
    assert page(FULL) == page(FULL)


@pytest.mark.parametrize("width", [1300, 420])
def test_axe_finds_nothing_on_the_note(tmp_path, width):
    """axe-core's rules find no violation, on a screen and as narrow as a phone."""
    found = found_by_axe(page(FULL), tmp_path, width)

    assert found["violations"] == []
    assert found["passes"] > 15
