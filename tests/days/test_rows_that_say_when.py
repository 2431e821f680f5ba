"""One file that holds years, whose rows say when they arrived: each morning sees of it what was there by then."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from holdfast.app import App
from holdfast.backfill import replay
from holdfast.calendars import Period
from holdfast.clock import data_clock
from holdfast.day import run_day
from holdfast.errors import DefinitionError
from holdfast.partitions import Interval
from holdfast.releases.verify import Finding
from holdfast.runs.lateness import lateness
from holdfast.runs.run import RunState
from holdfast.runs.slices import Slice, slice_of
from holdfast.verification import verify

EXAMPLE = Path(__file__).parents[2] / "examples" / "open_source"
PIPELINE = "aggregate_engagement"
FILE = "oss_git_activity/git__git.parquet"
FIRST = date(2019, 1, 1)

# (commit, author, written on, came on): two are late by two and by four days, one came before it was written.
COMMITS = [
    (1, 11, 1, 1),
    (2, 12, 1, 3),
    (3, 11, 2, 2),
    (4, 13, 3, 3),
    (5, 14, 4, 3),
    (6, 15, 1, 5),
    (7, 11, 5, 5),
]


def bring(data: Path, commits: list[tuple[int, int, int, int]]) -> None:
    """The file with these commits, written and brought in on days of January 2019."""
    path = data / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ", ".join(
        f"({no}, {author}, TIMESTAMP '2019-01-{written:02} 09:00', TIMESTAMP '2019-01-{came:02} 18:00')"
        for no, author, written, came in commits
    )
    duckdb.sql(
        "SELECT 'git/git' AS repo, CAST(no AS INTEGER) AS commit_no, CAST(author AS INTEGER) AS author_id, "
        "CAST(author AS INTEGER) AS author_name_id, FALSE AS author_is_bot, authored_at, committed_at "
        f"FROM (VALUES {rows}) AS t(no, author, authored_at, committed_at)"
    ).write_parquet(str(path))


class Project:
    """A copy of the example over a few commits, opened like a new process each time."""

    def __init__(self, root: Path, commits: list[tuple[int, int, int, int]]) -> None:
        self.folder, self.data = root / "open_source", root / "data"
        shutil.copytree(EXAMPLE, self.folder, ignore=shutil.ignore_patterns(".holdfast"))
        bring(self.data, commits)

    def app(self) -> App:
        """The project as it is now."""
        return App(self.folder, environ={"HOLDFAST_REAL_DATA": str(self.data)}, say=lambda _: None)

    def morning_of(self, day: int) -> list[str]:
        """The run of 03:00 on a day of January; the reasons of its runs."""
        app = self.app()
        done = run_day(replace(app.world(), clock=data_clock(date(2019, 1, day))), only=PIPELINE)
        assert [each.state for each in done if each.state is not RunState.PUBLISHED] == []
        reasons = [reason for run in app.ledger.runs(PIPELINE, len(done)) for reason in run.reasons]
        app.close()
        return reasons

    def dau(self) -> dict[int, int]:
        """Day of January -> published active users."""
        app = self.app()
        days = [f"2019-01-{day:02}" for day in range(1, 32)]
        found = app.figures.of_period(app.pipeline(PIPELINE), days)
        app.close()
        return {int(f.period[-2:]): int(f.value) for f in found if f.metric == "dau" and not f.segment and f.value is not None}

    def slices(self) -> dict[Slice, tuple[str, int]]:
        """Slice -> what it was landed as, and its rows."""
        with self.app().ledger as ledger:
            return {slice_of(file.path): (file.landed_as, file.rows) for file in ledger.landed_files("commits")}


@pytest.fixture
def project(tmp_path) -> Project:
    """Seven commits of five days in one file."""
    return Project(tmp_path, COMMITS)


def replayed(project: Project, last: int) -> None:
    """Each day until this one of January, from what had arrived by its morning."""
    app = project.app()
    done = replay(app.world(), app.pipeline(PIPELINE), Interval(FIRST, date(2019, 1, last + 1)))
    app.close()
    assert {each.state for each in done} == {RunState.PUBLISHED}


def test_the_clock_is_the_day_after_the_newest_row_came(project):
    """Nothing is landed yet; the rows alone tell."""
    assert project.app().clock.now() == datetime(2019, 1, 6, 3, tzinfo=UTC)


def test_a_morning_counts_only_what_had_come(project):
    """By hand: on the 3rd the day's own commit and no late one; on the 4th the one that came two days late."""
    project.morning_of(3)
    assert project.dau() == {1: 1, 2: 1}

    reasons = project.morning_of(4)

    assert project.dau() == {1: 2, 2: 1, 3: 1}
    assert "commits of 2019-01-01: 1 row arrived 2019-01-04" in reasons


def test_each_landing_brings_a_slice_and_leaves_the_others(project):
    """The second morning lands what came since; the first slice's copy is the very same file."""
    project.morning_of(3)
    before = project.slices()

    project.morning_of(5)

    first, second = Slice(FILE, date.min, date(2019, 1, 3)), Slice(FILE, date(2019, 1, 4), date(2019, 1, 5))
    assert list(before) == [first]
    assert project.slices() == {**before, second: (project.slices()[second][0], 3)}
    assert before[first][1] == 2


def test_a_clock_that_is_ahead_arrives_on_its_business_day(project):
    """The fifth commit came on the 3rd and says it is of the 4th: the morning of the 5th counts it, none before."""
    project.morning_of(4)
    with project.app().ledger as ledger:
        assert {each.day.day for each in ledger.row_arrivals("commits")} == {1, 2, 3}

    project.morning_of(5)

    assert project.dau()[4] == 1


@pytest.mark.slow
def test_many_days_at_once_keep_each_rows_own_arrival(project):
    """One landing of everything still knows that one row of the 1st came two and one four days late."""
    project.morning_of(6)

    with project.app().ledger as ledger:
        arrivals = ledger.row_arrivals("commits")
    assert [(each.day.day, each.arrived_on.day, each.rows) for each in arrivals] == [
        (1, 2, 1), (1, 4, 1), (1, 6, 1), (2, 3, 1), (3, 4, 1), (4, 5, 1), (5, 6, 1),
    ]  # fmt: skip
    assert lateness("commits", timedelta(days=3), arrivals).beyond == 1


@pytest.mark.slow
def test_rows_too_late_for_their_contract_wait_for_a_person(project):
    """Three days are promised; of the two rows that the last landing brings to the 1st, one came after four."""
    contract = project.folder / "sources/commits.odcs.yaml"
    contract.write_text(contract.read_text().replace("value: 4800d", "value: 3d"))
    project.morning_of(3)

    app = project.app()
    done = run_day(replace(app.world(), clock=data_clock(date(2019, 1, 6))), only=PIPELINE)

    assert RunState.HELD in {each.state for each in done}
    assert {hold.cause for hold in app.ledger.open_holds(PIPELINE)} == {"unexplained revision"}
    app.close()


def test_a_replay_ends_where_one_run_ends(project, tmp_path):
    """Day by day with late rows as revisions, or all at once: the same figures, and the same by hand."""
    replayed(project, 5)
    project.morning_of(6)
    at_once = Project(tmp_path / "other", COMMITS)
    at_once.morning_of(6)

    assert project.dau() == at_once.dau() == {1: 3, 2: 1, 3: 1, 4: 1, 5: 1}


def test_a_replay_shows_what_was_published_first(project):
    """The 1st was published with one author, then with two on the 4th, then with three on the 6th."""
    replayed(project, 5)
    app = project.app()

    history = app.figures.of_period(app.pipeline(PIPELINE), ["2019-01-01"], history=True)
    app.close()

    assert [
        (f.version, f.value, f.published_at.day) for f in history if f.metric == "dau" and not f.segment
    ] == [(1, Decimal(1), 2), (2, Decimal(2), 4), (3, Decimal(3), 6)]


@pytest.mark.slow
def test_a_replayed_month_is_rebuilt_from_its_slices(project):
    """`verify` counts the slices that its releases had read and finds every figure equal."""
    replayed(project, 5)
    app = project.app()
    pipeline, month = app.pipeline(PIPELINE), Period("month", "2019-01", Interval(FIRST, date(2019, 2, 1)))

    found = verify(
        app.project,
        pipeline,
        month,
        app.figures.of_period(pipeline, ["2019-01"]),
        app.ledger,
        app.state / "landing",
        lambda seq: app.fresh_bench("investors", seq),
    )
    app.close()

    assert found.finding is Finding.EQUAL
    assert found.compared > 0


def test_days_of_which_more_is_known_cannot_be_replayed(project):
    """What came by the 6th is landed, so the morning of the 2nd cannot be told apart any more."""
    project.morning_of(6)
    app = project.app()

    with pytest.raises(DefinitionError, match="built already|is landed already"):
        replay(app.world(), app.pipeline(PIPELINE), Interval(FIRST, date(2019, 1, 3)))
    app.close()


def test_a_file_that_grew_lands_its_new_rows_alone(project):
    """An export written anew each day has another size, and its old rows are what they were."""
    project.morning_of(6)
    before = project.slices()

    bring(project.data, [*COMMITS, (8, 16, 6, 6)])
    reasons = project.morning_of(7)

    assert {part: project.slices()[part] for part in before} == before
    assert len(project.slices()) == len(before) + 1
    assert not any("late rows" in reason or "commits of" in reason for reason in reasons)
    assert project.dau()[6] == 1
    assert project.morning_of(7) == []


def test_a_file_that_was_touched_changes_nothing(project):
    """Its time is another and its rows are not: nothing is landed, and nothing is due."""
    project.morning_of(6)
    before = project.slices()

    os.utime(project.data / FILE, (1, 1))

    assert project.morning_of(6) == []
    assert project.slices() == before


@pytest.mark.slow
def test_a_row_changed_in_an_old_slice_lands_that_slice_again(project):
    """The second commit turns out to be of the first author: its slice is landed anew, its day counts one less."""
    project.morning_of(3)
    project.morning_of(6)
    before = project.slices()

    bring(project.data, [(no, 11 if no == 2 else author, *days) for no, author, *days in COMMITS])
    app = project.app()
    run_day(replace(app.world(), clock=data_clock(date(2019, 1, 6))), only=PIPELINE)
    app.close()

    kept, anew = sorted(before, key=lambda part: part.last)
    assert project.slices()[kept] == before[kept]
    assert project.slices()[anew] != before[anew]
    assert project.dau()[1] == 2


def test_a_file_without_the_column_is_refused(project):
    """A contract that is broken holds, as for any file; nothing is read as if it had always been there."""
    project.morning_of(3)
    path = project.data / FILE
    duckdb.sql(f"SELECT * EXCLUDE (committed_at) FROM '{path}'").write_parquet(str(path.with_suffix(".new")))
    path.with_suffix(".new").replace(path)

    app = project.app()
    said: list[str] = []
    done = run_day(replace(app.world(data_clock(date(2019, 1, 4))), say=said.append), only=PIPELINE)
    app.close()

    assert any("not landed" in text and "committed_at" in text for text in said)
    assert {each.state for each in done} == {RunState.HELD}
    assert project.dau() == {1: 1, 2: 1}
