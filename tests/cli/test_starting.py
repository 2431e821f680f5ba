"""init, lint, new, usage, help, faults."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from holdfast.cli import reading

ROOT = Path(__file__).parents[2]


def test_init_writes_a_folder_that_lints(holdfast, tmp_path):
    """The reference team's folder has no problem, and init says what to do next."""
    written = holdfast("init", tmp_path / "team")
    linted = holdfast("lint", "-C", tmp_path / "team")

    assert written.code == 0 and f"holdfast run -C {tmp_path / 'team'}" in written.out
    assert linted.code == 0 and linted.out == "0 errors, 0 warnings.\n"


def test_init_leaves_a_folder_with_something_in_it_alone(holdfast, tmp_path):
    """A folder that holds a file is refused, and nothing is written."""
    (tmp_path / "notes.txt").write_text("mine")

    answer = holdfast("init", tmp_path)

    assert answer.code == 1 and "notes.txt" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_lint_prints_each_problem_where_it_is(holdfast, tmp_path):
    """An error is located, exits 1, and is one entry for programs; the directory may come before the verb."""
    holdfast("init", tmp_path / "team")
    metrics = tmp_path / "team/pipelines/aggregate_profit/metrics.yml"
    metrics.write_text(metrics.read_text().replace("agg_profit_segments.refunds", "agg_profit_segmnts.refunds"))

    text = holdfast("-C", tmp_path / "team", "lint")
    listed = holdfast("lint", "-C", tmp_path / "team", "--json")

    assert text.code == 1 and listed.code == 1
    assert "pipelines/aggregate_profit/metrics.yml:" in text.out and "agg_profit_segments" in text.out
    assert {"file", "line", "severity", "message"} == set(listed.json[0])


def test_a_verb_on_a_broken_folder_prints_the_problems(holdfast, tmp_path):
    """What lint would say is said by every verb that needs the folder."""
    holdfast("init", tmp_path / "team")
    (tmp_path / "team/holdfast.yml").write_text("name: [unclosed\n")

    answer = holdfast("run", "-C", tmp_path / "team")

    assert answer.code == 1 and "holdfast.yml:" in answer.err


def test_a_folder_that_is_no_project_is_said_to_be_none(holdfast, tmp_path):
    """The message names the folder and the verb that makes one."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        answer = holdfast("status", "-C", folder)

        assert answer.code == 1 and str(folder) in answer.err and "holdfast init" in answer.err


def test_new_pipeline_and_source_lint(holdfast, finished, project):
    """A drafted pipeline and a drafted contract leave the folder without errors."""
    orders = next((finished / "data/orders").rglob("*.parquet"))

    pipeline = holdfast("new", "pipeline", "returns", "-C", project)
    source = holdfast("new", "source", "--from", orders, "--name", "web_orders", "-C", project)
    again = holdfast("new", "source", "--from", orders, "--name", "web_orders", "-C", project)

    assert (pipeline.code, source.code, again.code) == (0, 0, 1)
    assert "pipelines/returns/pipeline.yml" in pipeline.out
    assert "sources/web_orders.odcs.yaml" in source.out and "--name" in again.err
    assert holdfast("lint", "-C", project).code == 0


def test_usage_errors_exit_with_2(holdfast):
    """An unknown verb, a missing argument and no verb at all are usage errors."""
    assert holdfast("fly").code == 2
    assert holdfast("figures").code == 2
    assert holdfast().code == 2


def test_help_costs_less_than_four_tenths_of_a_second():
    """--help imports no engine: its CPU time is that of Python and argparse."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "--help"], capture_output=True, text=True, check=False, env=environ
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert done.returncode == 0 and "backfill" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.4


def test_our_own_fault_is_one_line_and_a_trace(holdfast, project, monkeypatch):
    """Anything unexpected exits 70, names itself in a line, and leaves the trace in the project."""
    monkeypatch.setattr(reading, "status", lambda arguments: 1 // 0)

    answer = holdfast("status", "-C", project)

    assert answer.code == 70 and answer.err.count("\n") == 1 and "ZeroDivisionError" in answer.err
    assert "Traceback" in (project / ".holdfast/trace.txt").read_text()


def test_an_instant_is_for_projects_on_the_clock_of_their_data(holdfast, tmp_path):
    """--at in a project on the system clock is refused; something that is no instant is, too."""
    holdfast("init", tmp_path / "team")

    assert "clock: data" in holdfast("status", "-C", tmp_path / "team", "--at", "2026-01-01").err
    assert "no instant" in holdfast("status", "-C", tmp_path / "team", "--at", "yesterday").err
