"""What `holdfast status` says."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

from small_figures import CALENDAR

from holdfast.definitions.channel import Expiring
from holdfast.definitions.pipeline import Output
from holdfast.definitions.source import Secret
from holdfast.partitions import Days
from holdfast.releases.handed_over import OutputStanding
from holdfast.releases.release import FailedAttempt, Hold, HoldKind
from holdfast.releases.status import Deadline, PipelineStatus, StatusView, as_json, lines, why_unreachable
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import Reason, Run, RunState

NOW = datetime(2026, 10, 2, 3, 0, tzinfo=UTC)
FIRST = date(2026, 10, 1)
COSTS = Hold(
    "aggregate_profit",
    HoldKind.CHECK,
    "cost_coverage",
    FIRST,
    "region=EU",
    ("revenue", "cost", "profit"),
    "fact_costs",
    "cost coverage 0.4981",
    "at least 0.95",
    id=12,
    opened_at=NOW,
)
DEADLINE = Deadline(CALENDAR.named("2026-10-01"), datetime(2026, 10, 2, 8, 0, tzinfo=UTC))
LATE = Days.of_days([date(2026, 9, 29)])
STATUS = PipelineStatus(
    "aggregate_profit",
    "investors",
    date(2026, 9, 30),
    due=(
        Run(
            "aggregate_profit",
            Days.of_days([FIRST]) | LATE,
            {"fact_refunds": LATE},
            (
                Reason("new", Days.of_days([FIRST]), "new day 2026-10-01"),
                Reason("late rows", LATE, "late rows: refunds 2026-09-29 (+2)"),
            ),
        ),
    ),
    holds=(COSTS,),
    deadline=DEADLINE,
    last_run=RunRecord(
        "r8", "aggregate_profit", "2026-10-01", FIRST, ("new",), RunState.HELD, False, NOW, NOW, ""
    ),
)
VIEW = StatusView(NOW, (STATUS,))


def test_a_hold_names_check_region_and_coverage():
    """A program asks for the region by that name; what was seen and expected stands beside."""
    said = json.loads(as_json(VIEW))["pipelines"][0]

    held = said["held"][0]
    assert (held["id"], held["check"], held["region"], held["day"]) == (
        12,
        "cost_coverage",
        "EU",
        "2026-10-01",
    )
    assert (held["observed"], held["expected"]) == ("cost coverage 0.4981", "at least 0.95")
    assert held["metrics"] == ["revenue", "cost", "profit"]
    assert said["published_through"] == "2026-09-30"
    assert said["due"][0]["stale"] == {"fact_refunds": "2026-09-29"}
    assert said["due"][0]["reasons"][1]["text"] == "late rows: refunds 2026-09-29 (+2)"


def test_the_text_says_the_same_and_how_to_approve(matches_snapshot):
    """Due, stale, held, deadline and last run, a block per pipeline."""
    said = lines(VIEW)

    assert any('holdfast approve 12 --reason "..."' in line for line in said)
    matches_snapshot("status.txt", "\n".join([*said, ""]).encode())


def test_a_deadline_is_reachable_until_it_has_passed_or_a_hold_keeps_its_day():
    """At the very instant it can still be met; a hold on another day does not matter."""
    other = replace(COSTS, day=date(2026, 9, 1))

    assert why_unreachable(DEADLINE, DEADLINE.at, [other]) == ""
    assert why_unreachable(DEADLINE, NOW, [COSTS]) == "hold 12 must be cleared or approved"
    assert why_unreachable(DEADLINE, datetime(2026, 10, 2, 8, 0, 1, tzinfo=UTC), []) == "it has passed"
    assert (
        why_unreachable(replace(DEADLINE, blocked="costs have not arrived"), NOW, [])
        == "costs have not arrived"
    )


def test_a_pipeline_that_cannot_be_read_hides_no_other():
    """Its problem is shown in its place."""
    broken = PipelineStatus("growth", "investors", None, problem="models/users.sql: no such column")

    said = lines(StatusView(NOW, (broken, STATUS)))

    assert "growth (investors): nothing published" in said
    assert "aggregate_profit (investors): published through 2026-09-30" in said
    assert lines(StatusView(NOW, ()))[-1] == "No pipelines."


def test_a_stale_output_is_told_with_since_when_and_why():
    """In the text and for programs; a pipeline whose outputs are where they belong says nothing of them."""
    output = Output("portal_feed", "json", "day", "feed", "board")
    attempt = FailedAttempt("aggregate_profit", "portal_feed", 7, 1, NOW, "the token was refused")
    stale = OutputStanding("aggregate_profit", output, 7, None, NOW, (attempt,))
    view = StatusView(NOW, (replace(STATUS, stale_outputs=(stale,)),))

    [line] = [each for each in lines(view) if each.startswith("  output ")]
    [said] = json.loads(as_json(view))["pipelines"][0]["stale_outputs"]

    assert "portal_feed at board: has nothing, newest is 7; stale since 2026-10-02 03:00 UTC" in line
    assert line.endswith("the token was refused")
    assert (said["stale_since"], said["why"]) == ("2026-10-02T03:00:00Z", "the token was refused")
    assert json.loads(as_json(VIEW))["pipelines"][0]["stale_outputs"] == []


def test_a_secret_that_ends_soon_is_told():
    """By its reference, before any pipeline: what it opens stops with it."""
    ending = Expiring(Secret("env:SMTP_PASSWORD"), date(2026, 10, 9), "channel 'mail'")
    view = replace(VIEW, expiring=(ending,))

    assert lines(view)[1] == "Secret env:SMTP_PASSWORD of channel 'mail': its last day is 2026-10-09"
    assert json.loads(as_json(view))["expiring"] == [
        {"secret": "env:SMTP_PASSWORD", "used_by": "channel 'mail'", "expires_on": "2026-10-09"}
    ]
