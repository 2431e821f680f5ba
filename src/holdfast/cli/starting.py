"""Verbs that begin something: init, lint, new source, new pipeline."""

import json
import re
from argparse import Namespace
from pathlib import Path

from holdfast.cli.opening import app_of
from holdfast.errors import DefinitionError

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
