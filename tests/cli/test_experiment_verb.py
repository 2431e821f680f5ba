"""`holdfast experiment` over published statistics, and over a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from experiments_project import write_file, write_project

from holdfast.cli import main
from holdfast.testing.experiment_rows import drawn, rows

REGIONS = ("EU", "UK")
SRC = Path(__file__).parents[2] / "src"


def some_rows():
    rng = np.random.default_rng(1)
    member = rng.integers(0, 2, 3000)
    return [
        *rows(drawn(rng, 3000, 8, lift=0.8), "checkout_button", segments=REGIONS, member=member, crossovers=5),
        *rows(drawn(rng, 150, 8), "tiny"),
        *rows(drawn(rng, 4000, 8, treated_share=0.56), "onboarding_steps"),
    ]


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """A project that published eight days. Not to be changed."""
    folder = tmp_path_factory.mktemp("experiments") / "project"
    write_project(folder, some_rows())
    assert main(["run", "-C", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The same statistics as a Parquet file."""
    return write_file(tmp_path_factory.mktemp("file") / "stats.parquet", some_rows())


def test_a_published_experiment_is_read(holdfast, published):
    """Name in, verdict out, through the newest published day."""
    answer = holdfast("experiment", "-C", published, "checkout_button")

    assert answer.code == 0
    assert answer.out.startswith("checkout_button through 2026-03-09: ")
    assert "5 users" in answer.out


def test_the_file_says_what_the_published_table_says(holdfast, published, file, tmp_path):
    """Statistics handed over as Parquet or CSV read like the published ones."""
    csv = write_file(tmp_path / "stats.csv", some_rows())
    told = holdfast("experiment", "-C", published, "checkout_button", "--json").out

    assert holdfast("experiment", "checkout_button", "--stats", file, "--json").out == told
    assert holdfast("experiment", "checkout_button", "--stats", csv, "--json").out == told


def test_a_failed_check_is_a_banner_of_its_experiment(holdfast, published):
    """The failing experiment's read-out says so first, the other one's does not; both are read."""
    tiny = holdfast("experiment", "-C", published, "tiny")
    assert tiny.out.startswith("! Check 'many_users' failed on this day:")
    assert "tiny through 2026-03-09" in tiny.out
    assert holdfast("experiment", "-C", published, "checkout_button", "--json").json["banners"] == []


def test_a_wrong_split_is_refused_with_its_reason(holdfast, published):
    """The exit code is fine, the read-out is not there."""
    answer = holdfast("experiment", "-C", published, "onboarding_steps", "--json")

    assert answer.code == 0
    assert answer.json["comparisons"] == []
    assert "planned shares" in answer.json["refused"]


def test_without_a_name_every_experiment_has_a_line(holdfast, published):
    """The overview counts what is refused."""
    answer = holdfast("experiment", "-C", published)
    assert [line.split()[0] for line in answer.out.splitlines()[1:4]] == ["checkout_button", "onboarding_steps", "tiny"]
    assert "1 of 3 are refused" in answer.out
    assert len(holdfast("experiment", "-C", published, "--json").json) == 3


def test_an_earlier_day_is_read_as_it_was(holdfast, published):
    """--day takes the path up to that day and nothing later."""
    told = holdfast("experiment", "-C", published, "checkout_button", "--day", "2026-03-06", "--json").json
    assert told["day"] == "2026-03-06"
    assert told["comparisons"][0]["path"][-1]["day"] == "2026-03-06"


def test_a_segment_is_read_alone(holdfast, published):
    """--segment takes its users only."""
    told = holdfast("experiment", "-C", published, "checkout_button", "--segment", "EU", "--json").json
    assert told["segment"] == "EU"
    assert sum(each["users"] for each in told["sample_ratio"]["variants"]) < 2000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["checkout_buton"], "Did you mean 'checkout_button'?"),
        (["zzz"], "Experiments: checkout_button, onboarding_steps, tiny."),
        (["tiny", "--day", "2027-01-01"], "the published days are 2026-03-02 to 2026-03-09"),
        (["tiny", "--day", "soon"], "that is no day"),
        (["checkout_button", "--segment", "EUU"], "Did you mean 'EU'?"),
        (["tiny", "--plot", "picture.png"], "ends in .svg"),
        (["--segment", "EU"], "name it"),
    ],
)
def test_what_cannot_be_answered_says_what_can(holdfast, file, arguments, said):
    """An unknown name, day, segment or kind of picture is answered with what there is."""
    answer = holdfast("experiment", *arguments, "--stats", file)
    assert answer.code == 1
    assert said in answer.err


def test_pictures_and_pages_are_written(holdfast, file, tmp_path):
    """--plot and --html write files; with --json the answer is printed as well."""
    svg, html = tmp_path / "a.svg", tmp_path / "a.html"
    answer = holdfast("experiment", "checkout_button", "--stats", file, "--plot", svg, "--html", html)

    assert answer.out.splitlines() == [f"Written: {svg}.", f"Written: {html}."]
    assert svg.read_bytes().startswith(b"<svg")
    assert html.read_text().startswith("<!DOCTYPE html>")
    assert holdfast("experiment", "checkout_button", "--stats", file, "--html", html, "--json").json["day"]


def test_two_processes_write_the_same_bytes(file, tmp_path):
    """Hash seeds, sets and dictionaries leave no trace in any output."""
    said = []
    for seed in ("1", "2"):
        page = tmp_path / f"{seed}.html"
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", "experiment", "checkout_button", "--stats", str(file), "--json", "--html", str(page)],
            env={**os.environ, "PYTHONPATH": str(SRC), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        said.append((done.stdout, page.read_bytes()))
    assert said[0] == said[1]
    assert json.loads(said[0][0])


def test_without_the_extra_it_says_what_to_install(file):
    """Where tea-tasting is missing the message names the extra, and there is no traceback."""
    program = "import sys; sys.modules['tea_tasting'] = None; from holdfast.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "experiment", "checkout_button", "--stats", str(file)],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'holdfast[experiments]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.csv", None, "there is no such file"),
        ("stats.xlsx", "", "read from .parquet or .csv files"),
        ("stats.csv", "day,experiment\n2026-01-01,a\n", "lacks variant, segment, planned_share"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(holdfast, tmp_path, name, content, said):
    """Missing, of another kind, or without the columns."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    answer = holdfast("experiment", "a", "--stats", path)
    assert answer.code == 1
    assert said in answer.err


@pytest.mark.parametrize(
    ("line", "changed", "said"),
    [
        (1, lambda cells: [*cells[:7], "many", *cells[8:]], "many"),
        (1, lambda cells: [*cells[:7], "", *cells[8:]], "column n has an empty value"),
        (1, lambda cells: [*cells[:7], "-5", *cells[8:]], "cannot be negative"),
        (2, None, "two rows have experiment 'tiny', day '2026-03-02', segment '', variant 'control'"),
    ],
)
def test_values_that_cannot_be_are_refused(holdfast, tmp_path, line, changed, said):
    """A text for a number, nothing for a number, a negative count, the same row twice."""
    path = write_file(tmp_path / "stats.csv", list(rows(drawn(np.random.default_rng(1), 300, 1), "tiny")))
    lines = path.read_text().splitlines()
    lines[line] = ",".join(changed(lines[line].split(","))) if changed else lines[1]
    path.write_text("\n".join(lines) + "\n")

    answer = holdfast("experiment", "tiny", "--stats", path)
    assert answer.code == 1
    assert said in answer.err


def test_a_project_without_statistics_says_so(holdfast, finished):
    """Where no pipeline publishes the table the message names it and the other way in."""
    answer = holdfast("experiment", "-C", finished, "anything")
    assert answer.code == 1
    assert "no table exp_unit_profit is published" in answer.err
