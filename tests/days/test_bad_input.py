"""Input nobody can use: each gets one clear message, and every published figure stays as it was."""

import errno
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from story_company import METRICS, NEWEST, Story, arrival, copied, held, morning, moved, seen, truth_of

from holdfast.adapters.stores import parts
from holdfast.errors import BuilderBusy, DefinitionError, HoldfastError
from holdfast.releases.release import FigureState
from holdfast.runs.run import RunState
from holdfast.testing import faults

DAY = arrival(NEWEST)

FILES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "an empty file": ("costs", lambda data: faults.empty_file(data, "costs", DAY), "the file is empty (0 bytes)"),
    "a half-written file": ("orders", lambda data: faults.truncate_file(data, "orders", DAY), "No magic bytes"),
    "a column gone": ("refunds", lambda data: faults.drop_column(data, "refunds", DAY, "amount"), "amount"),
    "a column renamed": (
        "orders",
        lambda data: faults.rename_column(data, "orders", DAY, "amount", "amount_gross"),
        "renamed amount -> amount_gross",
    ),
    "a column retyped": ("costs", lambda data: faults.retype_column(data, "costs", DAY, "amount"), "amount is VARCHAR"),
    "not a number": ("orders", lambda data: faults.nan_amount(data, "orders", DAY), "amount is DOUBLE"),
}
SELDOM = ("a half-written file", "a column retyped")


@pytest.mark.parametrize("name", [pytest.param(each, marks=pytest.mark.slow) if each in SELDOM else each for each in FILES])
def test_a_file_that_breaks_its_contract(eve: Story, name: str):
    """It is not landed, one line says which and why, and its day waits under the contract's name."""
    source, inject, why = FILES[name]
    before = eve.figures()
    inject(eve.data)
    produced = eve.run(NEWEST)
    after = eve.figures()

    said = [line for line in eve.said if line.startswith(f"{source}: not landed: data/{source}/loaded_on={DAY}/")]
    assert len(said) == 1, eve.said
    assert why in said[0]
    assert [each.state for each in produced] == [RunState.HELD]
    assert f"contract src.{source}" in {cause for cause, _ in eve.causes()}
    assert {metric for metric, segment in held(after, NEWEST) if segment == ""} == METRICS
    for old, new in moved(before, after):
        assert new.reason.startswith("late rows: "), (old, new)


@pytest.mark.slow
def test_a_bad_file_is_asked_for_again(eve: Story):
    """A half-written file that is whole an hour later is landed then, and the day is out and true."""
    faults.truncate_file(eve.data, "costs", DAY)
    eve.run(NEWEST)
    eve.repair("costs", DAY)
    eve.run(NEWEST, hour=5)

    assert seen(eve.figures()) == truth_of(eve.folder)
    assert eve.holds() == []


def test_a_published_arrival_that_is_overwritten_with_rubbish(start: Callable[[str], Story]):
    """The landed copy counts on, and the file is complained of."""
    story = start("newest")
    before = story.figures()
    faults.truncate_file(story.data, "orders", arrival(NEWEST))

    assert story.run(NEWEST, hour=5) == []
    assert [line for line in story.said if line.startswith("orders: not landed: ")] == story.said
    assert story.figures() == before


def test_a_column_more_is_harmless(eve: Story):
    """An added column is told of as a warning; everything is published and true (F20)."""
    faults.add_column(eve.data, "costs", DAY, "cost_centre")
    produced = eve.run(NEWEST)

    assert [each.state for each in produced] == [RunState.PUBLISHED]
    assert seen(eve.figures()) == truth_of(eve.folder)


def test_a_missing_folder(eve: Story):
    """A source whose folder is gone is named in one message, and its contract holds every day that its rows may change."""
    before = eve.figures()
    faults.drop_source(eve.data, "costs")
    produced = eve.run(NEWEST)
    after = eve.figures()

    said = [line for line in eve.said if "source 'costs' reads" in line and "data/costs, which is not there" in line]
    assert len(said) == 1, eve.said
    assert [each.state for each in produced] == [RunState.HELD]
    assert ("contract src.costs", "") in eve.causes()
    assert {metric for metric, segment in held(after, NEWEST) if segment == ""} == METRICS
    assert [(old, new) for old, new in moved(before, after) if old.grain == "day" and old.period >= "2026-09-15"] == []


MODELS = "pipelines/aggregate_profit/models"


def _two_models(story: Story) -> None:
    (story.folder / "shared/models").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(story.folder / MODELS / "fact_costs.sql", story.folder / "shared/models/fact_costs.sql")
    (story.folder / "shared/owners.yml").write_text("owners: {primary: james, secondary: jill}\n")


def _a_cycle(story: Story) -> None:
    path = f"{MODELS}/fact_orders.sql"
    story.edit(path, "-- reads: ", "-- reads: agg_profit_daily 0..0; ")
    story.edit(path, "WHERE o.business_on >= $start", "WHERE o.line_no <> (SELECT COUNT(*) FROM agg_profit_daily AS a) AND o.business_on >= $start")


DEFINITIONS: dict[str, tuple[Callable[[Story], None], str, str]] = {
    "a typo": (
        lambda s: s.edit("pipelines/aggregate_profit/pipeline.yml", "audience:", "audeince:"),
        "pipelines/aggregate_profit/pipeline.yml:2",
        "Did you mean 'audience'?",
    ),
    "broken YAML": (
        lambda s: s.edit("pipelines/aggregate_profit/checks.yml", "checks:", "checks: {"),
        "pipelines/aggregate_profit/checks.yml:",
        "",
    ),
    "two models of one name": (_two_models, "fact_costs.sql", "fact_costs"),
    "a cycle": (_a_cycle, "fact_orders.sql", "agg_profit_daily"),
    "a model of two grains": (
        lambda s: s.edit(f"{MODELS}/agg_profit_monthly.sql", "-- period: month", "-- period: month, week"),
        "agg_profit_monthly.sql:",
        "month, week",
    ),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_folder_that_cannot_be_read(start: Callable[[str], Story], name: str):
    """Nothing runs, each mistake is one located line, and a reader of the mended folder sees what was there."""
    breaks, where, why = DEFINITIONS[name]
    story = start("newest")
    before = story.figures()
    whole = copied(story.folder, story.folder.with_name("whole"), story.good)
    breaks(story)
    with pytest.raises(DefinitionError) as raised:
        story.run(NEWEST, hour=5)

    lines = str(raised.value).splitlines()
    assert any(where in line and why in line for line in lines), lines
    assert len(lines) <= 3, lines
    shutil.rmtree(whole.folder / ".holdfast")
    shutil.copytree(story.folder / ".holdfast", whole.folder / ".holdfast")
    assert whole.figures() == before


def test_two_runs_at_once(eve: Story):
    """The second is told who is building since when, and has changed nothing."""
    with eve.app() as first, eve.app() as second, first.lock.acquire("run", morning(NEWEST)):
        with pytest.raises(BuilderBusy, match=r"holdfast run is building since 2026-09-21 03:00:00 UTC \(process \d+\)"):
            with second.lock.acquire("run", morning(NEWEST)):
                pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root; the simulated full disk below is run")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("left_kb", [pytest.param(0, marks=pytest.mark.slow), 64, pytest.param(400, marks=pytest.mark.slow), pytest.param(1000, marks=pytest.mark.slow)])
def test_a_full_disk(mornings: Path, small_disk: Path, left_kb: int):
    """However much is left when it runs full: one message, and once there is room the same run ends true."""
    shutil.copytree(mornings / "eve", small_disk / "eve")
    story = Story(small_disk / "eve", mornings / "empty" / "data")
    before = story.figures()
    _fill(small_disk / "filler", left_kb)
    said = _said(story)

    assert "disk" in said, said
    assert said.count(" is full") <= 1, said
    (small_disk / "filler").unlink()
    assert story.figures() == before or seen(story.figures()) == truth_of(story.folder)
    story.run(NEWEST, hour=5)
    assert seen(story.figures()) == truth_of(story.folder)


def _fill(filler: Path, left_kb: int) -> None:
    room = shutil.disk_usage(filler.parent).free - left_kb * 1024
    with filler.open("wb") as file:
        file.write(b"\0" * room)


def _said(story: Story) -> str:
    """What the run told a person, however it ended."""
    try:
        produced = story.run(NEWEST)
    except HoldfastError as error:
        return str(error)
    return " ".join({line for line in (*map(str, produced), *story.said) if "disk" in line})


@pytest.mark.parametrize("file", ["CURRENT", pytest.param("000003.json", marks=pytest.mark.slow)])
def test_a_write_that_fails_at_publication(eve: Story, monkeypatch: pytest.MonkeyPatch, file: str):
    """The disk refuses the manifest, or the rename: the run fails with one message; the next one succeeds."""
    before = eve.figures()
    write = parts._write_synced  # noqa: SLF001 - the seam at which the disk is asked

    def refuse(path: Path, text: str) -> None:
        if path.name == file or (file != "CURRENT" and path.suffix == ".json"):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(parts, "_write_synced", refuse)
        produced = eve.run(NEWEST)
    assert [each.state for each in produced] == [RunState.FAILED]
    assert produced[0].message.count("the disk is full") == 1
    assert eve.figures() == before

    eve.run(NEWEST, hour=5)
    assert seen(eve.figures()) == truth_of(eve.folder)
    assert all(f.state is FigureState.PRELIMINARY for f in eve.figures().values())
