"""run, backfill, up: what they build, and who may build."""

import shutil
import signal
import time

import pytest
from cli_folders import everything_in

from holdfast.app import App


def figures_of(holdfast, folder):
    """Every current figure, as text."""
    select = "SELECT grain, period, metric, segment, value, version FROM figures ORDER BY ALL"
    return holdfast("sql", "-C", folder, select, "--limit", "1000000", "--csv").out


def wait_for(holdfast_lock, *, serving=True):
    """Until somebody holds the place."""
    for _ in range(200):
        holder = holdfast_lock.holder()
        if holder is not None and holder.serves_requests == serving:
            return
        time.sleep(0.05)
    raise AssertionError("nobody took the builder's place")


def test_a_run_with_nothing_due_says_so(holdfast, project):
    """A finished demo owes nothing; running again changes no figure."""
    before = figures_of(holdfast, project)

    assert holdfast("run", "-C", project).out == "Nothing is due.\n"
    assert holdfast("run", "-C", project, "--json").json == []
    assert figures_of(holdfast, project) == before


def test_a_dry_run_says_what_is_due_and_changes_nothing(holdfast, fresh):
    """Files to land, days to build, why; not even a ledger is made."""
    before = everything_in(fresh)

    text = holdfast("run", "-C", fresh, "--dry-run")
    told = holdfast("run", "-C", fresh, "--dry-run", "--json").json

    assert text.code == 0 and "not built yet: 2025-10-01..2025-10-31" in text.out or "2025-10-01..2025-11-09" in text.out
    assert len(told["to_land"]["orders"]) == 40 and told["due"][0]["pipeline"] == "aggregate_profit"
    assert everything_in(fresh) == before


def test_a_run_that_only_holds_exits_0(holdfast, held):
    """Figures wait, and that is an expected ending; the run is told as held."""
    answer = holdfast("run", "-C", held, "--json")

    assert answer.code == 0 and [run["state"] for run in answer.json] == ["held"]


def test_an_unknown_pipeline_is_refused_before_anything_runs(holdfast, fresh):
    """With the nearest name; nothing is landed."""
    answer = holdfast("run", "-C", fresh, "--pipeline", "agregate_profit")

    assert answer.code == 1 and "aggregate_profit" in answer.err
    assert not (fresh / ".holdfast/landing").exists()


def test_a_second_run_says_who_builds_and_since_when(holdfast, project):
    """Beside a builder that serves nobody, exit 1 and the verb, the instant and the process."""
    app = App(project)
    with app.lock.acquire("backfill", app.clock.now()):
        answer = holdfast("run", "-C", project)

    assert answer.code == 1 and "holdfast backfill is building since 2025-11-10 03:00:00 UTC" in answer.err


def test_up_runs_what_is_due_and_serves_requests(holdfast, spawn, project):
    """A run and a backfill beside `up` are done by it and answered; SIGTERM ends it with 0 and frees the place."""
    builder = spawn("up", "-C", project)
    app = App(project)
    wait_for(app.lock)

    ran = holdfast("run", "-C", project)
    rebuilt = holdfast("backfill", "-C", project, "aggregate_profit", "--from", "2025-11-09", "--to", "2025-11-09")
    status = holdfast("status", "-C", project)
    builder.send_signal(signal.SIGTERM)

    assert (ran.code, ran.out) == (0, "Nothing is due.\n") and "request" in ran.err
    assert rebuilt.code == 0 and "Nothing changed." in rebuilt.out
    assert "holdfast up is building since" in status.out
    assert builder.wait(timeout=60) == 0 and "Stopped." in builder.stdout.read()
    assert app.lock.holder() is None


def test_up_builds_what_arrives(holdfast, spawn, project):
    """A new arrival day is found and published without anybody asking."""
    holdfast("demo", project, "--add-days", "1")

    assert spawn("up", "-C", project, "--once").wait(timeout=120) == 0
    [pipeline] = holdfast("status", "-C", project, "--json").json["pipelines"]
    assert pipeline["published_through"] == "2025-11-10"


def test_a_request_of_a_verb_that_fails_exits_1(holdfast, spawn, project):
    """The builder's error is the answer, and the builder goes on."""
    builder = spawn("up", "-C", project)
    app = App(project)
    wait_for(app.lock)

    answer = holdfast("backfill", "-C", project, "aggregate_profit", "--from", "2024-01-01", "--to", "2024-01-02")

    assert answer.code == 1 and "2024-01-01" in answer.err
    assert holdfast("run", "-C", project).code == 0
    assert builder.poll() is None


@pytest.mark.slow
def test_whoever_waits_hears_that_the_builder_died(holdfast, spawn, project):
    """A builder killed before it answers: the request is not waited for forever."""
    builder = spawn("up", "-C", project)
    app = App(project)
    wait_for(app.lock)
    builder.send_signal(signal.SIGSTOP)
    asking = spawn("run", "-C", project)
    time.sleep(2)
    builder.kill()

    assert asking.wait(timeout=60) == 1
    assert "stopped before it answered" in asking.stdout.read()


def test_a_backfill_of_equal_days_releases_nothing(holdfast, project):
    """Rebuilt aside and compared: the same rows, so the same figures and versions."""
    before = figures_of(holdfast, project)

    answer = holdfast(
        "backfill", "-C", project, "aggregate_profit", "--from", "2025-10-30", "--to", "2025-11-02", "--json"
    )

    assert answer.code == 0 and [run["state"] for run in answer.json] == ["published"]
    assert figures_of(holdfast, project) == before


def test_a_backfill_builds_days_that_never_were(holdfast, fresh):
    """The days asked for are built and released; the next run builds the others."""
    answer = holdfast("backfill", "-C", fresh, "aggregate_profit", "--from", "2025-10-01", "--to", "2025-10-03")
    days = holdfast("sql", "-C", fresh, "SELECT count(DISTINCT order_date) AS n FROM agg_profit_daily", "--json")

    assert answer.code == 0 and days.json == [{"n": 3}]


def test_a_backfill_outside_the_pipelines_days_is_an_error(holdfast, project):
    """Before its start, after today, back to front, and no day at all."""
    for first, last, said in (
        ("2024-01-01", "2024-01-02", "2025-10-01"),
        ("2026-01-01", "2026-01-02", "2025-11-09"),
        ("2025-11-02", "2025-11-01", "earlier day first"),
        ("2025-11-31", "2025-12-01", "2025-11-31"),
    ):
        answer = holdfast("backfill", "-C", project, "aggregate_profit", "--from", first, "--to", last)
        assert answer.code == 1 and said in answer.err


@pytest.mark.slow
def test_a_replay_builds_each_day_from_what_had_arrived(holdfast, fresh, tmp_path):
    """Late rows become revisions, as they would have, and the end is that of history built at once."""
    other = tmp_path / "at once"
    shutil.copytree(fresh, other)

    replayed = holdfast(
        "backfill", "-C", fresh, "aggregate_profit", "--from", "2025-10-01", "--to", "2025-10-09", "--replay"
    )
    holdfast("run", "-C", other, "--at", "2025-10-10T03:00Z")
    values = "SELECT grain, period, metric, segment, value FROM figures ORDER BY ALL"
    ask = ("--limit", "100000", "--csv", "--at", "2025-10-10T03:00Z")
    revised = holdfast("sql", "-C", fresh, "SELECT max(version) AS n FROM figures WHERE grain = 'day'", "--json").json

    assert replayed.code == 0, replayed.err
    assert revised[0]["n"] > 1
    assert holdfast("sql", "-C", fresh, values, *ask).out == holdfast("sql", "-C", other, values, *ask).out


def test_a_replay_of_built_days_is_refused(holdfast, project):
    """What was known when is not known any more; a fresh copy is asked for, and nothing changes."""
    before = figures_of(holdfast, project)

    answer = holdfast(
        "backfill", "-C", project, "aggregate_profit", "--from", "2025-11-01", "--to", "2025-11-02", "--replay"
    )

    assert answer.code == 1 and "copy the folder without .holdfast" in answer.err
    assert figures_of(holdfast, project) == before
