"""What a process used: CPU seconds with all its threads and its own start, wall seconds, peak memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src"


@dataclass(frozen=True, slots=True)
class Used:
    """One run of one process."""

    cpu_s: float
    wall_s: float
    peak_mb: float

    def document(self) -> dict[str, float]:
        """As JSON has it."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def run(script: str, arguments: Sequence[object], *, log: Path) -> tuple[Used, str]:
    """Runs a script of this folder in a process of its own; what it used, and what it printed."""
    return run_command([sys.executable, str(HERE / script), *map(str, arguments)], log=log)


def run_verb(arguments: Sequence[object], *, log: Path, may_fail: bool = False) -> tuple[Used, str]:
    """Runs a verb of the command line in a process of its own."""
    return run_command([sys.executable, "-m", "holdfast", *map(str, arguments)], log=log, may_fail=may_fail)


def run_command(
    command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, may_fail: bool = False
) -> tuple[Used, str]:
    """Runs it with bytecode used and written as usual, in `env` when given.

    Raises SystemExit with the process's words when it fails and may not.
    """
    start = time.perf_counter()
    with log.open("w") as said, log.with_suffix(".err").open("w") as complained:
        process = subprocess.Popen(command, env=env or environment(), stdout=said, stderr=complained)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - start
    if process.returncode and not may_fail:
        words = log.with_suffix(".err").read_text() or log.read_text()[-4000:]
        raise SystemExit(f"{command} failed: {words}")
    used = Used(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss / 1024)
    return used, log.read_text()


def environment() -> dict[str, str]:
    """The variables of this process, with the package and this folder on the path and bytecode allowed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": f"{SOURCE}{os.pathsep}{HERE}"}


def byte_compile() -> None:
    """Compiles the package and what is installed, so that no run pays for it."""
    import sysconfig

    for folder in (str(SOURCE), str(HERE), sysconfig.get_path("purelib")):
        subprocess.run(
            [sys.executable, "-m", "compileall", "-q", "-j", "2", folder], env=environment(), check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )


def answer(text: str) -> Any:
    """The JSON on the last line a process printed."""
    return json.loads(text.strip().splitlines()[-1])
