"""What people read of incidents: the list, one story, the hand-off note, measures, the audit."""

import shutil

import pytest

from holdfast.cli import main


@pytest.fixture(scope="session")
def recording_team(tmp_path_factory):
    """The reference team as a demo, read once so that its parsed files are kept; it has no data and needs none."""
    folder = tmp_path_factory.mktemp("recording") / "demo"
    assert main(["init", str(folder), "--demo"]) == 0
    assert main(["owners", "-C", str(folder)]) == 0
    return folder


@pytest.fixture
def say(recording_team, tmp_path, holdfast):
    """Types a verb at an instant, the project's folder added."""
    folder = tmp_path / "demo"
    shutil.copytree(recording_team, folder)

    def type_it(*words, at="2026-10-02T09:00Z", as_=""):
        return holdfast(*words, "-C", folder, "--at", at, *(["--as", as_] if as_ else []))

    type_it.audited = lambda *words: holdfast("audit", "--json", *words, "-C", folder)
    return type_it


@pytest.fixture
def opened(say):
    """A stakeholder opened incident 1 at nine, and John has it since ten past."""
    say("incident", "open", "aggregate_profit", "--metric", "margin", "--period", "2026-09-29", "--text", "EU margin is ten times too high", as_="investor_relations")
    say("ack", as_="john", at="2026-10-02T09:10Z")
    return say


def test_nothing_wrong_is_an_answer(say):
    """An empty list, in words and for programs."""
    assert say("incidents").out == "No incident is open.\n"
    assert say("incidents", "--all", "--json").json == []


def test_a_number_behind_incident_shows_it(opened):
    """`incident 1` is short for `incident show 1`; both tell the same."""
    short, long = opened("incident", "1", at="2026-10-02T09:20Z"), opened("incident", "show", "1", at="2026-10-02T09:20Z")

    assert (short.code, short.out) == (0, long.out)
    assert "state     acknowledged by john" in short.out
    assert "page due" in short.out
    assert short.out.index("opened") < short.out.index("works on it")


def test_the_list_says_who_has_it_and_what_comes_next(opened):
    """John has it, one investors' figure is wrong, and the next step is that of two hours after nine."""
    (row,) = opened("incidents", "--json", at="2026-10-02T09:20Z").json

    assert (row["id"], row["who_has_it"], row["has_impact"]) == (1, "john", True)
    assert row["next"][0]["at"] == "2026-10-02T11:00:00Z"
    assert "impact: 1 figure of investors" in opened("incidents", at="2026-10-02T09:20Z").out


@pytest.mark.parametrize(("words", "code"), [(("incident", "7"), 1), (("incident", "seven"), 2), (("incident",), 2)])
def test_an_unknown_incident_is_one_line(say, words, code):
    """A number nobody has, a word that is no number, no number at all."""
    answer = say(*words)

    assert answer.code == code
    assert "Traceback" not in answer.err
    if code == 1:
        assert answer.err == "there is no incident 7; `holdfast incidents --all` lists them.\n"


def test_the_note_names_both_people_and_what_is_open(opened):
    """Written for the hand-off of Monday the fifth, John to Jill by the reference team's plan."""
    note = opened("handoff", "--json", at="2026-10-05T06:00Z").json

    assert (note["outgoing"], note["incoming"], note["hand_off_at"]) == ("john", "jill", "2026-10-05T08:00:00Z")
    assert [each["id"] for each in note["active"]] == [1]
    assert [each["text"] for each in note["active"][0]["timeline"] if each["by"] == "john"] == ["works on it"]
    assert {each["pipeline"] for each in note["pipelines"]} >= {"aggregate_profit", "aggregate_growth"}


def test_half_an_hour_after_it_is_still_the_note_of_that_hand_off(say):
    """At 08:29 UTC the note is Monday's, at 08:30 the next week's."""
    assert say("handoff", "--json", at="2026-10-05T08:29Z").json["hand_off_at"] == "2026-10-05T08:00:00Z"
    assert say("handoff", "--json", at="2026-10-05T08:30Z").json["hand_off_at"] == "2026-10-12T08:00:00Z"


def test_the_note_is_a_page_too(opened, tmp_path):
    """`--html` writes one file that names the hand-off."""
    answer = opened("handoff", "--html", tmp_path / "note.html")

    assert (answer.code, answer.out) == (0, f"Written: {tmp_path / 'note.html'}.\n")
    assert "john to jill" in (tmp_path / "note.html").read_text()


def test_the_incoming_person_acknowledges_it(opened):
    """The word is recorded with its text, the note says so, and a second time it is refused."""
    first = opened("handoff", "ack", "--note", "read it on the train", as_="jill", at="2026-10-05T07:30Z")

    assert first.code == 0
    assert first.out.startswith("jill has acknowledged the hand-off of Monday 2026-10-05 09:00 (Europe/London).\n")
    assert opened("handoff", "--json", at="2026-10-05T07:40Z").json["acknowledged_at"] == "2026-10-05T07:30:00Z"
    line = opened.audited().json[0]
    assert (line["by"], line["verb"], line["text"]) == ("jill (demo)", "handoff ack", "hand-off 2026-10-05 09:00: read it on the train")
    again = opened("handoff", "ack", as_="jill", at="2026-10-05T07:45Z")
    assert (again.code, again.err) == (1, "jill has acknowledged it already, 2026-10-05 07:30 UTC.\n")


def test_nobody_else_acknowledges_it(say):
    """James is not the one who takes over, and reads who is."""
    answer = say("handoff", "ack", as_="james", at="2026-10-05T07:30Z")

    assert (answer.code, answer.err) == (
        1,
        "no hand-off is yours to acknowledge; you are james (demo). jill takes over 2026-10-05 08:00 UTC.\n",
    )


def test_the_audit_tells_every_act_newest_first(opened):
    """Opening and acknowledging stand in it with their people, and a limit cuts the older ones."""
    found = [(each["by"], each["verb"]) for each in opened.audited().json]

    assert found == [("john (demo)", "ack"), ("investor_relations (demo)", "incident open")]
    assert len(opened.audited("--limit", "1").json) == 1
    assert opened.audited("--limit", "0").err == "--limit 0: give a number from 1.\n"


def test_metrics_of_a_day(opened, tmp_path):
    """One incident, open, that nobody was paged for as no pager ran; and a picture of it."""
    said = opened("metrics", "--from", "2026-10-01", "--to", "2026-10-02", "--json", "--plot", tmp_path / "m.svg", at="2026-10-02T12:00Z")

    found = said.json
    assert found["incidents"] == {"opened": 1, "still_open": 1, "merged": 0, "reopened": 0, "flapping": 0, "with_investor_impact": 1}
    assert (found["time_to_acknowledge"]["n"], found["people"]) == (0, [])
    assert (tmp_path / "m.svg").read_bytes().startswith(b"<svg")


def test_a_picture_is_svg(say, tmp_path):
    """Another ending is refused in one line."""
    answer = say("metrics", "--from", "2026-10-01", "--to", "2026-10-02", "--plot", tmp_path / "m.png")

    assert (answer.code, answer.err) == (1, f"--plot {tmp_path / 'm.png'}: give a name that ends in .svg.\n")
