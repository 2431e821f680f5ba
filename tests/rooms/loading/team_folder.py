"""A project folder under test: mistakes are planted in it, and its problems read."""

from dataclasses import dataclass
from pathlib import Path

from holdfast.definitions.pipeline import Project
from holdfast.loading.problems import Problem
from holdfast.loading.project import Loaded, lint_project, load_project

PROFIT = "pipelines/aggregate_profit"


@dataclass(frozen=True)
class Team:
    """A project folder under test."""

    folder: Path
    cache: Path

    def load(self) -> Loaded:
        return load_project(self.folder, environ={}, cache=self.cache)

    def project(self) -> Project:
        loaded = self.load()
        assert loaded.project is not None, [str(each) for each in loaded.problems]
        return loaded.project

    def lint(self) -> list[str]:
        return [str(each) for each in lint_project(self.folder, environ={}, cache=self.cache)]

    def problems(self) -> tuple[Problem, ...]:
        return self.load().problems

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> int:
        """Swap the first `old` for `new`; the line it stood in."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        (self.folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1
