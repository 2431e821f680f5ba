"""Verbs that begin something: init, lint, new source, new pipeline."""

import json
import re
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.cli.opening import app_of
from holdfast.errors import DefinitionError

if TYPE_CHECKING:
    from holdfast.partitions import Interval

NEXT = """\
Written to {folder}: the reference team with one pipeline, aggregate_profit.
Next:
  holdfast lint -C {folder}              every problem, with file and line
  holdfast run -C {folder} --dry-run     what is due, and why
  holdfast run -C {folder}               land, build, check, publish
The sources in {folder}/sources say where the data is; `holdfast demo` generates some to try."""


def init(arguments: Namespace) -> int:
    """Writes the folder and says what to do with it."""
    from holdfast.loading.init import write_reference

    folder = Path(arguments.folder)
    write_reference(folder, name=folder.resolve().name, demo=arguments.demo)
    print(NEXT.format(folder=folder))
    return 0


def lint(arguments: Namespace) -> int:
    """Prints every problem; 1 when one of them is an error."""
    import os

    from holdfast.loading.project import lint_project

    problems = lint_project(Path(arguments.directory), environ=os.environ)
    errors = sum(1 for each in problems if each.severity == "error")
    if arguments.json:
        entries = [
            {"file": p.file, "line": p.line, "severity": p.severity, "message": p.message} for p in problems
        ]
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            print(f"{problem}" if problem.severity == "error" else f"{problem.file}:{problem.line}: warning: {problem.message}")
        print(_counted(errors, "error") + ", " + _counted(len(problems) - errors, "warning") + ".")
    return 1 if errors else 0


def calendar(arguments: Namespace) -> int:
    """Prints the named periods, or writes them where that moves no period of a published figure."""
    from datetime import timedelta

    from holdfast.calendars import fiscal_periods, standard_periods
    from holdfast.cli.opening import day
    from holdfast.loading.calendar import write_calendar

    first = day(arguments.first, "--from")
    if not 1 <= arguments.years <= 100:
        raise DefinitionError(f"--years {arguments.years}: give 1 to 100.")
    if arguments.fiscal == "months":
        last = first.replace(year=first.year + arguments.years, day=1) - timedelta(days=1)
        periods = standard_periods(first, last)
    else:
        weeks = tuple(int(part) for part in arguments.fiscal.split("-"))
        nearest = day(f"{first.year}-{arguments.nearest}", "--nearest") if arguments.nearest else None
        periods = fiscal_periods(first, arguments.years, weeks, nearest)
    text = write_calendar(periods)
    if not arguments.write:
        print(text, end="")
        return 0
    folder = _project_folder(arguments)
    _refuse_to_move_published(arguments, {(p.grain, p.name): p.interval for p in periods})
    (folder / "calendar.csv").write_text(text, encoding="utf-8")
    print(f"Written: {folder / 'calendar.csv'}, {len(periods)} periods. Check it with `holdfast lint`, and commit it.")
    return 0


def _refuse_to_move_published(arguments: Namespace, periods: "dict[tuple[str, str], Interval]") -> None:
    """A published figure keeps its period: the file may only gain rows."""
    app = app_of(arguments)
    known = {(p.grain, p.name): p.interval for p in app.project.calendar.periods}
    published = {key for pipeline in app.project.pipelines.values() for key in app.figures.periods(pipeline)}
    moved = sorted(name for key in published if key in known for name in [key[1]] if periods.get(key) != known[key])
    if moved:
        more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
        raise DefinitionError(
            f"{', '.join(moved[:3])}{more} have published figures, and this calendar has other days for them, or none. "
            "Nothing was written; begin it earlier, or add rows to calendar.csv by hand."
        )


def new_source(arguments: Namespace) -> int:
    """Drafts a contract beside the others."""
    from holdfast.loading.new import draft_source

    file, folder = Path(arguments.file), _project_folder(arguments)
    name = arguments.name or re.sub(r"\W+", "_", file.stem.lower()).strip("_")
    target = folder / "sources" / f"{name}.odcs.yaml"
    if target.exists():
        raise DefinitionError(f"{target} is there already; give the new source another --name.")
    text = draft_source(file, name)
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")
    print(f"Written: {target}. Read it: what the file could not tell is guessed and marked. Then `holdfast lint`.")
    return 0


def new_pipeline(arguments: Namespace) -> int:
    """Writes a pipeline's folder."""
    from holdfast.loading.new import write_pipeline_skeleton

    for path in write_pipeline_skeleton(app_of(arguments).project, arguments.name):
        print(path)
    print("It lints as it is. Begin with metrics.yml and the model, then `holdfast lint`.")
    return 0


def _project_folder(arguments: Namespace) -> Path:
    folder = Path(arguments.directory)
    if not (folder / "holdfast.yml").is_file():
        raise DefinitionError(f"{folder} holds no holdfast.yml, so it is no project; write one with `holdfast init`.")
    return folder


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
