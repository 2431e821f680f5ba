"""Small forms of the pager's measures: each runs, and nothing is lost in it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def measure(out, *options):
    command = [sys.executable, str(ROOT / "bench" / "pager.py"), "--quick", "--out", str(out), *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (out / "pager.json").exists(), ended.stderr
    results = json.loads((out / "pager.json").read_text())
    assert (out / "pager.md").read_text().count("\n") >= 2 + len(results)
    return {part: each["found"] for part, each in results.items()}


def test_many_incidents_at_once_are_in_five_letters_each(tmp_path):
    """Of a storm nothing is left out and nothing told twice; what was due was handed over."""
    found = measure(tmp_path, "--only", "storm,due")

    assert (found["storm"]["most_letters"], found["storm"]["accounted"], found["storm"]["twice"]) == (5, 60, 0)
    assert found["due"]["sent"] == found["due"]["pages"] >= 30


@pytest.mark.slow
def test_stops_kills_and_many_open_incidents_in_small(tmp_path):
    """Nothing is lost, and a pass over incidents that rest does nothing to them."""
    found = measure(tmp_path, "--only", "crashes,chaos,open")

    assert found["crashes"]["plain"]["lost"] == found["crashes"]["plain"]["unmarked"] == 0
    assert found["crashes"]["idempotent"]["lost"] == found["crashes"]["idempotent"]["repeats"] == 0
    assert found["chaos"]["lost"] == []
    assert found["chaos"]["unmarked"] == 0
    assert found["open"]["pass_s"] > 0
