"""The benchmark of a day's statistics runs the shipped model over what it says."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_small_day_counts_everybody_once() -> None:
    """Of 4,000 users one in 40 crosses over; two variants in 20 segments and in all are 42 rows."""
    command = [sys.executable, str(ROOT / "bench" / "experiments_day.py"), "--users", "4000", "--repeats", "1"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"})

    found = json.loads(ended.stdout)
    assert (found["counted"], found["crossovers"], found["rows"]) == (3900, 100, 42)
    assert found["cpu_s"] < found["limit_s"]
