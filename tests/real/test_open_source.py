"""Two real projects, from one file each to published figures, against counts that git itself gives."""

import json
from types import SimpleNamespace

import duckdb
import pytest
from real_projects import copy_of, truths_of
from real_shop import DATA, REPOSITORY

from holdfast.loading.project import lint_project

pytestmark = pytest.mark.slow

EXAMPLE = REPOSITORY / "examples" / "open_source"
REPOS = ("git/git", "ibis-project/ibis")
TRUTHS = {name: value for name, value in truths_of("oss_git_activity").items() if name.startswith(REPOS)}
MONTHS = ("2020-06", "2023-03", "2024-11")
RAW = DATA / "oss_git_activity" / "[gi]*.parquet"


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> SimpleNamespace:
    """The example run once, as it is shipped."""
    project = copy_of(EXAMPLE, tmp_path_factory.mktemp("oss") / "open_source")
    return SimpleNamespace(project=project, told=project.tells("run"))


@pytest.fixture(scope="module")
def answers(ran) -> dict[str, int]:
    """Truth -> its answer from published figures."""
    return published_answers(ran.project)


def published_answers(project) -> dict[str, int]:
    """Each count that is published elsewhere, as the figures have it."""
    found: dict[str, int] = {}
    growth = project.figures("aggregate_growth", "--grain", "year", "--period", "2020")
    growth |= project.figures("aggregate_growth", "--grain", "year", "--period", "2024")
    sums = project.ask(
        "SELECT segment, metric, SUM(value) AS value FROM figures "
        "WHERE pipeline = 'aggregate_growth' AND grain = 'year' GROUP BY segment, metric"
    )
    to_date = {(each["segment"], each["metric"]): int(float(each["value"])) for each in sums}
    days = project.ask(
        "SELECT segment, SUBSTR(period, 1, 7) AS month, SUM(value) AS value FROM figures "
        "WHERE metric = 'dau' AND grain = 'day' GROUP BY ALL"
    )
    by_month = {(each["segment"], each["month"]): int(float(each["value"])) for each in days}
    for repo in REPOS:
        segment = f"region={repo}"
        found[f"{repo} commits"] = to_date[segment, "commits"]
        found[f"{repo} distinct author mails"] = to_date[segment, "new_users"]
        for month in MONTHS:
            mau = project.figures("aggregate_engagement", "--period", month, "--metric", "mau")
            found[f"{repo} MAU {month}"] = int(mau[month, "mau", segment])
            found[f"{repo} sum of DAU {month}"] = by_month[segment, month]
        for year in ("2020", "2024"):
            found[f"{repo} new authors {year}"] = int(growth[year, "new_users", segment])
    return found


def test_the_open_source_example_has_nothing_for_lint_to_say(tmp_path):
    """No error and no warning, and its contract is one by the standard's own package."""
    assert lint_project(EXAMPLE, environ={"HOLDFAST_REAL_DATA": str(tmp_path)}, cache=tmp_path / "cache") == ()


def test_everything_is_published_and_nothing_is_held(ran):
    """22 years of growth and 8 of engagement, a year at a time, because a year has few rows."""
    assert [each["state"] for each in ran.told] == ["published"] * 30
    assert [each["held"] for each in ran.project.tells("status")["pipelines"]] == [[], []]


@pytest.mark.parametrize("name", TRUTHS)
def test_a_published_figure_is_gits_own_count(answers, name):
    """Commits, author mails, active and new authors of each project, bots included as git counts them."""
    assert answers[name] == TRUTHS[name]


def test_people_without_bots_are_counted_beside(ran):
    """The other definition, counted by hand over the raw files: names, and no bots."""
    rows = duckdb.sql(
        f"SELECT repo, strftime(authored_at, '%Y-%m') AS month, COUNT(DISTINCT author_name_id) AS people "
        f"FROM '{RAW}' WHERE NOT author_is_bot GROUP BY ALL"
    ).fetchall()
    people = {(month, f"region={repo}"): count for repo, month, count in rows}
    for month in MONTHS:
        found = ran.project.figures("aggregate_engagement", "--period", month, "--metric", "mau_people")
        for repo in REPOS:
            assert found[month, "mau_people", f"region={repo}"] == people[month, f"region={repo}"]


def test_a_repositorys_figures_add_up(ran):
    """An author's number belongs to one repository, so the total is the sum of both."""
    mau = ran.project.figures("aggregate_engagement", "--period", "2023-03", "--metric", "mau")

    assert mau["2023-03", "mau", ""] == sum(mau["2023-03", "mau", f"region={repo}"] for repo in REPOS)


def test_how_late_commits_come_is_what_the_files_say(ran):
    """The share of rows by days after their day's first arrival, counted again from the raw files."""
    [found] = json.loads(ran.project.says("lateness", "--json"))
    rows = duckdb.sql(
        "WITH r AS (SELECT authored_at::DATE AS day, GREATEST(authored_at::DATE, committed_at::DATE) AS came "
        f"FROM '{RAW}'), d AS (SELECT *, came - MIN(came) OVER (PARTITION BY day) AS late FROM r) "
        "SELECT COUNT(*), " + ", ".join(f"COUNT(*) FILTER (late >= {days})" for days in (1, 2, 3, 7, 30)) + " FROM d"
    ).fetchall()[0]

    assert [found["rows"], *(each["rows"] for each in found["after"])] == list(rows)
    assert found["later"]["rows"] == 0


def test_the_open_source_readme_shows_what_is_printed(ran):
    """Every command of the README whose output is shown, but for the replay's, prints exactly that."""
    shown = [(words, output) for words, output in ran.project.shown_in_readme() if "replayed" not in words]

    assert shown
    for words, output in shown:
        at = words.index("-C") + 1
        assert ran.project.holdfast(*words[:at], str(ran.project.folder), *words[at + 1 :]) == output


@pytest.mark.slow
def test_a_replayed_year_ends_in_the_same_counts(tmp_path):
    """2020 as each of its mornings saw it, then everything that came later: history, and in the end git's counts."""
    project = copy_of(EXAMPLE, tmp_path / "replayed")
    told = project.tells("backfill", "aggregate_engagement", "--from", "2020-01-01", "--to", "2020-12-31", "--replay")
    assert {each["state"] for each in told} == {"published"}

    assert {each["state"] for each in project.tells("run")} == {"published"}

    assert published_answers(project) == TRUTHS
    history = project.tells("figures", "aggregate_engagement", "--period", "2020-06", "--history")
    mau = [
        (each["published_at"][:10], int(float(each["value"])))
        for each in history
        if each["metric"] == "mau" and each["segment"] == "region=git/git" and each["as_of"] == "2020-06-30"
    ]
    assert mau == as_each_morning_saw_it()
    assert project.tells("verify", "aggregate_engagement", "2020-06")["finding"] == "equal"
    for words, output in project.shown_in_readme():
        if "replayed" in words:
            at = words.index("-C") + 1
            assert project.holdfast(*words[:at], str(project.folder), *words[at + 1 :]) == output


def as_each_morning_saw_it() -> list[tuple[str, int]]:
    """The mornings on which git's MAU of June 2020 was another than the morning before, from the raw file."""
    authors = duckdb.sql(
        "SELECT MIN(GREATEST(authored_at::DATE, committed_at::DATE)) + 1 FROM "
        f"'{RAW}' WHERE repo = 'git/git' AND strftime(authored_at, '%Y-%m') = '2020-06' GROUP BY author_id"
    ).fetchall()
    mornings = sorted({max(str(day), "2020-07-01") for (day,) in authors})
    return [(morning, sum(str(day) <= morning for (day,) in authors)) for morning in mornings]
