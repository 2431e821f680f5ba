"""What lint says of the files below team/."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project

CACHE: list[Path] = []
"""One parse cache for every test of the file: the models are the same in all of them."""
ENGINEERS = "  engineers: [john, james, jill, davis]\n"


@pytest.fixture
def folder(tmp_path, parse_cache):
    CACHE[:] = [parse_cache]
    write_reference(tmp_path / "team", name="team", demo=False)
    return tmp_path / "team"


def problems(folder):
    found = load_project(folder, environ={}, cache=CACHE[0]).problems
    return [f"{each.severity}: {each}" for each in found]


def changed(folder, file, before, after):
    path = folder / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("team/rotation.yml", "jill, davis]", "jill, dave]", "'dave' is nobody in team/people.yml. Did you mean 'davis'?"),
        ("team/rotation.yml", "Europe/London}", "Europe/Londn}", "'Europe/Londn' is no time zone"),
        ("team/rotation.yml", "from: 2025-09-29", "from: 2025-09-30", "'from' is 2025-09-30, a tuesday, and the hand-off is on monday"),
        ("team/rotation.yml", "to: 2027-05-31", "to: 2025-09-22", "'to' is the last hand-off, so it comes later"),
        ("team/rotation.yml", "shifts_between: 2", "shifts_between: 4", "with 4 engineers at most 3 shifts can lie between"),
        ("team/rotation.yml", "planner: fair", "planner: luck", "'rotation.planner' is 'luck'"),
        ("team/rotation.yml", "meeting:", "meting:", "unknown key 'meting'"),
        ("team/time_off.yml", "[]", "[{person: john, from: 2026-01-02, to: 2026-01-01}]", "'to' is its last day"),
        ("team/time_off.yml", "[]", "[{person: jon, from: 2026-01-01, to: 2026-01-01}]", "'jon' is nobody"),
        ("team/swaps.yml", "[]", "[{person: john, on: 2027-02-08, with: jane, for: 2027-02-15}]", "'jane' is nobody"),
        ("team/ownership.yml", "unit_profit: {primary: john, secondary: james", "unit_profit: {primary: john, secondary: john", "unit_profit are both 'john'"),
        ("team/ownership.yml", "unit_profit: {primary: john, ", "unit_profit: {", "has no 'primary'"),
        ("team/ownership.yml", "aggregate_profit: {primary: james", "aggregate_profit: {primary: john", "make the two agree"),
        ("team/escalation.yml", "page: [backup]}", "page: [bakup]}", "Did you mean 'backup'?"),
        ("team/escalation.yml", "after: 15min", "after: 3h", "the step comes before the one above it"),
        ("team/escalation.yml", "leads: {aggregate_profit: finance_lead", "leads: {aggregate_profit: nobody", "'nobody' is nobody"),
        ("team/escalation.yml", "  experiments:", "  experimenters:", "no audience and no pipeline"),
        ("team/escalation.yml", "tell: [room]", "tell: [rom]", "Did you mean 'room'?"),
        ("team/escalation.yml", "target: true", "target: soon", "target' is 'soon', expected true or false"),
        ("team/escalation.yml", "    unit_profit: [experimenters]", "    unit_profit: [experimenter]", "Did you mean 'experimenters'?"),
        ("team/escalation.yml", "    unit_profit: [experimenters]", "    unit_prophet: [experimenters]", "no pipeline that somebody owns"),
        ("team/plan.csv", "2025-09-29,john", "2025-09-30,john", "no monday, on which shifts begin"),
        ("team/plan.csv", "2025-09-29,john,jill", "2025-09-29,john,john", "john is primary and backup of one shift"),
        ("team/plan.csv", "2025-09-29,john", "2025-09-29,jon", "Did you mean 'john'?"),
        ("team/plan.csv", "on,primary", "day,primary", "the first line is not"),
        ("team/people.yml", "chat: U-JOHN}", "chat: U-JOHN, left_on: yesterday}", "expected a date"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_error_where_it_stands(folder, file, before, after, said):
    """One change in one file: one problem, in that file, that says what to do."""
    changed(folder, file, before, after)

    found = [each for each in problems(folder) if each.startswith("error")]

    assert found and any(said in each and file in each for each in found), found


def test_one_person_first_of_all_investor_pipelines_is_told(folder):
    """A warning: everything investors see would wait for one person."""
    for name, owners in (("aggregate_growth", "primary: jill"), ("aggregate_engagement", "primary: john")):
        changed(folder, f"pipelines/{name}/pipeline.yml", owners, "primary: james")
        changed(folder, "team/ownership.yml", f"{name}: {{{owners}", f"{name}: {{primary: james")

    assert [each for each in problems(folder) if "all 3 investor pipelines" in each and each.startswith("warning")]


def test_a_step_after_the_resolution_target_is_a_warning(folder):
    """By then it should be over; a step that waits for impact is for what is not."""
    assert problems(folder) == []
    changed(folder, "team/escalation.yml", "page: [lead], repeat_every: 2h", "page: [lead]")
    changed(folder, "team/escalation.yml", "{after: 6h, while: impact", "{after: 6h, while: unresolved")

    found = problems(folder)

    assert len(found) == 1 and "team/escalation.yml" in found[0] and "after the resolution target" in found[0]
    assert found[0].startswith("warning")


def test_the_reference_policies_say_what_the_team_agreed(folder):
    """Who is paged when: investors on six steps, experiments within their hours."""
    policies = {each.name: each.steps for each in load_project(folder, environ={}, cache=CACHE[0]).project.team.policies}

    told = [
        (step.after, step.while_, step.page, step.tell, step.repeat_every, step.is_target) for step in policies["investors"]
    ]
    assert told == [
        (timedelta(0), "unacknowledged", ("primary",), (), None, False),
        (timedelta(minutes=15), "unacknowledged", ("backup",), (), None, False),
        (timedelta(minutes=30), "unacknowledged", ("manager",), (), None, False),
        (timedelta(hours=2), "unresolved", ("primary_owner", "secondary_owner", "manager"), ("stakeholders",), None, False),
        (timedelta(hours=4), "unresolved", ("manager",), ("room",), None, True),
        (timedelta(hours=6), "impact", ("lead",), (), timedelta(hours=2), False),
    ]
    hours = (time(8), time(20))
    assert [(step.after, step.page, step.between, step.working_days) for step in policies["experiments"]] == [
        (timedelta(0), ("primary",), hours, False),
        (timedelta(hours=1), ("backup",), hours, False),
        (timedelta(days=1), ("primary_owner", "secondary_owner"), hours, True),
    ]


def test_an_owner_who_leaves_is_told(folder):
    """Each pipeline that would be left alone is named."""
    changed(folder, "team/people.yml", "chat: U-JILL}", "chat: U-JILL, left_on: 2027-01-01}")

    told = [each for each in problems(folder) if "jill is gone from 2027-01-01 on" in each]

    assert len(told) == 2 and all(each.startswith("warning") for each in told)


def test_a_pipeline_without_owners_is_an_error(folder):
    """Nobody owning is worse than anybody owning."""
    changed(folder, "pipelines/aggregate_profit/pipeline.yml", "owners: {primary: james, secondary: jill}\n", "")

    assert any("has no 'owners'" in each for each in problems(folder))


def test_experiments_may_take_turns(folder):
    """The option names pipelines, people and a quarter's first day."""
    turns = "turns: {pipelines: [unit_profit, daily_growth], engineers: [john, james, jill, davis], every: quarter, from: 2026-02-01}\n"
    with open(folder / "team/ownership.yml", "a") as file:
        file.write(turns)

    assert any("expected the first day of a quarter such as 2026-01-01" in each for each in problems(folder))

    changed(folder, "team/ownership.yml", "2026-02-01", "2026-01-01")
    assert problems(folder) == []


def test_a_daily_rota_needs_no_weekday(folder):
    """Every day is a hand-off; one shift between is the rule unless something else is said."""
    changed(folder, "team/rotation.yml", "  planner: fair", "  every: day\n  planner: fair")
    changed(folder, "team/rotation.yml", "from: 2025-09-29", "from: 2025-09-30")
    changed(folder, "team/rotation.yml", "  shifts_between: 2", "  # shifts_between: 2")
    (folder / "team/plan.csv").unlink()

    loaded = load_project(folder, environ={}, cache=CACHE[0])

    assert loaded.problems == ()
    assert (loaded.project.team.rotation.every, loaded.project.team.rotation.shifts_between) == ("day", 1)


def test_without_team_files_a_project_still_loads(folder):
    """A project needs people; a rota it may have."""
    for name in ("rotation.yml", "ownership.yml", "time_off.yml", "swaps.yml", "escalation.yml", "plan.csv"):
        (folder / "team" / name).unlink()

    assert problems(folder) == []
