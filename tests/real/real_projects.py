"""Examples on the data that HOLDFAST_REAL_DATA names: used by their command line, and what is published of the data."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from real_shop import DATA, REPOSITORY

from holdfast.app import App
from holdfast.partitions import Interval

CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class RealProject:
    """A copy of an example, or the example itself."""

    folder: Path

    def holdfast(self, *arguments: str, cwd: Path = REPOSITORY) -> str:
        """What `holdfast ...` prints. AssertionError with its complaint when it does not end well."""
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", *arguments],
            env={**os.environ, "HOLDFAST_REAL_DATA": str(DATA), "PYTHONPATH": str(REPOSITORY / "src")},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def says(self, verb: str, *rest: str) -> str:
        """What the verb prints of this folder."""
        return self.holdfast(verb, "-C", str(self.folder), *rest)

    def tells(self, verb: str, *rest: str) -> Any:
        """The same as data: `--json`, whose decimals are text."""
        return json.loads(self.says(verb, *rest, "--json"))

    def figures(self, pipeline: str, *rest: str) -> dict[tuple[str, str, str], Decimal]:
        """(period, metric, segment) -> published value."""
        found = self.tells("figures", pipeline, *rest)
        keys = ("period", "metric", "segment")
        return {tuple(each[k] for k in keys): Decimal(each["value"]) for each in found if each["value"] is not None}

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Rows of published tables."""
        return self.tells("sql", "--limit", "100000", sql)

    def landed(self, span: Interval, sources: list[str], *questions: str) -> list[Any]:
        """The single answer to each query over landed sources, which only models and checks see otherwise."""
        app = App(self.folder, environ={"HOLDFAST_REAL_DATA": str(DATA)}, say=lambda _: None)
        bench = app.bench("investors")
        for source in sources:
            bench.show_source(source, span)
        try:
            return [bench.engine.rows(sql)[0][0] for sql in questions]
        finally:
            app.close()

    def shown_in_readme(self) -> Iterator[tuple[list[str], str]]:
        """(arguments of holdfast, output) of each command in the README that shows its output."""
        for block in CONSOLE.finditer((self.folder / "README.md").read_text(encoding="utf-8")):
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block[1], re.MULTILINE):
                words = shlex.split(command.removeprefix("HOLDFAST_REAL_DATA=../shared/data "))
                if words[0] == "holdfast" and output.strip():
                    yield words[1:], output


def copy_of(example: Path, folder: Path) -> RealProject:
    """The example without what earlier runs left in it."""
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns(".holdfast"))
    return RealProject(folder)


def truths_of(dataset: str) -> dict[str, int]:
    """Every published count of the data set by its name; none where the data is absent."""
    path = DATA / "truths.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return {row["name"]: int(row["expected"]) for row in rows if row["dataset"] == dataset}
