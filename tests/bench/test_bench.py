"""The benchmark runs, comes to equal rows, and says of every target what it came to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DBT = "HOLDFAST_BENCH_DBT"
"""Path of a dbt-core 1.11 with dbt-duckdb, outside of the package's own environment."""


def benchmark(out: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "bench" / "run.py"), "--quick", "--out", str(out), *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads((out / "bench.json").read_text()))


@pytest.mark.slow
def test_a_quick_benchmark_measures_everything_but_dbt(tmp_path: Path) -> None:
    """Both roads to the same rows of three pipelines, every target with its figure, and no reader saw a torn state."""
    found = benchmark(tmp_path, "--only", "hand,holdfast,windows,days,swap,readers")

    assert len(found["equal"]) == 38
    assert all(table["equal"] and table["rows"] for table in found["equal"].values())
    assert len({tuple(way["last"]) for way in found["windows"].values()}) == 1
    assert len(found["new_days"]) == 3
    assert all(reader["torn"] == reader["failed"] == 0 and reader["reads"] for reader in found["readers"]["readers"])
    assert found["readers"]["writer"]["releases"] == 6
    assert (tmp_path / "bench.md").read_text().count(" | met |") >= 1
    assert (tmp_path / "bench.svg").read_bytes().startswith(b"<svg")


@pytest.mark.slow
@pytest.mark.skipif(DBT not in os.environ, reason=f"{DBT} names no dbt to run")
def test_dbt_builds_the_same_tables_and_shows_a_bad_day_before_its_tests_fail(tmp_path: Path) -> None:
    """dbt's tables equal the hand-written ones; a region missing is in its table, and held by Holdfast."""
    found = benchmark(tmp_path, "--only", "hand,holdfast,dbt,days,bad-day", "--dbt", os.environ[DBT])

    assert len(found["dbt_equal"]) == 35
    assert all(table["equal"] and table["rows"] for table in found["dbt_equal"].values())
    assert len(found["dbt_days"]) == 3
    bad = found["bad_day"]
    assert "aggregate_profit_orders_complete" in bad["dbt"]["failed"]
    assert (bad["dbt"]["regions"], bad["dbt"]["totals"]) == (4, 0)
    assert bad["dbt"]["lines"] > 0
    assert (bad["holdfast"]["lines"], bad["holdfast"]["totals"]) == (0, 0)


@pytest.mark.slow
def test_what_was_measured_before_stays_when_one_part_is_measured_again(tmp_path: Path) -> None:
    """`--only` keeps the other parts of an earlier run of the same size, and drops those of another size."""
    earlier = {"lines": 60_000, "events": 200_000, "days": 90, "swap": {"large_ms": 2.0, "small_ms": 1.0}}
    (tmp_path / "bench.json").write_text(json.dumps(earlier))
    kept = benchmark(tmp_path, "--only", "hand")
    (tmp_path / "bench.json").write_text(json.dumps({**earlier, "events": 1}))
    dropped = benchmark(tmp_path, "--only", "hand")

    assert kept["swap"] == earlier["swap"]
    assert "hand_whole" in kept
    assert "swap" not in dropped
