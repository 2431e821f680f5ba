"""Verbs that stay: up, with its builder and its pager, and watch, the pager alone."""

import json
import os
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from holdfast.app import App
from holdfast.cli.opening import app_of, open_app
from holdfast.cli.telling import to_stderr
from holdfast.clock import SystemClock
from holdfast.errors import PagerBusy

if TYPE_CHECKING:
    from datetime import datetime

    from holdfast.incidents.incident import Incident
    from holdfast.paging.engine import PassReport

    Waiting: TypeAlias = list[tuple[Incident, datetime | None]]

BUILDER, PAGER = "builder", "pager"
LIVES = "up"


def up(arguments: Namespace) -> int:
    """Keeps a builder and a pager alive until SIGTERM or SIGINT; what runs then is finished, a second signal stops at once."""
    if arguments.only == BUILDER:
        return _builder(arguments)
    if arguments.only == PAGER:
        return _pager(arguments, expects_builder=True)
    app = app_of(arguments, _line)
    name = app.project.name
    if arguments.once:
        return max(_builder(arguments), _pager(arguments, expects_builder=False))
    _expect_free(app)
    stop = _stopped_by_signals(to_stderr)
    to_stderr(f"Building {name}, and paging for it. Stop with Ctrl-C.")
    app.beat.forget()
    app.supervisor({each: _child(arguments, each) for each in (BUILDER, PAGER)}, stop).run()
    to_stderr("Stopped.")
    return 0


def _expect_free(app: App) -> None:
    """Both places; whoever takes one in the next moment is met by a child, which says so and tries again."""
    for lock in (app.lock, app.pager_lock):
        with lock.acquire(LIVES, SystemClock().now()):
            pass


def _child(arguments: Namespace, only: str) -> tuple[str, ...]:
    at = ("--at", arguments.at) if arguments.at else ()
    return (sys.executable, "-m", "holdfast", "up", "--only", only, "-C", arguments.directory, *at)


def _builder(arguments: Namespace) -> int:
    from holdfast.cli.builder_day import BuilderDay
    from holdfast.serving import Server

    app = app_of(arguments, _line)
    stop = _stopped_by_signals(_silent if arguments.only else to_stderr)
    # Half a build is undone by the next run, and a whole one is worth keeping.
    app.when_supervisor_ends(stop.set)
    day = BuilderDay(lambda: open_app(arguments, _line))
    verbs = {"run": day.serve_run, "backfill": day.serve_backfill, "approve": day.serve_approve, "deliver": day.serve_deliver}
    beat = app.beat

    def wait(seconds: float) -> bool:
        beat.looked()
        return stop.wait(seconds)

    with app.lock.acquire(LIVES, SystemClock().now(), serves_requests=True), beat.beating():
        Server(app.ledger, day, verbs, _line, wait, time.monotonic).serve(once=arguments.once)
    return 0


def watch(arguments: Namespace) -> int:
    """One pass of the pager, or passes until SIGTERM or SIGINT."""
    return _pager(arguments, expects_builder=False)


def _pager(arguments: Namespace, *, expects_builder: bool) -> int:
    from holdfast.cli.pager_desk import pager_of

    as_json = getattr(arguments, "json", False)
    stop = threading.Event() if arguments.once else _stopped_by_signals(_silent if expects_builder else to_stderr)
    app = app_of(arguments, _line)
    # No pass is finished for a supervisor that is gone: another pager is coming, and it finds everything in the rows.
    app.when_supervisor_ends(lambda: os._exit(1))
    try:
        with _place(app, arguments.verb):
            pager = pager_of(arguments, to_stderr if arguments.once else _line, expects_builder=expects_builder)
            if not arguments.once:
                return _passes(pager.one_pass, app.ledger_changes.version, stop)
            report, waiting = pager.one_pass(), pager.waiting()
    except PagerBusy as error:
        if not arguments.once:
            raise
        to_stderr(str(error))
        return 0
    print(_as_json(report, waiting) if as_json else _told(report, waiting))
    return 1 if report.problems else 0


@contextmanager
def _place(app: App, verb: str) -> Iterator[None]:
    """The pager's. On a disk that takes no lock it goes on without: then the ledger cannot be written either, and
    somebody has to be told.
    """
    held = app.pager_lock.acquire(verb, SystemClock().now())
    try:
        held.__enter__()
    except OSError as error:
        to_stderr(f"the pager's lock cannot be taken: {error}")
        yield
        return
    try:
        yield
    finally:
        held.__exit__(None, None, None)


TICK_S = 0.5
"""How often timers and the outbox are looked at."""
GATHER_S = 5.0
"""How often signals are gathered, at the latest; sooner when somebody wrote to the ledger."""


def _passes(one_pass: "Callable[..., PassReport]", version: Callable[[], int | None], stop: threading.Event) -> int:
    seen: int | None = None
    gathered_s = float("-inf")
    while True:
        found = version()
        gathers = found is None or found != seen or time.monotonic() - gathered_s >= GATHER_S
        report = one_pass(gathers=gathers)
        for line in _lines(report):
            _line(f"{report.now:%Y-%m-%d %H:%M} UTC  {line}")
        if gathers:
            # Read after the pass, whose own writes are no news.
            seen, gathered_s = version(), time.monotonic()
        if stop.wait(TICK_S):
            return 0


def _lines(report: "PassReport") -> list[str]:
    """What opened, moved, was sent and resolved."""
    return [*(f"incident {incident.id} {event.kind}: {event.text}" for incident, event in report.moved), *report.sent]


def _told(report: "PassReport", waiting: "Waiting") -> str:
    """One pass for people, with what is still open."""
    lines = _lines(report)
    for incident, next_at in waiting:
        then = f"next at {next_at:%Y-%m-%d %H:%M} UTC" if next_at else "waits for a person or its data"
        lines.append(f"incident {incident.id} open: {incident.title} ({then})")
    if not lines and not report.problems:
        lines.append("nothing is wrong")
    return "\n".join([f"{report.now:%Y-%m-%d %H:%M} UTC", *(f"  {line}" for line in lines)])


def _as_json(report: "PassReport", waiting: "Waiting") -> str:
    return json.dumps(
        {
            "now": report.now.isoformat(),
            "moved": [
                {"incident": incident.id, "at": event.at.isoformat(), "kind": event.kind, "by": event.by, "text": event.text}
                for incident, event in report.moved
            ],
            "sent": report.sent,
            "waits": [
                {"incident": incident.id, "title": incident.title, "next_at": next_at.isoformat() if next_at else None}
                for incident, next_at in waiting
            ],
            "overdue": report.overdue,
            "problems": report.problems,
        },
        indent=2,
        ensure_ascii=False,
    )


def _line(text: str) -> None:
    print(text, flush=True)


def _silent(_: str) -> None:
    """A child's supervisor has said it."""


def _stopped_by_signals(say: Callable[[str], None]) -> threading.Event:
    stop = threading.Event()

    def stopping(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        say("Stopping after what runs now; again to stop at once.")
        stop.set()

    signal.signal(signal.SIGTERM, stopping)
    signal.signal(signal.SIGINT, stopping)
    return stop
