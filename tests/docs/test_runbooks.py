"""What the reference team's runbooks say to type can be typed, and no check of theirs is without a word."""

import re
from pathlib import Path

import pytest
from small_demo import LAST_ON

from holdfast.cli import main
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project

PIPELINES = ("aggregate_engagement", "aggregate_growth", "aggregate_profit", "daily_growth", "unit_profit")
ASKED = re.compile(r'`holdfast sql (?:--held (\w+) DAY )?"([^"]+)"`')
FILLED = re.compile(r"\{(\w+)\}")


def text(folder: Path, pipeline: str, name: str) -> str:
    return (folder / "pipelines" / pipeline / name).read_text()


@pytest.mark.slow
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_statement_of_a_runbook_runs(small_demo, capsys, pipeline):
    """Somebody in the middle of the night copies it, puts the day in, and gets an answer."""
    asked = ASKED.findall(text(small_demo, pipeline, "runbook.md"))
    assert asked
    for held, statement in asked:
        assert held in ("", pipeline)
        assert main(["sql", "-C", str(small_demo), statement.replace("DAY", f"{LAST_ON}")]) == 0, (
            capsys.readouterr().err
        )


@pytest.mark.parametrize("pipeline", [name for name in PIPELINES if name != "aggregate_profit"])
def test_a_runbook_names_every_check(tmp_path, pipeline):
    """Whoever is told of a failed check finds it in the runbook."""
    write_reference(tmp_path / "team", name="Reference", demo=True)
    project = load_project(tmp_path / "team", environ={}).project
    assert project is not None

    runbook = text(tmp_path / "team", pipeline, "runbook.md")

    assert [
        check.name for check in project.pipelines[pipeline].checks if f"`{check.name}`" not in runbook
    ] == []


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_report_names_figures_that_exist(tmp_path, pipeline):
    """Every gap in a report's text has a metric, or the period, its state or its date, to fill it."""
    write_reference(tmp_path / "team", name="Reference", demo=True)
    project = load_project(tmp_path / "team", environ={}).project
    assert project is not None

    gaps = set(FILLED.findall(text(tmp_path / "team", pipeline, "report.md")))

    metrics = {metric.id for metric in project.pipelines[pipeline].metrics}
    assert gaps - metrics <= {"period", "state", "as_of"}
    assert gaps & metrics
