"""The verb metrics: how well incidents were answered, as a table, as JSON, as a picture."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.calendars import starts_at
from holdfast.cli.opening import app_of, span_of
from holdfast.cli.telling import to_stderr, width
from holdfast.cli.timelines import seen
from holdfast.errors import DefinitionError

if TYPE_CHECKING:
    from holdfast.logbook.measures import Measures


def metrics(arguments: Namespace) -> int:
    """Of the days `--from` to `--to` on the project's clock, both counted."""
    from holdfast.logbook.scorecard import as_json, lines

    app = app_of(arguments)
    found = _measured(app, arguments)
    if arguments.plot:
        _plot(app, found, Path(arguments.plot), to_stderr if arguments.json else print)
    if arguments.json:
        print(as_json(found))
    elif not arguments.plot:
        print("\n".join(lines(found, width=width())))
    return 0


def _measured(app: App, arguments: Namespace) -> "Measures":
    from holdfast.logbook.measures import measured
    from holdfast.paging.measuring import records_of

    span, zone = span_of(arguments), app.project.zone
    start, end, now = starts_at(span.start, zone), starts_at(span.end, zone), seen(app)
    published = {name: _published(app, name) for name in app.project.pipelines}
    return measured(records_of(app.project, app.ledger, published, start, end), start, end, now, zone)


def _published(app: App, pipeline: str) -> Sequence[tuple[date, datetime]]:
    return app.ledger.published_through(pipeline)


def _plot(app: App, found: "Measures", out: Path, tell: Callable[[str], None]) -> None:
    from holdfast.logbook.scorecard_picture import picture

    if out.suffix != ".svg":
        raise DefinitionError(f"--plot {out}: give a name that ends in .svg.")
    app.write_file(out, picture(found, app.project.name))
    tell(f"Written: {out}.")
