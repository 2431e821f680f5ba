"""The builder's day and the requests it serves, over the project as it is at each look."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.cli.running import as_object, run_day_of
from holdfast.runs.run import RunState

if TYPE_CHECKING:
    from holdfast.releases.produce import Produced
    from holdfast.runs.ports import Request
    from holdfast.serving import Answer


class BuilderDay:
    """The project as it is at each look: definitions are read again, so an edit counts at the next one."""

    def __init__(self, open_project: Callable[[], App]) -> None:
        self._open = open_project

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
            said = repr((arrived, definitions_of(app.folder), now.date(), now.hour if fetched else None))
        finally:
            app.close()
        return hashlib.sha256(said.encode()).hexdigest()

    def run(self) -> bool:
        """The day; False when a run failed, or an output could not be delivered: the builder then tries again."""
        from holdfast.standing import is_behind

        app = self._open()
        try:
            good = all(each.state is not RunState.FAILED for each in run_day_of(app, None))
            return good and not is_behind(app.world())
        finally:
            app.close()

    def serve_run(self, request: "Request") -> "Answer":
        """What `holdfast run` asks."""
        return self._build(request, lambda app: run_day_of(app, request.arguments.get("pipeline")))

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
            return good, json.dumps([as_object(each) for each in done], indent=2, ensure_ascii=False)
        return good, "\n".join(map(str, done)) or "Nothing is due."


def definitions_of(folder: Path) -> list[tuple[str, int, int]]:
    """The folder's own files: path, size and time, without data and state."""
    apart = {".holdfast", "data", "truth", ".git"}
    tops: Sequence[Path] = [each for each in sorted(folder.iterdir()) if each.name not in apart]
    files = [path for top in tops for path in ([top] if top.is_file() else sorted(top.rglob("*")))]
    found = [(str(path), path.stat()) for path in files if path.is_file()]
    return [(path, stat.st_size, stat.st_mtime_ns) for path, stat in found]
