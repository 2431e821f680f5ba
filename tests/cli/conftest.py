"""A small company's demo, made once; each test that changes something works on its own copy."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from holdfast.cli import main
from holdfast.testing.company import Company, write_company, write_truth

SOURCES = ("orders", "refunds", "costs", "fx_rates", "ledger_totals", "projections", "region_map")
ROOT = Path(__file__).parents[2]


class Answer:
    """What a verb printed, and its exit code."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def holdfast(capsys):
    """Runs a verb in this process."""

    def call(*arguments):
        capsys.readouterr()
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as left:
            code = left.code
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def arrived(tmp_path_factory):
    """A team's folder with 40 business days arrived, and nothing run."""
    folder = tmp_path_factory.mktemp("arrived") / "demo"
    company = Company(last_on=date(2025, 11, 9), orders_per_day=60, events_per_day=10)
    write_company(company, folder, sources=SOURCES)
    write_truth(company, folder)
    assert main(["init", str(folder), "--demo"]) == 0
    for other in ("aggregate_growth", "aggregate_engagement", "daily_growth", "unit_profit"):  # what the verbs say is the same for one pipeline
        shutil.rmtree(folder / "pipelines" / other)
    return folder


@pytest.fixture(scope="session")
def finished(arrived, tmp_path_factory):
    """The demo run to its end: history, then two days live. Not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "demo"
    shutil.copytree(arrived, folder)
    assert main(["demo", str(folder), "--live", "2"]) == 0
    return folder


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished demo, to change."""
    folder = tmp_path / "demo"
    shutil.copytree(finished, folder)
    return folder


@pytest.fixture
def fresh(arrived, tmp_path):
    """A copy of the folder in which nothing was run, to change."""
    folder = tmp_path / "demo"
    shutil.copytree(arrived, folder)
    return folder


@pytest.fixture
def held(project):
    """The demo with one more day, of which half of one region's costs are missing."""
    import duckdb

    assert main(["demo", str(project), "--add-days", "1"]) == 0
    file = sorted((project / "data" / "costs").glob("loaded_on=*/*.parquet"))[-1]
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * EXCLUDE (nth) FROM (SELECT *, row_number() OVER (PARTITION BY region ORDER BY cost_id) "
            f"AS nth FROM '{file}') WHERE NOT (region = 'UK' AND nth % 2 = 0)) TO '{file}.new' (FORMAT parquet)"
        )
    os.replace(f"{file}.new", file)
    assert main(["run", "-C", str(project)]) == 0
    return project


@pytest.fixture
def spawn():
    """Starts holdfast as a process of its own; ended when the test ends."""
    started = []

    def start(*arguments):
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "holdfast", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environ,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()

