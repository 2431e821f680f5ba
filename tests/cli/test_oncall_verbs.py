"""The rota from the command line: who is on call, plans, time off, exchanges, and who may do what."""

import csv
import getpass
import shutil
import sqlite3

import pytest
import vobject

from holdfast.cli import main

NOW = "2026-10-01T03:00:00+00:00"
FEBRUARY = "2027-02-08"


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """The reference team's folder, read once so that its parsed files are kept."""
    folder = tmp_path_factory.mktemp("written") / "demo"
    assert main(["init", str(folder), "--demo"]) == 0
    assert main(["owners", "-C", str(folder)]) == 0
    return folder


@pytest.fixture
def team(written, tmp_path, monkeypatch):
    """The reference team as a demo, on the morning of 2026-10-01; nothing of its data is needed."""
    folder = tmp_path / "demo"
    shutil.copytree(written, folder)
    monkeypatch.setenv("HOLDFAST_NOW", NOW)
    return folder


def shift(holdfast, team, day):
    (found,) = holdfast("oncall", "-C", team, "--week", day, "--json").json["shifts"]
    return found


def plan(holdfast, team):
    """Every week's pair, as the verb tells it."""
    text = holdfast("oncall", "ics", "-C", team).out
    events = vobject.readOne(text).vevent_list
    return {
        event.uid.value.partition("@")[0]: event.dtstart.value
        for event in events
        if "hand-off" not in event.uid.value and event.status.value != "CANCELLED"
    }


def test_a_new_team_knows_at_once_who_is_on_call(holdfast, tmp_path):
    """The reference brings its plan: no verb has to be run first, on the system's clock."""
    holdfast("init", tmp_path / "team")

    answer = holdfast("oncall", "-C", tmp_path / "team", "--at", "2026-11-21T12:00Z")

    assert answer.code == 0
    assert answer.out == (
        "davis is on call until Monday 2026-11-23 09:00 (Europe/London); backup: john.\nWhy: rotation.\n"
    )


def test_the_two_sides_of_a_hand_off_the_day_after_the_clocks_change(holdfast, team):
    """At 07:59 UTC the old shift still runs, at 08:01 the new one has begun: nine o'clock in London."""
    before = holdfast("oncall", "-C", team, "--at", "2027-03-29T07:59:00+00:00", "--json").json
    after = holdfast("oncall", "-C", team, "--at", "2027-03-29T08:01:00+00:00", "--json").json

    assert before["end"] == after["start"] == "2027-03-29T09:00:00+01:00"
    assert before["primary"] != after["primary"]
    assert set(after) == {"at", "start", "end", "primary", "backup", "answering", "reason"}


def test_outside_the_plan_the_manager_answers(holdfast, team):
    """There is always one person, and the answer says what to do about it."""
    found = holdfast("oncall", "-C", team, "--at", "2030-01-01T00:00Z", "--json").json

    assert (found["primary"], found["answering"]) == (None, "manager")
    assert "holdfast oncall plan" in found["reason"]


def test_the_fair_plan_is_proven_and_verified(holdfast, team):
    """Half a year from January: optimal, recorded, and without a finding."""
    answer = holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 26, "--planner", "fair", "--json")

    assert answer.code == 0 and answer.json["optimal"] is True
    assert len(answer.json["shifts"]) == 26
    assert answer.json["range_with_history"]["primary"] == 0.0
    assert holdfast("oncall", "verify", "-C", team).out == "0 errors, 0 warnings.\n"


def test_a_plan_by_turns_prints_what_it_costs(holdfast, team):
    """Rows, burdens of each person, goals; and it claims nothing it did not look at."""
    answer = holdfast("oncall", "plan", "-C", team, "--weeks", 4, "--planner", "round_robin")

    assert answer.code == 0
    assert "Mon 2027-05-31 09:00" in answer.out  # where the reference's plan ends
    assert "critical points" in answer.out and "range" in answer.out
    assert "--planner fair" in answer.out


def test_history_is_never_planned_again(holdfast, team):
    """A shift that has begun stays as it was; a day between hand-offs is no shift."""
    begun = holdfast("oncall", "plan", "-C", team, "--from", "2026-09-28", "--planner", "round_robin")
    crooked = holdfast("oncall", "plan", "-C", team, "--from", "2027-01-05", "--planner", "round_robin")

    assert begun.code == 1 and "2026-10-05" in begun.err
    assert crooked.code == 1 and "2027-01-11" in crooked.err


def test_time_off_is_mended_by_an_exchange_that_both_accept(holdfast, team):
    """Whoever is primary in a week of February takes it off: at most four rows change, totals stay."""
    holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 26, "--planner", "fair")
    who, before = shift(holdfast, team, FEBRUARY)["primary"], plan(holdfast, team)

    asked = holdfast("oncall", "off", who, "-C", team, "--from", FEBRUARY, "--to", "2027-02-12", "--as", who)
    (exchange,) = holdfast("oncall", "exchanges", "-C", team, "--json").json
    for name in exchange["needs"]:
        assert holdfast("oncall", "accept", 1, "-C", team, "--as", name).code == 0
    after = plan(holdfast, team)

    assert asked.code == 0 and "Exchange 1, proposed" in asked.out
    assert len(exchange["needs"]) == 2 and who in exchange["needs"]
    changed = {name.partition("-")[0] for name in set(before) ^ set(after)}
    assert 1 <= len(changed) <= 4
    now = shift(holdfast, team, FEBRUARY)
    assert now["primary"] not in (who, None) and now["backup"] != who
    assert now["reason"] == "time off 1"
    for role in ("primary", "backup"):
        for name in ("john", "james", "jill", "davis"):
            assert sum(key.endswith(f"{role}-{name}") for key in before) == sum(
                key.endswith(f"{role}-{name}") for key in after
            )
    assert holdfast("oncall", "verify", "-C", team).code == 0


def test_until_an_exchange_is_accepted_the_backup_answers(holdfast, team):
    """Nobody is on call while away, whatever the plan says; and verify says that something waits."""
    week = shift(holdfast, team, FEBRUARY)
    holdfast("oncall", "off", week["primary"], "-C", team, "--from", FEBRUARY, "--to", "2027-02-12", "--as", week["primary"])

    now = holdfast("oncall", "-C", team, "--at", "2027-02-09T12:00Z", "--json").json
    verified = holdfast("oncall", "verify", "-C", team)

    assert now["primary"] == week["backup"] and now["reason"].endswith("who is away")
    assert verified.code == 0 and "1 warnings" in verified.out


def test_an_accepted_exchange_can_be_taken_back_before_it_begins(holdfast, team):
    """The shifts are as they were, and count as what they were."""
    one, other = shift(holdfast, team, "2026-11-02"), shift(holdfast, team, "2026-11-09")
    first = holdfast("oncall", "swap", "-C", team, "2026-11-02", "2026-11-09", "--as", one["primary"])
    second = holdfast("oncall", "accept", 1, "-C", team, "--as", other["primary"])
    swapped = shift(holdfast, team, "2026-11-02")

    taken = holdfast("oncall", "take-back", 1, "-C", team, "--as", one["primary"])
    again = shift(holdfast, team, "2026-11-02")

    assert (first.code, second.code, taken.code) == (0, 0, 0)
    assert (swapped["primary"], swapped["reason"]) == (other["primary"], "swap 1")
    assert (again["primary"], again["reason"]) == (one["primary"], "rotation; swap 1 taken back")


def test_a_declined_exchange_is_not_proposed_again(holdfast, team):
    """After a no, mend asks for something else."""
    who = shift(holdfast, team, FEBRUARY)["primary"]
    holdfast("oncall", "off", who, "-C", team, "--from", FEBRUARY, "--to", "2027-02-12", "--as", who)
    (first,) = holdfast("oncall", "exchanges", "-C", team, "--json").json
    other = next(name for name in first["needs"] if name != who)

    holdfast("oncall", "decline", 1, "-C", team, "--as", other, "--reason", "a wedding")
    mended = holdfast("oncall", "mend", "-C", team, "--as", "manager")
    second, *_ = holdfast("oncall", "exchanges", "-C", team, "--json").json

    assert mended.code == 0 and second["id"] == 2
    given = {(move["on"], move["to"]) for move in second["moves"]}
    assert not {(move["on"], other) for move in first["moves"] if move["to"] == other} & given


def test_a_proposal_expires_by_itself(holdfast, team, monkeypatch):
    """A week later nobody can accept it any more."""
    who = shift(holdfast, team, FEBRUARY)["primary"]
    holdfast("oncall", "off", who, "-C", team, "--from", FEBRUARY, "--to", "2027-02-12", "--as", who)
    monkeypatch.setenv("HOLDFAST_NOW", "2026-10-08T03:00:00+00:00")

    late = holdfast("oncall", "accept", 1, "-C", team, "--as", who)
    (exchange,) = holdfast("oncall", "exchanges", "-C", team, "--json").json

    assert late.code == 1 and "expired" in late.err
    assert exchange["state"] == "expired"


def test_an_exchange_is_void_once_the_plan_changed(holdfast, team):
    """Planned again meanwhile: the proposal no longer fits its rows, and says so."""
    week = shift(holdfast, team, FEBRUARY)
    holdfast("oncall", "off", week["primary"], "-C", team, "--from", FEBRUARY, "--to", "2027-02-12", "--as", week["primary"])
    holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 21, "--planner", "round_robin")
    (exchange,) = holdfast("oncall", "exchanges", "-C", team, "--json").json

    answer = holdfast("oncall", "accept", 1, "-C", team, "--as", exchange["needs"][0])

    assert answer.code == 1 and "void" in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("accept", "1", "--as", "john"), "there is no exchange 1"),
        (("off", "jane", "--from", "2027-02-08", "--to", "2027-02-12", "--as", "john"), "nobody in team/people.yml"),
        (("off", "jill", "--from", "2027-02-08", "--to", "2027-02-12", "--as", "john"), "their own account"),
        (("off", "john", "--from", "2026-10-05", "--to", "2026-10-06", "--as", "john"), "less than 14 days"),
        (("off", "john", "--from", "2027-02-12", "--to", "2027-02-08", "--as", "john"), "lies after"),
        (("vacate", "2027-02-08", "--reason", "x", "--as", "john"), "only the manager"),
        (("override", "--to", "2026-12-25T12:00Z", "--reason", "x", "--as", "john"), "only the manager"),
        (("swap", "2026-09-28", "2026-11-02", "--as", "john"), "has begun"),
        (("cover", "jill", "--for", "finance_lead", "--from", "2027-02-08", "--to", "2027-02-12", "--as", "jill"), "no role"),
        (("take-back", "7", "--as", "john"), "there is no exchange 7"),
    ],
)
def test_what_is_not_theirs_to_do_is_refused(holdfast, team, arguments, said):
    """Each refusal exits 1 and says why; nothing is recorded."""
    answer = holdfast("oncall", *arguments, "-C", team)

    assert answer.code == 1 and said in answer.err
    assert holdfast("oncall", "exchanges", "-C", team).out == "No exchanges.\n"


def test_late_time_off_needs_the_manager(holdfast, team):
    """The manager may ask for the day after tomorrow."""
    answer = holdfast("oncall", "off", "john", "-C", team, "--from", "2026-10-03", "--to", "2026-10-03", "--as", "manager")

    assert answer.code == 0 and "Time off 1" in answer.out


def test_a_sudden_absence_counts_from_now(holdfast, team):
    """The backup answers at once and somebody else backs up; two days later all is as before."""
    now = holdfast("oncall", "-C", team, "--json").json

    gone = holdfast("oncall", "absent", now["primary"], "-C", team, "--to", "2026-10-02", "--as", now["backup"], "--reason", "flu")
    during = holdfast("oncall", "-C", team, "--at", "2026-10-02T12:00Z", "--json").json
    after = holdfast("oncall", "-C", team, "--at", "2026-10-02T23:00Z", "--json").json
    before = holdfast("oncall", "-C", team, "--at", "2026-10-01T02:59Z", "--json").json

    assert gone.code == 0 and f"{now['backup']} answers" in gone.out
    assert during["primary"] == now["backup"] and during["backup"] not in (now["primary"], now["backup"], None)
    assert (after["primary"], before["primary"]) == (now["primary"], now["primary"])


def test_a_cover_over_several_shifts_stays_several_shifts(holdfast, team):
    """From Wednesday to the next Tuesday: each shift's part is covered on its own, and then it is over."""
    week = next(
        day
        for day in ("2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07")
        if "jill" not in shift(holdfast, team, day).values()
    )
    giver = shift(holdfast, team, week)["primary"]
    first, last = week[:8] + f"{int(week[8:]) + 1:02d}", week[:8] + f"{int(week[8:]) + 3:02d}"
    holdfast("oncall", "cover", "jill", "-C", team, "--for", giver, "--from", first, "--to", last, "--as", "jill")
    accepted = holdfast("oncall", "accept", 1, "-C", team, "--as", giver)

    found = holdfast("oncall", "-C", team, "--week", week, "--json").json["shifts"]

    assert accepted.code == 0
    assert [each["primary"] for each in found] == [giver, "jill", giver]
    assert found[1]["reason"] == "cover 1"


def test_the_managers_word_for_some_hours_ends_by_itself_or_at_once(holdfast, team):
    """An override answers in its hours alone; taken back, the plan answers again."""
    holdfast(
        "oncall", "override", "-C", team, "--from", "2026-12-24T12:00Z", "--to", "2026-12-25T12:00Z",
        "--primary", "manager", "--reason", "the team's party", "--as", "manager",
    )  # fmt: skip
    inside = holdfast("oncall", "-C", team, "--at", "2026-12-25T11:59Z", "--json").json
    at_its_end = holdfast("oncall", "-C", team, "--at", "2026-12-25T12:00Z", "--json").json
    ended = holdfast("oncall", "override", "-C", team, "--take-back", 1, "--as", "manager")
    afterwards = holdfast("oncall", "-C", team, "--at", "2026-12-25T11:59Z", "--json").json

    assert (inside["primary"], inside["reason"]) == ("manager", "override: the team's party")
    assert at_its_end["primary"] == afterwards["primary"] != "manager"
    assert ended.code == 0


def test_a_vacant_shift_has_a_reason_and_the_manager_answers(holdfast, team):
    """The row says why; verify tells it and does not fail on it."""
    holdfast("oncall", "vacate", "-C", team, "2026-12-07", "--reason", "everybody at the offsite", "--as", "manager")

    found = shift(holdfast, team, "2026-12-07")
    verified = holdfast("oncall", "verify", "-C", team)

    assert (found["primary"], found["answering"]) == (None, "manager")
    assert found["reason"] == "vacant: everybody at the offsite"
    assert verified.code == 0 and "vacancy" in verified.out


def test_a_calendar_is_followed_when_it_is_read_again(holdfast, team, tmp_path):
    """What it adds is proposed to be mended; what it drops is withdrawn; nothing new says so."""
    who = shift(holdfast, team, FEBRUARY)["primary"]
    feed = tmp_path / "leave.ics"
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@hr\r\nDTSTAMP:20260901T000000Z\r\n"
        f"SUMMARY:{who}: holiday\r\nDTSTART;VALUE=DATE:20270208\r\nDTEND;VALUE=DATE:20270213\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    feed.write_text(event)

    first = holdfast("oncall", "off", "-C", team, "--ics", feed, "--as", "manager")
    again = holdfast("oncall", "off", "-C", team, "--ics", feed, "--as", "manager")
    feed.write_text(event.replace("20270208", "20270301").replace("20270213", "20270306"))
    moved = holdfast("oncall", "off", "-C", team, "--ics", feed, "--as", "manager")

    assert f"Time off 1: {who} 2027-02-08..2027-02-12." in first.out and "Exchange 1" in first.out
    assert "Nothing new." in again.out
    assert "Withdrawn: time off 1" in moved.out and f"Time off 2: {who} 2027-03-01..2027-03-05." in moved.out


def test_other_peoples_time_off_from_a_file_is_the_managers(holdfast, team, tmp_path):
    """An engineer may read their own rows only."""
    file = tmp_path / "leave.csv"
    file.write_text("person,from,to,reason\njohn,2027-02-08,2027-02-12,\njill,2027-03-08,2027-03-12,\n")

    refused = holdfast("oncall", "off", "-C", team, "--csv", file, "--as", "john")
    done = holdfast("oncall", "off", "-C", team, "--csv", file, "--as", "manager")

    assert refused.code == 1 and "other people" in refused.err
    assert done.code == 0 and "Time off 2" in done.out


def test_somebody_new_starts_at_the_mean(holdfast, team):
    """Jane joins in January: she has what the others have on average, and takes turns like them."""
    people, rotation = team / "team/people.yml", team / "team/rotation.yml"
    jane = "  jane: {full_name: Jane, role: engineer, email: jane@example.com, zone: Europe/London, holidays: GB-ENG, joined_on: 2027-01-04}\n"
    people.write_text(people.read_text().replace("  manager:", jane + "  manager:"))
    rotation.write_text(rotation.read_text().replace("davis]", "davis, jane]"))

    answer = holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 20, "--planner", "fair", "--json").json

    assert [answer["fairness"][name]["primary"] for name in ("john", "james", "jill", "davis", "jane")].count(28.0) >= 3
    assert answer["range_with_history"]["primary"] <= 7
    assert 20 <= answer["fairness"]["jane"]["primary"] <= 35


def test_somebody_who_leaves_is_found_and_planned_around(holdfast, team):
    """Davis leaves in February: his shifts are errors until the weeks are planned again."""
    people = team / "team/people.yml"
    people.write_text(people.read_text().replace("chat: U-DAVIS}", "chat: U-DAVIS, left_on: 2027-02-01}"))

    before = holdfast("oncall", "verify", "-C", team)
    planned = holdfast("oncall", "plan", "-C", team, "--from", "2027-02-01", "--weeks", 17, "--planner", "fair", "--json")
    after = holdfast("oncall", "verify", "-C", team)
    linted = holdfast("lint", "-C", team)

    assert before.code == 1 and "davis does not belong to the team then" in before.out
    assert all("davis" not in (each["primary"], each["backup"]) for each in planned.json["shifts"])
    assert after.code == 0
    assert linted.code == 0 and "davis is gone from 2027-02-01 on; hand" in linted.out


def test_a_swap_that_was_agreed_in_the_folder_is_planned_in(holdfast, team):
    """Jill takes John's week of 8 February and he hers of 1 March, whoever makes the plan."""
    (team / "team/swaps.yml").write_text("swaps:\n  - {person: john, on: 2027-02-08, with: jill, for: 2027-03-01}\n")

    for planner in ("fair", "round_robin"):
        holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 12, "--planner", planner)
        one, other = shift(holdfast, team, "2027-02-08"), shift(holdfast, team, "2027-03-01")
        assert (one["primary"], other["primary"]) == ("jill", "john")
        assert one["reason"] == "swap agreed in team/swaps.yml"


def test_everything_is_recorded_with_who_and_why(holdfast, team):
    """The audit names the person, that it was a demo, what they did and why."""
    holdfast("oncall", "vacate", "-C", team, "2026-12-07", "--reason", "offsite", "--as", "manager")

    with sqlite3.connect(team / ".holdfast/ledger.db") as ledger:
        rows = ledger.execute("SELECT actor, verb, text, at FROM audit_lines").fetchall()
    ledger.close()

    assert rows == [("manager (demo)", "oncall vacate", "2026-12-07: offsite", "2026-10-01T03:00:00.000000Z")]


def test_outside_a_demo_a_person_is_known_by_their_account(holdfast, team):
    """John's own account takes his time off; playing Jill is refused; the manager acts on her behalf."""
    settings, people = team / "holdfast.yml", team / "team/people.yml"
    settings.write_text(settings.read_text().replace("demo: true", "demo: false"))
    me = getpass.getuser()
    text = people.read_text()
    off = ("--from", "2027-02-08", "--to", "2027-02-09")

    people.write_text(text.replace("os_users: [], chat: U-JOHN", f"os_users: [{me}], chat: U-JOHN"))
    own = holdfast("oncall", "off", "john", "-C", team, *off)
    played = holdfast("oncall", "off", "jill", "-C", team, *off, "--as", "jill")
    people.write_text(text.replace("os_users: [], chat: U-MANAGER", f"os_users: [{me}], chat: U-MANAGER"))
    on_behalf = holdfast("oncall", "off", "jill", "-C", team, *off, "--as", "jill")

    assert (own.code, played.code, on_behalf.code) == (0, 1, 0)
    with sqlite3.connect(team / ".holdfast/ledger.db") as ledger:
        actors = [row[0] for row in ledger.execute('SELECT "by" FROM time_off ORDER BY id')]
    ledger.close()
    assert actors == ["john", "jill (on behalf)"]


def test_owners_prints_the_matrix_and_each_load(holdfast, team):
    """The ownership table of the team, and who carries how much of it."""
    owned = holdfast("owners", "-C", team, "--json").json
    text = holdfast("owners", "-C", team).out
    reviewers = holdfast("owners", "-C", team, "--codeowners").out

    matrix = {each["subject"]: (each["primary"], each["secondary"]) for each in owned["owned"]}
    assert matrix["aggregate_growth"] == ("jill", "davis") and matrix["unit_profit"] == ("john", "james")
    assert {each["person"]: each["investors"] for each in owned["load"]}["davis"] == 0
    assert "daily_growth" in text and "secondary" in text
    assert "/pipelines/aggregate_profit/runbook.md jill@example.com" in reviewers


def test_pictures_are_drawn(holdfast, team, tmp_path):
    """One page with both pictures, or two SVG files; what they show is in their text."""
    page = holdfast("oncall", "plot", "-C", team, "--out", tmp_path / "rota.html")
    files = holdfast("oncall", "plot", "-C", team, "--from", "2027-01-04", "--weeks", 12, "--out", tmp_path / "rota.svg")
    wrong = holdfast("oncall", "plot", "-C", team, "--out", tmp_path / "rota.png")

    assert (page.code, files.code, wrong.code) == (0, 0, 1)
    assert (tmp_path / "rota.html").read_text().count("<svg") == 2
    assert "critical points, range" in (tmp_path / "rota-fairness.svg").read_text()
    assert "davis" in (tmp_path / "rota.svg").read_text()


def test_the_shipped_plan_is_the_fair_one(holdfast, team):
    """87 weeks, every person within a week of the others, as its rows say."""
    with open(team / "team/plan.csv", newline="") as file:
        rows = list(csv.DictReader(file))

    assert (rows[0]["on"], rows[-1]["on"], len(rows)) == ("2025-09-29", "2027-05-24", 87)
    counts = [sum(row["primary"] == name for row in rows) for name in ("john", "james", "jill", "davis")]
    assert max(counts) - min(counts) == 1
