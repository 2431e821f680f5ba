"""dbt in a place of its own: its environment, its project, and one build as a process that is measured."""

import os
import subprocess
import sys
from pathlib import Path

import dbt_project
import measured
from company_data import FIRST_ON
from measured import Used

from holdfast.app import App

WANTED = ("dbt-core>=1.11,<1.12", "dbt-duckdb>=1.11,<1.12")
"""Installed beside the package, never with it."""


class Dbt:
    """A dbt project over the same files as a Holdfast project."""

    def __init__(self, executable: Path, folder: Path, data: Path, calendar: Path) -> None:
        self.executable = executable
        self.folder = folder
        self.database = folder.with_suffix(".duckdb")
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")},
            "BENCH_DATABASE": str(self.database.absolute()),
            "BENCH_DATA": str(data.absolute()),
            "BENCH_CALENDAR": str(calendar.absolute()),
            "BENCH_FIRST": str(FIRST_ON),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }

    def write(self, project: Path) -> tuple[int, int]:
        """The dbt project from the team's folder, parsed; how many models and tests."""
        self.database.unlink(missing_ok=True)
        written = dbt_project.write(App(project).project, self.folder)
        self._run(["parse"], may_fail=False)
        return written

    def build(self, *, may_fail: bool = False) -> tuple[Used, str]:
        """Everything that is new: models, and after each its tests."""
        return self._run(["build"], may_fail=may_fail)

    def _run(self, verb: list[str], *, may_fail: bool) -> tuple[Used, str]:
        folder = str(self.folder)
        command = [str(self.executable), *verb, "--project-dir", folder, "--profiles-dir", folder]
        return measured.run_command(command, log=self.folder / "dbt.log", env=self.env, may_fail=may_fail)


def installed(given: Path | None, out: Path) -> Path:
    """The dbt to run: the one given, or one installed below `out` once."""
    if given is not None:
        return given
    venv = (out / "dbt-venv").absolute()
    if not (venv / "bin" / "dbt").exists():
        print("installing dbt in an environment of its own", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *WANTED]
        subprocess.run(pip, check=True)
        subprocess.run([str(venv / "bin" / "python"), "-m", "compileall", "-q", str(venv / "lib")], check=False)
    return venv / "bin" / "dbt"
