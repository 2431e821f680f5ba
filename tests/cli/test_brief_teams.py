"""Five teams' ownership tables, rotas and escalation chains, written down as they are."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from holdfast.loading.project import load_project
from holdfast.oncall.ownership import loads

TEAMS = Path(__file__).parents[1] / "teams"
SUBJECTS = ("unit_profit", "aggregate_profit", "aggregate_growth", "daily_growth", "aggregate_engagement")
TABLES = {
    # Each document's table, read by eye: primary and secondary owner of the five pipelines.
    "four_engineers": ("engineer_", "ab bc cd da ad"),
    "notes_style": ("engineer_", "ab bc cd da ad"),
    "runbooks": ("engineer_", "ab bc cd da ac"),
    "week_five": ("", "john/james james/jill jill/davis davis/john john/davis"),
    "governance": ("data_engineer_", "ab ba cd dc ad"),
}


@pytest.fixture(params=TABLES)
def name(request):
    return request.param


@pytest.fixture
def team(name, tmp_path):
    folder = tmp_path / name
    shutil.copytree(TEAMS / name, folder)
    return folder


def read(folder):
    loaded = load_project(folder, environ={}, cache=folder / ".holdfast/cache")
    assert loaded.project is not None, loaded.problems
    return loaded.project


def test_the_folder_lints(holdfast, team):
    """No error; where a document names no manager, a warning may say so."""
    answer = holdfast("lint", "-C", team)

    assert answer.code == 0, answer.out
    assert answer.out.startswith("0 errors") or "manager" in answer.out


def test_the_matrix_is_the_documents(holdfast, name, team):
    """Row by row the same two people, and nobody owns all investor pipelines."""
    prefix, table = TABLES[name]
    pairs = [each.split("/") if "/" in each else [f"{prefix}{letter}" for letter in each] for each in table.split()]

    owned = holdfast("owners", "-C", team, "--json").json

    assert [[each["subject"], each["primary"], each["secondary"]] for each in owned["owned"]] == [
        [subject, *pair] for subject, pair in zip(SUBJECTS, pairs, strict=True)
    ]
    assert max(each["investors"] for each in owned["load"]) < 3


@pytest.mark.parametrize("name", ["four_engineers", "runbooks", "governance"])
def test_by_turns_the_weeks_are_the_documents(holdfast, name, team):
    """Week 1 A with B as backup, week 2 B with C, week 3 C with D, week 4 D with A; then repeat."""
    engineers = read(team).team.rotation.engineers

    rows = holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 8, "--planner", "round_robin", "--json").json

    expected = [(engineers[at % 4], engineers[(at + 1) % 4]) for at in range(8)]
    assert [(each["primary"], each["backup"]) for each in rows["shifts"]] == expected
    assert all(goal["value"] == 0 for goal in rows["goals"] if "vacant" in goal["goal"] or "fewer" in goal["goal"])


def test_somebody_who_blocked_their_week_is_stepped_in_for(holdfast, tmp_path):
    """B blocked the second week in the shared calendar: C takes it and B the third."""
    folder = tmp_path / "notes_style"
    shutil.copytree(TEAMS / "notes_style", folder)

    rows = holdfast("oncall", "plan", "-C", folder, "--from", "2027-01-04", "--weeks", 4, "--json").json["shifts"]

    assert [each["primary"] for each in rows] == ["engineer_a", "engineer_c", "engineer_b", "engineer_d"]


def test_the_fair_plan_of_week_five_is_proven_with_its_swap(holdfast, tmp_path):
    """Half a year for John, James, Jill and Davis: optimal, Jill off at Easter, the agreed swap in it."""
    folder = tmp_path / "week_five"
    shutil.copytree(TEAMS / "week_five", folder)

    plan = holdfast("oncall", "plan", "-C", folder, "--from", "2027-01-04", "--weeks", 26, "--json").json

    weeks = {each["start"][:10]: each for each in plan["shifts"]}
    assert plan["planner"] == "fair" and plan["optimal"] is True
    assert weeks["2027-02-08"]["primary"] == "davis" and weeks["2027-03-08"]["primary"] == "john"
    assert "jill" not in (weeks["2027-03-29"]["primary"], weeks["2027-03-29"]["backup"])


def test_every_team_can_be_planned(holdfast, team):
    """Half a year by turns in each folder, without a vacancy and without a broken rule."""
    planned = holdfast("oncall", "plan", "-C", team, "--from", "2027-01-04", "--weeks", 26, "--planner", "round_robin", "--json")

    assert planned.code == 0 and len(planned.json["shifts"]) == 26
    verified = holdfast("oncall", "verify", "-C", team, "--json").json
    assert [each for each in verified if each["severity"] == "error" and each["kind"] != "unreachable"] == []


def test_chains_are_the_documents():
    """Who is paged when; after two hours it is the secondary owner here, the manager there."""
    four, runbooks = read(TEAMS / "four_engineers").team, read(TEAMS / "runbooks").team
    hours = timedelta(hours=1)

    (investors,) = four.policies
    assert (investors.steps[-1].after, investors.steps[-1].page, investors.steps[-1].tell) == (
        2 * hours,
        ("secondary_owner",),
        ("stakeholders",),
    )
    profit = next(each for each in runbooks.policies if each.name == "aggregate_profit")
    assert [(step.after / hours, step.while_, step.page) for step in profit.steps[2:]] == [
        (2, "unresolved", ("manager",)),
        (6, "impact", ("lead",)),
    ]
    assert runbooks.leads["aggregate_engagement"] == "product_lead"


def test_a_week_on_and_three_weeks_off_is_a_hard_rule_there():
    """The one document that says so can say so."""
    assert read(TEAMS / "governance").team.rotation.shifts_between == 3
    assert read(TEAMS / "four_engineers").team.rotation.shifts_between == 2


def test_the_hand_off_meeting_is_the_documents():
    """Half an hour at the end of the on-call period."""
    assert read(TEAMS / "notes_style").team.rotation.meeting == timedelta(minutes=30)


def test_loads_are_even():
    """Five pipelines, four people: nobody is primary of more than two."""
    project = read(TEAMS / "runbooks")

    assert [each.primary for each in loads(project.team.owned, project.people) if each.primary] == [2, 1, 1, 1]
