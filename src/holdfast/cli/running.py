"""Verbs that build: run, backfill; each with the builder's lock, or by asking whoever holds it."""

import json
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.cli.opening import app_of, span_of
from holdfast.cli.telling import Progress, is_terminal, to_stderr
from holdfast.clock import SystemClock
from holdfast.errors import WorldError
from holdfast.runs.run import RunState

if TYPE_CHECKING:
    from holdfast.releases.produce import Produced

POLL_S = 0.1


def run(arguments: Namespace) -> int:
    """Runs the day, or has the builder beside run it."""
    progress = Progress(1, sys.stderr if arguments.json else sys.stdout)
    app = app_of(arguments, progress.note)
    if arguments.pipeline:
        app.pipeline(arguments.pipeline)
    if arguments.dry_run:
        return _dry_run(app, arguments)
    given = {"pipeline": arguments.pipeline} if arguments.pipeline else {}
    return building(
        app, "run", given, lambda: run_day_of(app, arguments.pipeline), arguments.json, progress
    )


def backfill(arguments: Namespace) -> int:
    """Rebuilds days, or has the builder beside do it."""
    from holdfast.backfill import backfill as rebuild
    from holdfast.backfill import replay

    progress = Progress(1, sys.stderr if arguments.json else sys.stdout)
    app = app_of(arguments, progress.note)
    pipeline, span = app.pipeline(arguments.pipeline), span_of(arguments)
    given = {"pipeline": pipeline.name, "from": str(span.start), "to": str(span.last)}
    if arguments.replay:
        given["replay"] = "yes"

    def build() -> "list[Produced]":
        app.ledger.audit(str(app.actor), "backfill", f"{pipeline.name} {span}", app.clock.now())
        return (replay if arguments.replay else rebuild)(app.world(), pipeline, span)

    return building(app, "backfill", given, build, arguments.json, progress)


def building(
    app: App,
    verb: str,
    given: dict[str, str],
    build: "Callable[[], list[Produced]]",
    as_json: bool,
    progress: Progress,
) -> int:
    """Does it with the builder's lock, or asks the builder that serves requests and waits for its answer."""
    holder = app.lock.holder()
    if holder is not None and holder.serves_requests:
        return ask(app, verb, given, as_json)
    with app.lock.acquire(verb, SystemClock().now()):
        done = build()
    progress.end()
    if as_json:
        print(json.dumps([as_object(each) for each in done], indent=2, ensure_ascii=False))
    elif not done:
        print("Nothing is due.")
    elif is_terminal(progress.stream):
        print(*done, sep="\n")
    return 1 if any(each.state is RunState.FAILED for each in done) else 0


def ask(app: App, verb: str, given: dict[str, str], as_json: bool = False) -> int:
    """Writes a request row, waits for the builder, and prints what it answers; 1 when it failed."""
    number = app.ledger.ask(verb, given | ({"json": "yes"} if as_json else {}), str(app.actor), SystemClock().now())
    to_stderr(f"A builder is up: asked it as request {number}, waiting for its answer.")
    gone = 0
    while (request := app.ledger.request(number)).state not in ("done", "failed"):
        gone = gone + 1 if app.lock.holder() is None else 0
        if gone * POLL_S > 3:
            raise WorldError(
                f"the builder stopped before it answered request {number}. The next `holdfast up` serves it; "
                "or run this again to do it here."
            )
        time.sleep(POLL_S)
    print(request.answer, file=sys.stdout if request.state == "done" else sys.stderr)
    return 0 if request.state == "done" else 1


def run_day_of(app: App, only: str | None) -> "list[Produced]":
    """The day of every pipeline, or of that one."""
    from holdfast.day import run_day

    return run_day(app.world(), None if only is None else [only])


def _dry_run(app: App, arguments: Namespace) -> int:
    """What would be landed and built; an empty project is looked at through a ledger that is thrown away."""
    from holdfast.day import runs_due
    from holdfast.releases.status import due_lines, due_object
    from holdfast.standing import to_land

    with tempfile.TemporaryDirectory(prefix="holdfast-dry-") as beside:
        if not (app.state / "ledger.db").is_file():
            app.ledger = app.open_copy(Path(beside) / "ledger.db")
        world = app.world()
        names = [arguments.pipeline] if arguments.pipeline else sorted(app.project.pipelines)
        pipelines = [app.pipeline(name) for name in names]
        arriving = to_land(world, pipelines)
        due = [run for pipeline in pipelines for run in runs_due(world, pipeline)]
        app.close()
    if arguments.json:
        files = {name: [file.path for file in arrivals.files] for name, arrivals in arriving.items()}
        print(json.dumps({"to_land": files, "due": [{"pipeline": r.pipeline} | due_object(r) for r in due]}, indent=2))
        return 0
    for name, arrivals in arriving.items():
        print(f"to land  {name}: {_files(arrivals.files[0].path, arrivals.files[-1].path, len(arrivals.files))}")
    for run in due:
        print(f"due      {run.pipeline} {due_lines([run])[0]}")
    if arriving:
        print("Days stay due until they are landed and built; late rows in files not landed yet may add earlier days.")
    print("Nothing was changed." if arriving or due else "Nothing is due.")
    return 0


def _files(first: str, last: str, count: int) -> str:
    return first if count == 1 else f"{count} files, {first} .. {last}"


def as_object(produced: "Produced") -> dict[str, str | int]:
    """For programs."""
    return {
        "pipeline": produced.pipeline,
        "days": produced.days,
        "state": produced.state.value,
        "figures": produced.figures,
        "held": produced.held,
        "message": produced.message,
    }
