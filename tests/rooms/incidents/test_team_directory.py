"""Who answers, owns, leads and is told in the reference team, by its plan and what was recorded since."""

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.incidents.directory import FALLBACK, TeamDirectory, rules_of
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.record import Recorded, rota_of

FRIDAY = datetime(2026, 10, 2, 8, tzinfo=UTC)
MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
"""09:00 in London, which is on summer time."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("team")
    write_reference(folder / "team", name="team", demo=False)
    return load_project(folder / "team", environ={}).project


def directory(project, *offs, acks=None):
    record = Recorded(time_off=offs)
    return TeamDirectory(project, rota_of(project.team.rotation, project.team, project.people, record), acks)


def planned(project, day):
    """Primary and backup of the week that begins on that day, as team/plan.csv says."""
    return next((each.primary, each.backup) for each in project.team.plan if each.on == day)


def test_roles_of_the_week_are_those_of_the_plan(project):
    """Friday belongs to the week of the Monday before."""
    team = directory(project)
    found = (*team.people_for("primary", "", FRIDAY), *team.people_for("backup", "", FRIDAY))

    assert found == planned(project, date(2026, 9, 28))


def test_at_the_very_hand_off_the_next_answers(project):
    """The instant belongs to the new shift."""
    team = directory(project)

    assert team.people_for("primary", "", MONDAY) == planned(project, date(2026, 10, 5))[:1]
    assert team.next_hand_off(FRIDAY, MONDAY) == MONDAY
    assert team.next_hand_off(FRIDAY, MONDAY - timedelta(seconds=1)) is None


def test_whoever_is_away_is_stood_in_for(project):
    """The primary is sick from Friday on: the backup answers, and the change is a hand-off."""
    primary, backup = planned(project, date(2026, 9, 28))
    gone = FRIDAY + timedelta(hours=1)
    off = TimeOff(primary, gone.date(), gone.date(), sudden_at=gone)
    team = directory(project, off)

    assert team.people_for("primary", "", gone) == (backup,)
    assert team.next_hand_off(FRIDAY, MONDAY) == gone == team.absent_from(primary, FRIDAY, MONDAY)
    assert team.absent_from(primary, gone, MONDAY) is None


def test_after_the_plan_and_without_one_the_manager_answers(project):
    """Somebody always does."""
    late = datetime(2028, 1, 1, tzinfo=UTC)

    assert directory(project).people_for("primary", "", late) == ("manager",)
    assert TeamDirectory(project, None).people_for("backup", "", FRIDAY) == ("manager",)
    assert TeamDirectory(project, None).next_hand_off(FRIDAY, late) is None


@pytest.mark.parametrize(
    ("target", "pipeline", "expected"),
    [
        ("primary_owner", "aggregate_profit", ("james",)),
        ("secondary_owner", "aggregate_profit", ("jill",)),
        ("lead", "aggregate_growth", ("growth_lead",)),
        ("lead", "unit_profit", ()),
        ("stakeholders", "aggregate_profit", ("investor_relations",)),
        ("stakeholders", "unit_profit", ("experimenters",)),
        ("stakeholders", "", ()),
        ("engineers", "", ("john", "james", "jill", "davis")),
        ("manager", "", ("manager",)),
        ("finance_lead", "", ("finance_lead",)),
        ("nobody_known", "", ()),
        ("lead", "", ()),
    ],
)
def test_other_targets_are_what_the_team_wrote_down(project, target, pipeline, expected):
    """Owners and leads by pipeline; what touches none has neither."""
    assert directory(project).people_for(target, pipeline, FRIDAY) == expected


def test_a_note_counts_until_its_half_hour_is_over(project):
    """Acknowledged at 08:20, asked for until 08:30 and until 08:10."""
    team = directory(project, acks={MONDAY: MONDAY + timedelta(minutes=20)})

    assert team.note_acknowledged(MONDAY, MONDAY + timedelta(minutes=30)) == MONDAY + timedelta(minutes=20)
    assert team.note_acknowledged(MONDAY, MONDAY + timedelta(minutes=10)) is None


def test_each_pipeline_has_its_audiences_policy_and_the_team_investors(project):
    """Rules are of the hand-off's zone and the project's room."""
    rules = rules_of(project, directory(project))

    names = {name: policy.name for name, policy in rules.policies.items()}
    assert names == {
        "aggregate_profit": "investors", "aggregate_growth": "investors", "aggregate_engagement": "investors",
        "unit_profit": "experiments", "daily_growth": "experiments", "": "investors",
    }  # fmt: skip
    assert (str(rules.zone), rules.room) == ("Europe/London", "#data-eng-alerts")


def test_a_team_without_policies_is_paged_all_the_same(project):
    """Primary, backup, manager."""
    from dataclasses import replace

    silent = replace(project, team=replace(project.team, policies=()))

    assert rules_of(silent, directory(silent)).policies["aggregate_profit"] is FALLBACK
