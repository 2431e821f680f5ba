"""The benchmark runs, comes to equal rows, and says of every target what it came to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_quick_benchmark_measures_everything(tmp_path: Path) -> None:
    """Both roads to the same rows, every target with its figure, and no reader ever saw a torn state."""
    command = [sys.executable, str(ROOT / "bench" / "run.py"), "--quick", "--out", str(tmp_path)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "bench.json").read_text())
    assert len(found["equal"]) == 10
    assert all(table["equal"] and table["rows"] for table in found["equal"].values())
    assert all(reader["torn"] == reader["failed"] == 0 and reader["reads"] for reader in found["readers"]["readers"])
    assert found["readers"]["writer"]["releases"] == 12
    assert (tmp_path / "bench.md").read_text().count(" | met |") >= 1
    assert (tmp_path / "bench.svg").read_bytes().startswith(b"<svg")
