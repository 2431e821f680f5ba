"""holdfast docs: where it writes, what it replaces, and what it tells of a project that has run."""

import shutil

import pytest


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_site_tells_the_newest_release(holdfast, finished, tmp_path):
    """With its receipt: what was read, how checks ended; made twice it is the same, and the project is left as it was."""
    told = holdfast("docs", "-C", finished, "--out", tmp_path / "site")
    again = holdfast("docs", "-C", finished, "--out", tmp_path / "again")

    assert told.code == again.code == 0, told.err
    page = (tmp_path / "site/pipelines/aggregate_profit.html").read_text()
    [profit] = holdfast("status", "-C", finished, "--json").json["pipelines"]
    receipt = holdfast("sql", "-C", finished, "SELECT MAX(release) AS r FROM figures", "--json").json
    assert f"Release {receipt[0]['r']}, published" in page and "read orders 20" in page and "checks: " in page
    assert "published through</th>" in (tmp_path / "site/index.html").read_text() and profit["published_through"]
    assert profit["published_through"] in (tmp_path / "site/index.html").read_text()
    assert files_of(tmp_path / "site") == files_of(tmp_path / "again")


def test_before_the_first_run_definitions_are_enough(holdfast, fresh, tmp_path):
    """No ledger is made for it."""
    assert holdfast("docs", "-C", fresh, "--out", tmp_path / "site").code == 0

    assert "Nothing is released yet." in (tmp_path / "site/pipelines/aggregate_profit.html").read_text()
    assert not (fresh / ".holdfast/ledger.db").exists()


def test_a_later_site_removes_what_it_no_longer_has(holdfast, fresh, tmp_path):
    """And nothing that somebody else put beside."""
    site = tmp_path / "site"
    assert holdfast("docs", "-C", fresh, "--out", site).code == 0
    (site / "notes.txt").write_text("mine")
    assert (site / "models/agg_profit_weekly.html").is_file()
    weekly = fresh / "pipelines/aggregate_profit/models/agg_profit_weekly.sql"
    weekly.unlink()

    assert holdfast("docs", "-C", fresh, "--out", site).code == 0

    assert not (site / "models/agg_profit_weekly.html").exists()
    assert (site / "notes.txt").read_text() == "mine"
    shutil.rmtree(site)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_folder_of_somebody_else_is_not_written_to(holdfast, fresh, tmp_path, kind):
    """A mistyped --out must not spread pages over it."""
    site = tmp_path / "site"
    if kind == "file":
        site.write_text("mine")
    else:
        site.mkdir()
        (site / "index.html").write_text("mine")

    told = holdfast("docs", "-C", fresh, "--out", site)

    assert told.code == 1 and "give a" in told.err
    assert (site if kind == "file" else site / "index.html").read_text() == "mine"
