"""How long a read-out takes: `python bench/experiments.py [--segments 20] [--days 60] [--users 40000]`.

How many users there were does not matter to a read-out, which reads their sums. Starting means Python, numpy and
tea-tasting; the target is for what comes after. A target that is missed is printed as missed; it fails nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src")]

import duckdb
import numpy as np

from holdfast.experiments.statistics import COLUMNS
from holdfast.testing.experiment_rows import drawn, rows, values

TARGET_S = 0.3
TRIES = 5
INSIDE = """
import sys, time
from pathlib import Path
import numpy, tea_tasting.metrics, scipy.special
from holdfast.app import statistics_file
from holdfast.experiments.readout import read_out
from holdfast.readouts import document, page, picture, text
import duckdb
began = time.perf_counter(), time.process_time()
with statistics_file(Path(sys.argv[1])) as found:
    day = found.days()["bench"][-1]
    read = read_out(found.rows("bench", day))
said = text.lines(read, [])
wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
page.page(read, [])
print(wall, cpu, time.perf_counter() - began[0] - wall)
"""


def main() -> None:
    """Makes the statistics, reads them in fresh processes, prints the best of a few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--users", type=int, default=40_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "statistics.parquet"
        count = written(path, arguments.segments, arguments.days, arguments.users)
        print(f"{count:,} rows: {arguments.segments} segments and everybody, {arguments.days} days, 2 variants")
        inside = [process([sys.executable, "-c", INSIDE, str(path)])[0].split() for _ in range(TRIES)]
        wall, cpu, page = (min(float(each[at]) for each in inside) for at in range(3))
        verdict = "met" if wall <= TARGET_S else "missed"
        print(f"read-out after start      {wall:6.3f} s wall, {cpu:6.3f} s CPU; target {TARGET_S} s: {verdict}")
        print(f"page on top of it         {page:6.3f} s wall")
        command = [sys.executable, "-m", "holdfast", "experiment", "bench", "--stats", str(path)]
        whole = min(process(command)[1] for _ in range(TRIES))
        bare = min(process([sys.executable, "-c", "import tea_tasting.metrics, scipy.special"])[1] for _ in range(TRIES))
        print(f"`holdfast experiment`     {whole:6.3f} s wall from nothing, of which {bare:.3f} s Python and tea-tasting")


def written(path: Path, segments: int, days: int, users: int) -> int:
    """A generated experiment's statistics as a file; how many rows."""
    rng = np.random.default_rng(1)
    names = [f"region={at:02d}" for at in range(segments)]
    found = drawn(rng, users, days, lift=0.05)
    made = [values(row) for row in rows(found, "bench", segments=names, member=rng.integers(0, segments, users))]
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE statistics ({', '.join(f'{name} {kind}' for name, kind in COLUMNS)})")
    connection.executemany(f"INSERT INTO statistics VALUES ({', '.join('?' * len(COLUMNS))})", made)
    connection.execute(f"COPY statistics TO '{path}'")
    return len(made)


def process(command: list[str]) -> tuple[str, float]:
    """What it prints, and how long it took from nothing."""
    began = time.perf_counter()
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True)
    return done.stdout, time.perf_counter() - began


if __name__ == "__main__":
    main()
