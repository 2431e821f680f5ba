"""holdfast demo: continues, stops, and keeps its hands off other folders."""

from datetime import UTC, date, datetime

import pytest
from cli_folders import everything_in

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.adapters.locks import FileLock
from holdfast.testing.company import Company, write_company, write_truth


def test_a_finished_demo_is_left_alone(holdfast, project):
    """Said in words, with where to look; nothing in the folder changes but the parse cache."""
    before = everything_in(project)

    answer = holdfast("demo", project, "--live", "2")

    assert answer.code == 0 and "finished; nothing was done" in answer.out and "holdfast figures" in answer.out
    after = everything_in(project)
    assert {k: v for k, v in after.items() if "ledger" not in k} == {k: v for k, v in before.items() if "ledger" not in k}


def test_a_folder_that_is_no_demo_is_refused(holdfast, tmp_path):
    """Somebody's files, somebody's project, somebody's file."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files/notes.txt").write_text("mine")
    holdfast("init", tmp_path / "real")
    (tmp_path / "plain").write_text("mine")

    for name in ("files", "real", "plain"):
        answer = holdfast("demo", tmp_path / name)
        assert answer.code == 1 and str(tmp_path / name) in answer.err
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["notes.txt"]


@pytest.mark.slow
def test_an_unfinished_demo_goes_on(holdfast, fresh):
    """Stopped after the history, it runs the days that are left, one by one."""
    assert holdfast("run", "-C", fresh, "--at", "2025-11-08T03:00Z").code == 0

    answer = holdfast("demo", fresh, "--live", "2")

    assert answer.code == 0 and "history" not in answer.out
    assert "2025-11-09 is published" in answer.out and "2025-11-10 is published" in answer.out


def test_days_are_added_without_running(holdfast, project):
    """The data's clock moves on; the new day is due, and nothing was built."""
    answer = holdfast("demo", project, "--add-days", "1")
    [pipeline] = holdfast("status", "-C", project, "--json").json["pipelines"]

    assert answer.code == 0 and "2025-11-11" in answer.out
    assert pipeline["published_through"] == "2025-11-09" and "2025-11-10" in pipeline["due"][-1]["days"]


def test_impossible_demos_are_refused(holdfast, tmp_path):
    """No days, no orders, a folder without a demo to add to."""
    assert "--days" in holdfast("demo", tmp_path / "a", "--days", "1").err
    assert "--scale" in holdfast("demo", tmp_path / "b", "--scale", "0").err
    assert "holds no demo" in holdfast("demo", tmp_path / "c", "--add-days", "1").err


def test_nothing_is_built_beside_another_builder(holdfast, tmp_path):
    """While somebody else has the builder's place, no pipeline of the demo is run, in this process or beside it."""
    folder = tmp_path / "demo"
    company = Company(last_on=date(2025, 10, 5), orders_per_day=20, events_per_day=60)
    write_company(company, folder)
    write_truth(company, folder)
    assert holdfast("init", folder, "--demo").code == 0

    with FileLock(folder / ".holdfast" / "builder.lock").acquire("run", datetime(2025, 10, 6, tzinfo=UTC)):
        answer = holdfast("demo", folder, "--live", "1")

    assert answer.code != 0
    assert "is building" in answer.err
    with open_ledger(folder / ".holdfast" / "ledger.db") as ledger:
        assert [run for name in ("aggregate_engagement", "aggregate_profit") for run in ledger.runs(name)] == []
