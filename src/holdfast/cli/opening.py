"""The project a verb works on, and days and pipelines as a command line spells them."""

from argparse import Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path

from holdfast.app import App, instant
from holdfast.errors import DefinitionError
from holdfast.partitions import ONE_DAY, Interval


def app_of(arguments: Namespace, say: Callable[[str], None] = print, folder: Path | None = None) -> App:
    """The project in the folder given, at the time and as the person given; closed when the verb ends."""
    app = open_app(arguments, say, folder)
    arguments.opened.append(app)
    return app


def open_app(arguments: Namespace, say: Callable[[str], None] = print, folder: Path | None = None) -> App:
    """As `app_of`, for a caller who closes it."""
    where = folder or Path(arguments.directory)
    return App(where, at=instant(arguments.at), acting_as=arguments.acting_as, say=say)


def span_of(arguments: Namespace) -> Interval:
    """The days `--from` to `--to`, both counted."""
    first, last = day(arguments.first, "--from"), day(arguments.last, "--to")
    if first > last:
        raise DefinitionError(f"--from {first} lies after --to {last}; give the earlier day first.")
    return Interval(first, last + ONE_DAY)


def day(text: str, where: str) -> date:
    """The day as written, 2026-09-18; `where` names the argument in the message."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DefinitionError(f"{where} {text}: that is no day; write it like 2026-09-18.") from None
