"""What is printed of incidents: a list, and everything of one in the order in which it happened."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from late_orders import ACKNOWLEDGED, COMING, EVENTS, PAGED, POSTED, RESOLVED, STORY, WATCHED, at, keeps

from holdfast.incidents.incident import Acknowledgement, State
from holdfast.incidents.messages import Message, Post, Sort
from holdfast.incidents.occasions import asked, handed_over
from holdfast.logbook.story import Story, happened, in_words, what_of
from holdfast.logbook.view import has_it, listed, listed_json, readers_of, state_of, told, told_json


def test_an_incident_is_told_as_kept():
    """Where it stands, what readers miss, what comes, and the whole timeline."""
    keeps("incident.txt", "\n".join(told(STORY, at(10, 0, 5))) + "\n")


def test_a_list_of_incidents_is_as_kept():
    """One row each: since when, who has it, what readers have of it, and what comes next."""
    rows = [STORY, Story(replace(WATCHED, id=13)), Story(replace(RESOLVED, id=11))]

    keeps("incidents.txt", "\n".join(listed(rows, at(9, 30))) + "\n")


def test_json_tells_the_same():
    """A program finds state, next step and the timeline without reading prose."""
    said = json.loads(told_json(STORY, at(9, 30)))

    assert (said["id"], said["state"], said["who_has_it"], said["has_impact"]) == (12, "open", "james", True)
    assert [each["harm"] for each in said["affects"]] == ["missing", "at risk"]
    assert said["next"][0] == {"at": "2026-10-02T10:30:00Z", "what": "aggregate_profit/4", "who": ["mia"], "while": "unresolved"}
    assert [each["state"] for each in said["messages"]] == ["sent", "failed", "sent", "dropped", "pending"]
    assert said["messages"][2]["maybe_repeat"] is True
    assert json.loads(listed_json([STORY], at(9, 30)))[0]["id"] == 12


def test_the_timeline_is_one_order():
    """Whatever an entry comes from, it stands where its instant says, and a page due is told once."""
    found = [(each.at, each.kind) for each in happened(STORY)]

    assert [at_ for at_, _ in found] == sorted(at_ for at_, _ in found)
    assert found.count((at(8), "page due")) == 1
    assert (at(8), "due") not in found
    assert (at(8, 0, 40), "unreachable") in found


def test_what_is_due_without_a_message_stays_told():
    """An empty step has no message, so its event is the only word of it."""
    alone = Story(PAGED, EVENTS)

    assert (at(8), "due") in [(each.at, each.kind) for each in happened(alone)]


def test_a_message_on_its_way_has_not_happened():
    """What is pending is told as waiting, not in the timeline."""
    lines = told(STORY, at(9, 30))

    assert any("waiting" in each and "page to manager mia" in each for each in lines)
    assert not any(each.at == at(10, 0, 9) for each in happened(STORY))
    assert POSTED[-1].post is Post.PENDING


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        (WATCHED, "watched, nobody paged yet"),
        (ACKNOWLEDGED, "acknowledged by james"),
        (replace(PAGED, acknowledged=Acknowledgement("jill", at(8, 2), at(9, 2))), "snoozed by jill until 2026-10-02 09:02 UTC"),
        (replace(PAGED, is_flapping=True, quiet_since=at(9)), "watched, nobody paged yet, clear since 2026-10-02 09:00 UTC, flapping"),
        (RESOLVED, "resolved by holdfast 2026-10-02 09:41 UTC"),
        (replace(WATCHED, state=State.MERGED, merged_into=7), "merged into 7"),
    ],
)  # fmt: skip
def test_a_state_is_said_in_words(incident, said):
    """Before its first page is due an incident is watched; afterwards somebody has it or nobody does."""
    assert state_of(incident, at(7, 59)) == said
    assert state_of(PAGED, at(8)) == "unacknowledged"


def test_who_takes_it_has_it_before_who_acknowledged():
    """An assignee is the one to ask."""
    assert has_it(WATCHED) == "nobody"
    assert has_it(ACKNOWLEDGED) == "james"
    assert has_it(replace(ACKNOWLEDGED, assignee="davis")) == "davis"


def test_a_figure_is_missing_from_its_deadline_on():
    """At the very deadline it is missing; before, it is at risk."""
    assert readers_of(WATCHED, at(7, 59, 59)) == "2 figures at risk, due 2026-10-02 08:00 UTC"
    assert readers_of(WATCHED, at(8)) == "impact: 1 figure of investors; 1 figure at risk, due 2026-10-02 10:00 UTC"
    assert readers_of(RESOLVED, at(9, 50)) == ""


def test_nothing_open_is_said():
    """An empty list is an answer."""
    assert listed([], at(8)) == ["No incident is open."]


def test_text_cannot_move_a_terminal():
    """Control characters in what a person wrote are shown as `?`."""
    lines = told(Story(replace(WATCHED, title="orders\x1b[2J gone")), at(4))

    assert "orders?[2J gone" in lines[0]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=119, seconds=59), "1 h 59 min"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=2, hours=3, minutes=59), "2 days 3 h"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_lengths_have_two_parts_at_most(length, said):
    """What is smaller is left out, never rounded up."""
    assert in_words(length) == said


def test_coming_steps_are_told_earliest_first():
    """The list shows the first, the story the first five."""
    assert COMING[0].what in listed([STORY], at(9, 30))[1]


@pytest.mark.parametrize(
    ("occasion", "said"),
    [(handed_over(at(8)), "handed over"), (asked("mia", at(8)), "asked by mia"), ("opened", "opened"), ("hand-off 2026-10-05 09:00", "hand-off 2026-10-05 09:00")],
)  # fmt: skip
def test_an_occasion_is_told_without_its_instant(occasion, said):
    """The line's own time says when; a hand-off keeps its name."""
    assert what_of(Message(Sort.TELL, "mia", "manager", at(8), occasion=occasion)) == said
