"""What people type when something is wrong: open, ack, take, snooze, escalate, page, resolve, announce."""

import getpass
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from holdfast.app import App
from holdfast.cli import main
from holdfast.incidents import acts
from holdfast.incidents.incident import Decision, State

MORNING = "2026-10-02T09:00Z"
PRIMARY, BACKUP = "john", "jill"
"""Of the week of 28 September, as team/plan.csv says."""


@pytest.fixture(scope="session")
def answering_team(tmp_path_factory):
    """The reference team as a demo, read once so that its parsed files are kept; it has no data and needs none."""
    folder = tmp_path_factory.mktemp("answering") / "demo"
    assert main(["init", str(folder), "--demo"]) == 0
    assert main(["owners", "-C", str(folder)]) == 0
    return folder


@pytest.fixture
def say(answering_team, tmp_path, holdfast):
    """Types a verb as somebody at a time of 2026-10-02, the project's folder added."""
    folder = tmp_path / "demo"
    shutil.copytree(answering_team, folder)

    def type_it(as_, *words, at="09:00"):
        return holdfast(*words, "-C", folder, "--as", as_, "--at", f"2026-10-02T{at}Z")

    type_it.folder = folder
    return type_it


@pytest.fixture
def opened(say):
    """Investor relations found a margin that looks wrong."""
    answer = say("investor_relations", "incident", "open", "aggregate_profit", "--metric", "margin", "--period", "2026-09-29", "--text", "EU margin is ten times too high")
    assert answer.code == 0
    return answer


def rows(say, query):
    with sqlite3.connect(say.folder / ".holdfast/ledger.db") as connection:
        return connection.execute(query).fetchall()


def test_anybody_of_the_team_file_opens_an_incident_that_pages_at_once(opened, say):
    """A stakeholder opens it, the primary's page lies in the outbox, and the verb says how it goes out."""
    assert opened.out == (
        "Incident 1 is open: EU margin is ten times too high\n"
        f"Paged: {PRIMARY}. No pager is running here: `holdfast watch --once` sends it, `holdfast up` keeps one running.\n"
    )
    assert (PRIMARY,) in rows(say, "SELECT target FROM outbox WHERE post = 'pending'")


def test_an_opened_incident_says_that_the_figure_is_wrong_for_its_readers(opened, say):
    """It affects one metric of one period, as wrong, since that is what somebody saw."""
    assert rows(say, 'SELECT pipeline, metric, grain, period, harm, until FROM affects') == [
        ("aggregate_profit", "margin", "day", "2026-09-29", "wrong", None)
    ]


def test_without_a_period_it_is_about_the_newest_day_that_is_over(say):
    """On 2 October that is the first."""
    say("jill", "incident", "open", "aggregate_profit", "--text", "all zero")

    assert rows(say, "SELECT metric, period FROM affects") == [("", "2026-10-01")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("aggregate_proft", "--text", "x"), "no pipeline is called 'aggregate_proft'. Did you mean 'aggregate_profit'?"),
        (("aggregate_profit", "--text", "  "), "--text is empty"),
        (("aggregate_profit", "--text", "x", "--metric", "magin"), "no metric of aggregate_profit is called 'magin'. Did you mean 'margin'?"),
        (("aggregate_profit", "--text", "x", "--period", "yesterday"), "--period yesterday: that is no period"),
        (("aggregate_profit", "--text", "x", "--period", "2026-10-02"), "has not begun to be reported"),
    ],
)
def test_an_incident_about_nothing_is_refused_in_one_line(say, words, message):
    """The message names what was written and what is there."""
    answer = say("jill", "incident", "open", *words)

    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert message in answer.err


def test_an_acknowledgement_needs_no_number_while_one_is_open(opened, say):
    """It rests the first clock; what comes although somebody works on it is named with its time, two hours after the first page."""
    answer = say(PRIMARY, "ack", at="09:05")

    assert answer.code == 0
    assert "john (demo) has incident 1 (EU margin is ten times too high)." in answer.out
    assert "Next: aggregate_profit/4 at 2026-10-02 11:00 UTC" in answer.out


def test_with_two_open_the_number_is_asked_for_and_several_may_be_given(opened, say):
    """Both are named, so that nobody has to look them up at night."""
    say("jill", "incident", "open", "aggregate_profit", "--text", "orders are zero")

    assert say(PRIMARY, "ack").err == "say which incident. Open: 1: EU margin is ten times too high; 2: orders are zero.\n"
    assert say(PRIMARY, "ack", "1", "2").out.count("john (demo) has incident") == 2


def test_who_reads_figures_does_not_answer_incidents(opened, say):
    """A stakeholder's acknowledgement would stop pages to those who can mend it; a note is welcome."""
    refused = say("investor_relations", "ack")

    assert refused.code == 1
    assert "answered by engineers, owners, leads and the manager; you are investor_relations (demo)" in refused.err
    assert say("crm_team", "note", "1", "we", "changed", "a", "field").out == "Noted in incident 1 (EU margin is ten times too high).\n"


def test_at_a_demo_s_keyboard_sits_whoever_is_on_call(opened, say, holdfast):
    """An account that is bound to nobody answers as the primary, and the record says that it is a demo."""
    answer = holdfast("ack", "-C", say.folder, "--at", MORNING)

    assert answer.code == 0
    assert f"{PRIMARY} (demo) has incident 1" in answer.out


def test_an_account_of_nobody_acts_for_nobody(opened, say, holdfast):
    """The message says how to be known."""
    settings = say.folder / "holdfast.yml"
    settings.write_text(settings.read_text().replace("demo: true", "demo: false"))
    answer = holdfast("ack", "-C", say.folder, "--at", MORNING)

    assert answer.code == 1
    assert "is bound to nobody in team/people.yml, and an incident records who acts" in answer.err


def test_an_incident_is_given_to_somebody_who_is_told(opened, say):
    """The acknowledgement of who gives it stays."""
    assert say(PRIMARY, "take", "--for", "james").out.startswith("Incident 1 (EU margin is ten times too high) is given to james, who is told.")
    assert ("james", "assignee") in rows(say, "SELECT target, json_extract(document, '$.role') FROM outbox")
    assert "Did you mean 'james'?" in say(PRIMARY, "take", "--for", "jmes").err
    assert "crm_team answers no incidents" in say(PRIMARY, "take", "--for", "crm_team").err


def test_a_snooze_says_when_it_pages_again_and_is_no_holiday(opened, say):
    """Past instants and more than a day are refused."""
    assert "sleeps until 2026-10-02 11:00 UTC; then it pages again" in say(PRIMARY, "snooze", "--for", "2h").out
    assert "longer than 24 h" in say(PRIMARY, "snooze", "--for", "2d").err
    assert "would be over already" in say(PRIMARY, "snooze", "--until", "2026-10-02T08:00Z").err
    assert "that is no duration; write it like 30min or 2h" in say(PRIMARY, "snooze", "--for", "soon").err
    assert say(PRIMARY, "snooze").code == 2


def test_escalating_pages_the_next_one_now(opened, say):
    """The backup, although nine minutes are left."""
    assert f"is escalated. Paged: {BACKUP}." in say(PRIMARY, "escalate", at="09:06").out


def test_a_person_is_paged_with_ones_own_words(opened, say):
    """Their page says who asks, and what."""
    assert say(PRIMARY, "page", "davis", "--text", "can you look at the rates?").out.startswith("Paged: davis.")
    ((subject, body),) = rows(say, "SELECT json_extract(document, '$.subject'), json_extract(document, '$.body[0]') FROM outbox WHERE target = 'davis'")
    assert subject == "John asks for you: can you look at the rates? [1]"
    assert body == "John says: can you look at the rates?"


def test_an_end_has_a_reason_and_is_told_to_everybody_who_was_paged(opened, say):
    """Afterwards it cannot be acknowledged any more."""
    assert say(PRIMARY, "resolve", "--reason", " ").err.startswith("--reason is empty")
    ended = say(PRIMARY, "resolve", "--reason", "the rate was right")

    assert "is resolved." in ended.out
    assert f"Told that it ended: {PRIMARY}, #data-eng-alerts." in ended.out
    assert say(PRIMARY, "ack", "1").err == f"incident 1 is resolved already at 2026-10-02 09:00 UTC by {PRIMARY}.\n"
    assert say(PRIMARY, "ack").err == "no incident is open.\n"


def test_an_unknown_number_is_answered_with_those_that_are_open(opened, say):
    """Also what is no number at all."""
    assert say(PRIMARY, "ack", "7").err == "there is no incident 7. Open: 1: EU margin is ten times too high.\n"
    assert "'x' is no incident's number" in say(PRIMARY, "ack", "x").err


def test_time_does_not_go_back(opened, say):
    """An act at an earlier time than what was recorded is taken to be now, and says so."""
    answer = say(PRIMARY, "ack", at="08:00")

    assert answer.code == 0
    assert answer.err == "It is taken to be 2026-10-02 09:00 UTC: the pager has seen that instant already.\n"


def test_every_act_is_in_the_audit_with_its_person(opened, say):
    """With the mark of a demo; the newest last."""
    say(PRIMARY, "ack")
    say(PRIMARY, "resolve", "--reason", "the rate was right")

    assert rows(say, "SELECT actor, verb, text FROM audit_lines ORDER BY id") == [
        ("investor_relations (demo)", "incident open", "incident 1, aggregate_profit 2026-09-29: EU margin is ten times too high"),
        ("john (demo)", "ack", "incident 1"),
        ("john (demo)", "resolve", "incident 1: the rate was right"),
    ]


def test_an_outage_is_announced_by_the_sources_contact_and_ended_early(say):
    """It is listed while it is announced."""
    announced = say("transactions_team", "outage", "orders", "--until", "2026-10-02T18:00Z", "--reason", "data centre")

    assert announced.out == (
        "Outage 1: orders from 2026-10-02 09:00 UTC until 2026-10-02 18:00 UTC.\n"
        "What it delays opens silently until then. A deadline that is missed still pages.\n"
        "End it earlier with: holdfast outage --end 1\n"
    )
    assert "data centre" in say(PRIMARY, "outage").out
    assert say(PRIMARY, "outage", "--end", "1", at="10:00").out == "Outage 1 of orders ends now instead of 2026-10-02 18:00 UTC.\n"
    assert say(PRIMARY, "outage", at="10:01").out == "No outage is announced.\n"
    assert say(PRIMARY, "outage", "--end", "1", at="10:02").err == "no outage 1 is announced or running. There is none.\n"


@pytest.mark.parametrize(
    ("as_", "words", "message"),
    [
        ("john", ("ordes", "--until", "2026-10-02T18:00Z", "--reason", "x"), "no source is called 'ordes'. Did you mean 'orders'?"),
        ("john", ("orders", "--until", "2026-10-02T08:00Z", "--reason", "x"), "does not lie after its start"),
        ("john", ("orders", "--until", "2026-10-02T18:00Z"), "--reason is empty"),
        ("john", ("orders", "--reason", "x"), "say until when"),
        ("john", ("orders", "--until", "2026-12-02T18:00Z", "--reason", "x"), "outage of more than 30 days"),
        ("john", ("orders", "--from", "2026-10-01T01:00Z", "--until", "2026-10-02T08:00Z", "--reason", "x"), "is over already"),
        ("crm_team", ("orders", "--until", "2026-10-02T18:00Z", "--reason", "x"), "announced by transactions_team or the team; you are crm_team (demo)"),
    ],
)
def test_an_outage_that_makes_no_sense_is_refused_in_one_line(say, as_, words, message):
    """Unknown source, no end, an end before the start, too long, not theirs."""
    answer = say(as_, "outage", *words)

    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert message in answer.err


def test_maintenance_for_investors_is_eight_hours_however_it_is_cut(say):
    """A second window that touches the first counts with it; one that leaves a gap does not."""

    def announce(start, end):
        return say(PRIMARY, "maintenance", "aggregate_profit", "--from", f"2026-10-{start}Z", "--until", f"2026-10-{end}Z", "--reason", "tables move")

    assert "at most 8 h in a row. " in announce("02T10:00", "02T19:00").err
    assert announce("02T10:00", "02T18:00").code == 0
    assert "with what is announced already from 2026-10-02 10:00 UTC until 2026-10-02 19:00 UTC" in announce("02T18:00", "02T19:00").err
    assert "with what is announced already" in announce("02T09:00", "02T10:00").err
    assert announce("02T18:30", "02T19:00").code == 0


def test_a_test_page_is_answered_by_who_got_it(say):
    """Before it was sent there is nothing to answer."""
    asked = say(PRIMARY, "page", "test", "jill")

    assert asked.out.startswith("A test page to jill waits to be sent. No pager is running here")
    assert say("jill", "ack", "test").err == "no test page was sent to jill in the last 24 hours. holdfast page test sends one.\n"
    assert "one person at a time" in say(PRIMARY, "page", "jill", "davis").err


@pytest.fixture
def app(opened, say):
    """The project as John's own process has it open."""
    app = App(say.folder, at=datetime(2026, 10, 2, 9, 10, tzinfo=UTC), acting_as=PRIMARY, say=lambda _: None)
    yield app
    app.close()


def test_whoever_is_second_decides_on_what_the_first_left(app, say):
    """Jill acknowledges while John's note is being decided; the note is decided anew, and neither is lost."""
    met = []

    def decide(incident):
        met.append(incident.acknowledged and incident.acknowledged.by)
        if len(met) == 1:
            assert say(BACKUP, "ack", at="09:05").code == 0
        return acts.note(incident, "looking at it", PRIMARY, app.responder.now)

    done = app.responder.record(1, "note", "", decide)

    assert met == [None, BACKUP]
    assert done.incident.acknowledged.by == BACKUP
    assert {event.kind for event in app.ledger.timeline(1)} >= {"acknowledged", "note"}


def test_a_number_that_was_merged_leads_to_the_one_that_goes_on(app, say):
    """A page with the old number is still right."""
    say("jill", "incident", "open", "aggregate_profit", "--text", "orders are zero")
    second = app.ledger.incident(2)
    app.ledger.record_decisions([Decision(replace(second, state=State.MERGED, merged_into=1))])

    assert "has incident 1, which incident 2 was merged into (EU margin is ten times too high)" in say(PRIMARY, "ack", "2").out


def test_outside_a_demo_an_act_is_the_account_holders_or_the_managers_on_behalf(tmp_path, holdfast):
    """The manager opens one for John, and the record says on behalf; an engineer may not act as another."""
    folder = tmp_path / "team"
    holdfast("init", folder)
    people = folder / "team/people.yml"
    text = people.read_text()

    def bind(name):
        line = next(line for line in text.splitlines() if line.strip().startswith(f"{name}:"))
        people.write_text(text.replace(line, line.replace("os_users: []", f"os_users: [{getpass.getuser()}]")))

    bind("manager")
    opened = holdfast("incident", "open", "aggregate_profit", "--text", "all zero", "-C", folder, "--as", "john")
    assert opened.code == 0, opened.err
    bind("jill")
    refused = holdfast("ack", "-C", folder, "--as", "john")
    assert refused.code == 1
    assert "may not act as that person" in refused.err
    assert holdfast("ack", "-C", folder).out.startswith("jill has incident 1 (all zero).")

    with sqlite3.connect(folder / ".holdfast/ledger.db") as connection:
        assert connection.execute("SELECT actor, verb FROM audit_lines ORDER BY id").fetchall() == [
            ("john (on behalf)", "incident open"),
            ("jill", "ack"),
        ]
