"""Verbs that build: run, backfill, up; each with the builder's lock, or by asking whoever holds it."""

import json
import signal
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.cli.opening import app_of, open_app, span_of
from holdfast.cli.telling import Progress, is_terminal, to_stderr
from holdfast.clock import SystemClock
from holdfast.errors import WorldError
from holdfast.runs.run import RunState

if TYPE_CHECKING:
    from holdfast.releases.produce import Produced
    from holdfast.runs.ports import Request
    from holdfast.serving import Answer

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
        app, "run", given, lambda: _run_day(app, arguments.pipeline), arguments.json, progress
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
        print(json.dumps([_object(each) for each in done], indent=2, ensure_ascii=False))
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


def up(arguments: Namespace) -> int:
    """Serves until SIGTERM or SIGINT; what runs then is finished first, a second signal stops at once."""
    from holdfast.serving import Server

    app = app_of(arguments, _line)
    stop = threading.Event()
    _stop_on_signals(stop)
    day = _Day(arguments)
    with app.lock.acquire("up", SystemClock().now(), serves_requests=True):
        to_stderr(f"Building {app.project.name}. Stop with Ctrl-C.")
        verbs = {"run": day.serve_run, "backfill": day.serve_backfill, "approve": day.serve_approve, "deliver": day.serve_deliver}
        Server(app.ledger, day, verbs, _line, stop.wait, time.monotonic).serve(once=arguments.once)
    to_stderr("Stopped.")
    return 0


class _Day:
    """The project as it is at each look: definitions are read again, so an edit counts at the next one."""

    def __init__(self, arguments: Namespace) -> None:
        self._arguments = arguments

    def _open(self) -> App:
        return open_app(self._arguments, _line)

    def signs(self) -> str:
        """Arrivals, definitions and the business day, with the hour where something is fetched, as one text."""
        import hashlib

        app = self._open()
        try:
            arrived = [
                (f.source, f.path, f.size, f.modified_ns)
                for source in app.project.sources.values()
                for f in app.arrivals_or_none(source.name)
            ]
            now = app.clock.now()
            # What an API or a database has new shows only when it is asked: once an hour.
            fetched = any(source.fetched_from for source in app.project.sources.values())
            said = repr((arrived, _definitions(app.folder), now.date(), now.hour if fetched else None))
        finally:
            app.close()
        return hashlib.sha256(said.encode()).hexdigest()

    def run(self) -> bool:
        """The day; False when a run failed, or an output could not be delivered: the builder then tries again."""
        from holdfast.standing import is_behind

        app = self._open()
        try:
            good = all(each.state is not RunState.FAILED for each in _run_day(app, None))
            return good and not is_behind(app.world())
        finally:
            app.close()

    def serve_run(self, request: "Request") -> "Answer":
        """What `holdfast run` asks."""
        return self._build(request, lambda app: _run_day(app, request.arguments.get("pipeline")))

    def serve_backfill(self, request: "Request") -> "Answer":
        """What `holdfast backfill` asks."""
        from datetime import date

        from holdfast.backfill import backfill as rebuild
        from holdfast.backfill import replay
        from holdfast.partitions import ONE_DAY, Interval

        given = request.arguments
        span = Interval(date.fromisoformat(given["from"]), date.fromisoformat(given["to"]) + ONE_DAY)

        def build(app: App) -> "list[Produced]":
            pipeline = app.pipeline(given["pipeline"])
            app.ledger.audit(request.actor, "backfill", f"{pipeline.name} {span}", app.clock.now())
            return (replay if "replay" in given else rebuild)(app.world(), pipeline, span)

        return self._build(request, build)

    def serve_approve(self, request: "Request") -> "Answer":
        """What `holdfast approve` asks; who may was proved where the person sat."""
        from holdfast.cli.deciding import after_a_decision, record

        given = request.arguments

        def build(app: App) -> "list[Produced]":
            hold = record(app, int(given["hold"]), given["by"], request.actor, given["reason"])
            return [] if "no_run" in given else after_a_decision(app, hold.pipeline)

        return self._build(request, build)

    def serve_deliver(self, request: "Request") -> "Answer":
        """What `holdfast deliver` asks."""
        from holdfast.cli.delivering import hand_over

        app = self._open()
        try:
            return hand_over(app, request.arguments)
        finally:
            app.close()

    def _build(self, request: "Request", build: "Callable[[App], list[Produced]]") -> "Answer":
        app = self._open()
        try:
            done = build(app)
        finally:
            app.close()
        good = all(each.state is not RunState.FAILED for each in done)
        if "json" in request.arguments:
            return good, json.dumps([_object(each) for each in done], indent=2, ensure_ascii=False)
        return good, "\n".join(map(str, done)) or "Nothing is due."


def _run_day(app: App, only: str | None) -> "list[Produced]":
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


def _object(produced: "Produced") -> dict[str, str | int]:
    return {
        "pipeline": produced.pipeline,
        "days": produced.days,
        "state": produced.state.value,
        "figures": produced.figures,
        "held": produced.held,
        "message": produced.message,
    }


def _definitions(folder: Path) -> list[tuple[str, int, int]]:
    """The folder's own files: path, size and time, without data and state."""
    apart = {".holdfast", "data", "truth", ".git"}
    tops: Sequence[Path] = [each for each in sorted(folder.iterdir()) if each.name not in apart]
    files = [path for top in tops for path in ([top] if top.is_file() else sorted(top.rglob("*")))]
    found = [(str(path), path.stat()) for path in files if path.is_file()]
    return [(path, stat.st_size, stat.st_mtime_ns) for path, stat in found]


def _line(text: str) -> None:
    print(text, flush=True)


def _stop_on_signals(stop: threading.Event) -> None:
    def stopping(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        to_stderr("Stopping after what runs now; again to stop at once.")
        stop.set()

    signal.signal(signal.SIGTERM, stopping)
    signal.signal(signal.SIGINT, stopping)

