"""Statistics of published experiments, made with the examples' SELECTs and read by the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from real_shop import DATA, REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "experiments"


def statistics_of(name: str, folder: Path) -> Path:
    """The example's SELECT over the real data, as a file."""
    path = folder / f"{name}.parquet"
    connection = duckdb.connect()
    connection.execute(f"SET file_search_path = '{DATA}'")
    connection.sql((EXAMPLE / f"{name}.sql").read_text()).write_parquet(str(path))
    return path


def says(*arguments: str | Path) -> str:
    """What `holdfast experiment` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "experiment", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tells(*arguments: str | Path) -> Any:
    """The same as data."""
    return json.loads(says(*arguments, "--json"))
