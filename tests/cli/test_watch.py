"""watch, and what ledger check says of the pager's records."""

import json
import re
import shutil
import time
from datetime import timedelta

import pytest

from holdfast.app import App, instant
from holdfast.cli.pager_desk import ProjectDesk
from holdfast.definitions.pipeline import INVESTORS
from holdfast.incidents.messages import Message, Sort
from holdfast.incidents.signals import Kind
from holdfast.loading.init import write_reference

NINE, TEN = "2026-10-02T09:00+00:00", "2026-10-02T10:00+00:00"
"""A Friday; john is primary, jill his backup."""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The reference team with one pipeline that begins later: nothing is due, nothing is late."""
    folder = tmp_path_factory.mktemp("written") / "team"
    write_reference(folder, name="team", demo=True)
    for other in (folder / "pipelines").iterdir():
        if other.name != "aggregate_profit":
            shutil.rmtree(other)
    settings = folder / "pipelines/aggregate_profit/pipeline.yml"
    settings.write_text(re.sub(r"starts_on: \S+", "starts_on: 2026-10-05", settings.read_text()))
    return folder


@pytest.fixture
def team(written, tmp_path):
    return shutil.copytree(written, tmp_path / "team")


@pytest.fixture
def app(team):
    opened = App(team, environ={}, at=instant(TEN))
    yield opened
    opened.close()


def test_a_pass_says_what_moved_who_was_paged_and_what_waits(holdfast, team):
    """For people in short lines, for programs as JSON; a second pass at the same time has nothing to say but what waits."""
    holdfast("incident", "open", "aggregate_profit", "--text", "too small", "--as", "john", "--at", NINE, "-C", team)
    first = holdfast("watch", "--once", "--at", NINE, "-C", team)
    second = holdfast("watch", "--once", "--json", "--at", NINE, "-C", team)

    assert first.code == 0 and first.out.startswith("2026-10-02 09:00 UTC\n")
    assert "page to john by pages:" in first.out
    assert "incident 1 open: too small (next at 2026-10-02 09:15 UTC)" in first.out
    assert (second.json["moved"], second.json["sent"], second.json["problems"]) == ([], [], [])
    assert second.json["waits"] == [{"incident": 1, "title": "too small", "next_at": "2026-10-02T09:15:00+00:00"}]


def test_steps_are_due_when_they_are_due_however_late_the_pass(holdfast, team):
    """A single pass at ten finds the steps of nine, quarter past and half past, each with its own time."""
    holdfast("incident", "open", "aggregate_profit", "--text", "too small", "--as", "john", "--at", NINE, "-C", team)
    holdfast("watch", "--once", "--at", TEN, "-C", team)
    lines = map(json.loads, (team / ".holdfast/pages.jsonl").read_text().splitlines())

    assert {(each["step"], each["target"], each["due_at"][11:16], each["late"]) for each in lines if each["wakes"]} == {
        ("aggregate_profit/1", "john", "09:00", False),
        ("aggregate_profit/2", "jill", "09:15", False),
        ("aggregate_profit/3", "manager", "09:30", False),
    }


def test_an_earlier_time_does_not_bring_time_back(holdfast, team):
    """Once a pass has seen ten, it is ten."""
    holdfast("watch", "--once", "--at", TEN, "-C", team)

    assert holdfast("watch", "--once", "--at", NINE, "-C", team).out.startswith("2026-10-02 10:00 UTC")


def test_ledger_check_finds_what_the_pager_owes(holdfast, team, app):
    """Overdue, half sent by a pager that is gone, of no incident there is, without its timer: each in a sentence, and exit 1."""
    now = instant(TEN)
    holdfast("incident", "open", "aggregate_profit", "--text", "too small", "--as", "john", "--at", NINE, "-C", team)
    holdfast("watch", "--once", "--at", NINE, "-C", team)
    assert "Incidents and messages are in order." in holdfast("ledger", "check", "--at", NINE, "-C", team).out

    [incident] = app.ledger.open_incidents()
    app.ledger.add_messages([Message(Sort.PAGE, "john", "primary", now - timedelta(hours=1), incident=7, occasion="x")])
    app.ledger.claim(now, app.ledger.take_over(now), now)
    app.ledger.take_over(now)
    found = holdfast("ledger", "check", "-C", team, "--at", TEN)

    assert found.code == 1
    assert "1 message(s) are due for more than five minutes and not sent: 3" in found.err
    assert "1 message(s) were being sent when an earlier pager ended; the next one sends them again: 3" in found.err
    assert "1 message(s) belong to an incident that is not there: 3" in found.err
    assert f"1 incident(s) are due for more than five minutes and not moved on: {incident.id}" in found.err


def test_a_builder_that_was_not_heard_for_two_minutes_is_a_signal(team, app):
    """By the machine's own clock, whatever time the project has; where no builder is expected, silence says nothing."""
    now = instant(TEN)
    beat = {"pid": 1, "monotonic_s": time.monotonic() - 130, "looked_once": True}
    app.state.mkdir()
    (app.state / "builder.beat").write_text(json.dumps(beat))
    beside_up = ProjectDesk(app, expects_builder=True, began_s=time.monotonic() - 1000, failed={})
    alone = ProjectDesk(app, expects_builder=False, began_s=time.monotonic() - 1000, failed={})

    assert beside_up.builder(now).beat_at == pytest.approx(now - timedelta(seconds=130), abs=timedelta(seconds=5))
    assert [signal.key.kind for signal in beside_up.gather(now)] == [Kind.BUILDER]
    assert alone.gather(now) == []


def test_a_builder_has_time_to_begin(team, app):
    """Before its first beat it counts from when the pager began, so a start is no silence."""
    desk = ProjectDesk(app, expects_builder=True, began_s=time.monotonic() - 60, failed={})

    assert desk.gather(instant(TEN)) == [] and desk.is_builder_awaited()


def test_an_edit_that_breaks_the_folder_does_not_stop_the_pager(team):
    """It goes on with what the folder said before, and says so once."""
    from holdfast.cli.pager_desk import Desks

    said = []
    desks = Desks(lambda: App(team, environ={}, at=instant(TEN)), said.append, expects_builder=False)
    before = desks()
    (team / "holdfast.yml").write_text("name: [")
    desks._looked_s = float("-inf")
    after = desks()

    assert after is before and after.app.project.pipelines["aggregate_profit"].audience == INVESTORS
    assert len(said) == 1 and "goes on with what it said before" in said[0]
    after.close()
