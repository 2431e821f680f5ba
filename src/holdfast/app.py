"""Wiring: the only module that names adapters, and the only place besides the clock where time and the
environment come in.
"""

import getpass
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast import __version__
from holdfast.calendars import day_of
from holdfast.clock import Clock, FixedClock, SystemClock, Waiting, data_clock
from holdfast.definitions.people import Actor, identify
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.errors import DefinitionError, WorldError
from holdfast.loading.project import Loaded, load_project
from holdfast.partitions import ONE_DAY

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from threading import Event

    from holdfast.adapters.beats import BeatFile
    from holdfast.adapters.children import Supervisor
    from holdfast.adapters.emergency_note import EmergencyNote
    from holdfast.adapters.ledgers.changes import LedgerChanges
    from holdfast.adapters.ledgers.sqlite import Ledger
    from holdfast.adapters.locks import Books, FileLock
    from holdfast.adapters.sources.finding import Pages, Rows, Sources
    from holdfast.adapters.stores.parts import PartStore
    from holdfast.adapters.stores.queries import Queries
    from holdfast.adapters.stores.reader import PublishedFigures
    from holdfast.adapters.stores.tables import PublishedTables
    from holdfast.adapters.warehouses.landing import DuckLander
    from holdfast.adapters.warehouses.session import Session
    from holdfast.adapters.warehouses.workbench import DuckWorkbench, LandedSource
    from holdfast.experiments.published import Banner, Statistics
    from holdfast.incidents.ports import Channel
    from holdfast.incidents.rules import Rules
    from holdfast.keeping import Keeping
    from holdfast.letters.wording import Words
    from holdfast.oncall.planning import Planner
    from holdfast.paging.responding import Responder
    from holdfast.releases.destinations import Destination
    from holdfast.reports.edition import Edition
    from holdfast.reports.render import Made
    from holdfast.rostering.asking import Roster
    from holdfast.runs.run import ArrivalFile
    from holdfast.world import World

NOW = "HOLDFAST_NOW"
FEW_DAYS = 8


@dataclass
class App:
    """One project folder with everything it needs, each part made when it is first asked for."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    at: datetime | None = None
    acting_as: str | None = None
    say: Callable[[str], None] = print
    waiting: Waiting = field(default_factory=lambda: Waiting(time.sleep, time.monotonic, SystemClock().now))
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Of the engine, for builds of many days; one where several builders share the cores."""
    jitter: Callable[[], float] = field(default_factory=lambda: random.Random().random)  # noqa: S311  # it spreads tries
    """Draws from [0, 1)."""
    _landed: "dict[str, LandedSource]" = field(default_factory=dict)
    _landed_at: int = 0
    """Landing up to which `_landed` is what the ledger says."""

    @cached_property
    def loaded(self) -> Loaded:
        """What the folder says, with every problem in it."""
        return load_project(self.folder, environ=self.environ)

    @cached_property
    def project(self) -> Project:
        """The project; DefinitionError lists every error when it cannot be read."""
        if self.loaded.project is None:
            errors = [str(p) for p in self.loaded.problems if p.severity == "error"]
            raise DefinitionError("\n".join(errors))
        return self.loaded.project

    @property
    def state(self) -> Path:
        """Where the project keeps what is not in git."""
        return self.folder / ".holdfast"

    @cached_property
    def clock(self) -> Clock:
        """The system's clock, or the data's: 03:00 UTC of the newest arrival day.

        `--at` and HOLDFAST_NOW move it, in projects with `clock: data` only.
        """
        given = self.at or _instant(self.environ.get(NOW))
        if self.project.clock != "data":
            if given is not None:
                raise DefinitionError(
                    f"{self.folder / 'holdfast.yml'}: --at and {NOW} are for projects with `clock: data`; "
                    "this one runs on the system clock."
                )
            return SystemClock()
        return FixedClock(given) if given else data_clock(self._newest_arrival())

    @property
    def is_time_given(self) -> bool:
        """By --at or HOLDFAST_NOW."""
        return self.at is not None or bool(self.environ.get(NOW))

    @property
    def given_time(self) -> datetime | None:
        """Where the pager's time begins when it is not the system's: --at, HOLDFAST_NOW, or the data's.

        Asks no engine: of sources whose paths do not say when a file arrived, only what was landed counts.
        """
        if self.project.clock != "data" or self.is_time_given:
            return self.clock.at if isinstance(self.clock, FixedClock) else None
        paths = [name for name, source in self.project.sources.items() if source.arrival == "path"]
        arrived = [file.arrived_on for name in paths for file in self.arrivals_or_none(name)]
        if not arrived:
            arrived = [file.arrived_on for name in self.project.sources for file in self.ledger.landed_files(name)]
        if not arrived:
            raise WorldError(f"{self.folder}: nothing has arrived, so the data's clock has no time. Run `holdfast run` first.")
        return data_clock(max(arrived)).now()

    def _newest_arrival(self) -> date:
        newest: list[date] = []
        for source in self.project.sources.values():
            if source.arrival != "path":
                continue
            newest += [file.arrived_on for file in self.arrivals_or_none(source.name)]
        if newest:
            return max(newest)
        landed = {name: self.ledger.landed_files(name) for name in self.project.sources}
        arrived = [file.arrived_on for files in landed.values() for file in files]
        # Without anything landed an unreadable folder is an error; afterwards figures can be read without it.
        shown = self.arrivals_or_none if arrived else lambda name: self.sources.arrivals(self.project.sources[name])
        for name, source in self.project.sources.items():
            known = {(file.path, file.size, file.modified_ns) for file in landed[name]}
            new = [f for f in shown(name) if (f.path, f.size, f.modified_ns) not in known]
            day = self.lander.newest_day(source, new)
            arrived += [day + ONE_DAY] if day else []
        if not arrived:
            raise WorldError(
                f"{self.folder}: no source file was found, so the data's clock has no time. "
                "See the `servers: path` of each file in sources/."
            )
        return max(arrived)

    def arrivals_or_none(self, name: str) -> "list[ArrivalFile]":
        """The files a source shows; none when it cannot be looked at now."""
        try:
            return self.sources.arrivals(self.project.sources[name])
        except WorldError:
            return []

    @cached_property
    def actor(self) -> Actor:
        """Who is at the keyboard; DefinitionError when `--as` names somebody they may not act as."""
        os_user = getpass.getuser()
        actor = identify(self.project.people, os_user, acting_as=self.acting_as, demo=self.project.demo)
        if actor is None:
            raise DefinitionError(
                f"--as {self.acting_as}: OS user '{os_user}' may not act as that person. Only a manager may, and only "
                "for somebody in team/people.yml; in a project with `demo: true` everybody in it may be played."
            )
        return actor

    @cached_property
    def ledger(self) -> "Ledger":
        """What the project remembers."""
        from holdfast.adapters.ledgers.sqlite import open_ledger

        return open_ledger(self.state / "ledger.db")

    @cached_property
    def lock(self) -> "FileLock":
        """The one builder's place."""
        from holdfast.adapters.locks import FileLock

        return FileLock(self.state / "builder.lock")

    @cached_property
    def pager_lock(self) -> "FileLock":
        """The one pager's place."""
        from holdfast.adapters.locks import FileLock, pager_busy

        return FileLock(self.state / "pager.lock", pager_busy)

    @cached_property
    def beat(self) -> "BeatFile":
        """The sign that a builder lives."""
        from holdfast.adapters.beats import BeatFile

        return BeatFile(self.state / "builder.beat")

    @cached_property
    def emergency_note(self) -> "EmergencyNote":
        """Who was told that the ledger cannot be used."""
        from holdfast.adapters.emergency_note import EmergencyNote

        return EmergencyNote(self.state / "pager.emergency")

    @cached_property
    def ledger_changes(self) -> "LedgerChanges":
        """Whether anybody wrote to the ledger."""
        from holdfast.adapters.ledgers.changes import LedgerChanges

        return LedgerChanges(self.state / "ledger.db")

    def supervisor(self, children: "Mapping[str, tuple[str, ...]]", stop: "Event") -> "Supervisor":
        """Keeps a process for each name alive, started by its command, until `stop` is set."""
        from holdfast.adapters.children import Child, Supervisor

        return Supervisor([Child(name, command) for name, command in children.items()], self.environ, stop, self.say)

    def when_supervisor_ends(self, then: Callable[[], None]) -> None:
        """Calls it as soon as the process that started this one for `holdfast up` has ended; else never."""
        from holdfast.adapters.children import when_supervisor_ends

        when_supervisor_ends(self.environ, then)

    @cached_property
    def ping(self) -> Callable[[], None] | None:
        """Tells the dead man's switch that all is well, without waiting for it; None where there is none."""
        from holdfast.adapters.pings import Ping
        from holdfast.adapters.references import References

        declared = self.project.pager.ping
        return Ping(References(self.folder, self.environ), declared, self.say) if declared else None

    @cached_property
    def books(self) -> "Books":
        """Whose turn it is to record."""
        from holdfast.adapters.locks import Books

        return Books(self.state / "books.lock")

    @cached_property
    def sources(self) -> "Sources":
        """Finds source files, and fetches what APIs and databases have new."""
        from holdfast.adapters.sources.files import FileSources
        from holdfast.adapters.sources.finding import Sources

        return Sources(FileSources(self.folder, self.environ, Path.cwd()), self._pages, self._rows)

    def _pages(self) -> "Pages":
        from holdfast.adapters.sources.http_api import HttpApi
        from holdfast.adapters.sources.secrets import Secrets

        return HttpApi(Secrets(self.folder, self.environ), self.waiting)

    def _rows(self, system: str) -> "Rows":
        from holdfast.adapters.sources.finding import confined
        from holdfast.adapters.sources.postgres import Postgres
        from holdfast.adapters.sources.secrets import Secrets
        from holdfast.adapters.sources.sqlite import Sqlite

        if system == "postgres":
            return Postgres(Secrets(self.folder, self.environ))
        return Sqlite(lambda source, path: confined(self.sources.files, source, path))

    @cached_property
    def stores(self) -> "dict[str, PartStore]":
        """Per audience what its readers see."""
        from holdfast.adapters.stores.parts import PartStore

        audiences = sorted({pipeline.audience for pipeline in self.project.pipelines.values()})
        return {name: PartStore(self.state / "store" / name, name) for name in audiences}

    @cached_property
    def session(self) -> "Session":
        """The engine, in memory."""
        from holdfast.adapters.warehouses.session import Session

        return Session(self.state / "spill")

    @cached_property
    def lander(self) -> "DuckLander":
        """Lands files."""
        from holdfast.adapters.warehouses.landing import DuckLander

        return DuckLander(self.session, self.state / "landing", self.project.zone, self.sources)

    @cached_property
    def figures(self) -> "PublishedFigures":
        """Reads released figures."""
        from holdfast.adapters.stores.reader import PublishedFigures

        return PublishedFigures(self.stores, lambda: self.session)

    @cached_property
    def tables(self) -> "PublishedTables":
        """Reads published tables."""
        from holdfast.adapters.stores.tables import PublishedTables

        return PublishedTables(self.stores, self.project.models, lambda: self.session, self.state / "spill")

    def bench(self, audience: str, days: int = 1) -> "DuckWorkbench":
        """A fresh workbench over what the audience's readers see.

        A run of few days has one engine thread: handing its small statements around costs a fifth more.
        """
        from holdfast.adapters.warehouses.workbench import DuckWorkbench

        store = self.stores[audience]
        store.prepare_folders()
        self.session.run(f"SET threads = {1 if days <= FEW_DAYS else self.threads}")
        for schema in ("candidate", "built"):
            self.session.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        seq = self.ledger.next_seq()
        if self._landed_at != seq:
            self._landed_at, self._landed = seq, {}
        bench = DuckWorkbench(
            session=self.session,
            parts=store.parts,
            landing=self.state / "landing",
            manifest=store.current(),
            models=self.project.models,
            sources=self.project.sources,
            zone=self.project.zone,
            calendar=self.project.calendar,
            log=self.ledger,
            landed=self._landed,
        )
        bench.open()
        return bench

    def fresh_bench(self, audience: str, seq_by: int) -> "DuckWorkbench":
        """A workbench without any built table, over what the first `seq_by` landings brought."""
        from holdfast.adapters.warehouses.workbench import DuckWorkbench
        from holdfast.releases.manifest import Manifest

        for schema in ("candidate", "built"):
            self.session.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        bench = DuckWorkbench(
            session=self.session,
            parts=self.stores[audience].parts,
            landing=self.state / "landing",
            manifest=Manifest("000000", audience),
            models=self.project.models,
            sources=self.project.sources,
            zone=self.project.zone,
            calendar=self.project.calendar,
            log=self.ledger,
            seq_by=seq_by,
        )
        bench.open()
        return bench

    def queries(self, held: tuple[str, date] | None = None) -> "AbstractContextManager[Queries]":
        """Published tables for a person's own SELECT; `held` (audience, day) shows that day's held candidates."""
        from holdfast.adapters.stores.queries import reading_queries

        now = self.clock.now()
        return reading_queries(self.stores, self.project.calendar, now, day_of(now, self.project.zone), held)

    @contextmanager
    def statistics(self) -> "Iterator[Statistics]":
        """Published statistics of experiments, from one consistent state."""
        from holdfast.adapters.stores.statistics import published

        with self.queries() as queries:
            yield published(queries)

    def banners(self, experiment: str, day: date) -> "list[Banner]":
        """Failed and unknown checks of the day, of the pipeline that publishes the statistics; by name.

        A result about another experiment's segment is left out.
        """
        from holdfast.checks.results import Outcome
        from holdfast.experiments.published import TABLE, Banner

        model = self.project.models.get(TABLE)
        if model is None or model.pipeline not in self.project.pipelines:
            return []
        outcomes = (Outcome.FAIL, Outcome.UNKNOWN)
        results = self.ledger.results(model.pipeline, day, day + ONE_DAY, outcomes)
        return sorted(
            (
                Banner(each.check, each.outcome is Outcome.UNKNOWN, each.detail or each.observed)
                for each in results
                if not each.segment.startswith("experiment=") or each.segment == f"experiment={experiment}"
            ),
            key=lambda banner: (banner.check, banner.detail),
        )

    @cached_property
    def keeping(self) -> "Keeping":
        """Copies of everything that is not in git, and what is missing of it."""
        from holdfast.adapters import archives
        from holdfast.adapters.ledgers.sqlite import backup, check_integrity
        from holdfast.keeping import Keeping, Tools

        tools = Tools(backup, check_integrity, archives.write_archive, archives.restore_archive)
        return Keeping(self.state, tools)

    @cached_property
    def roster(self) -> "Roster":
        """The rota, at the clock's time, for whoever is at the keyboard."""
        return self.roster_at(self.clock.now())

    def roster_at(self, now: datetime) -> "Roster":
        """The rota at another time, for asking: the plan answers whatever the clock says."""
        from holdfast.rostering.asking import Roster

        return Roster(self.project, self.ledger, now, lambda: self.actor)

    @cached_property
    def responder(self) -> "Responder":
        """Incidents, at the latest instant that the clock or the pager has seen, for whoever is at the keyboard."""
        from holdfast.definitions.rota import PRIMARY
        from holdfast.paging.responding import Responder
        from holdfast.paging.rulebook import rules_at
        from holdfast.paging.words import words_of

        now = max(self.clock.now(), self.ledger.last_seen() or self.clock.now())

        def words(rules: "Rules") -> "Words":
            answering = rules.directory.people_for(PRIMARY, "", now)
            return words_of(self.project, answering[0] if answering else "", self.ledger)

        return Responder(self.project, self.ledger, now, lambda: self.actor, lambda: rules_at(self.project, self.ledger, now), words)

    @property
    def rota_turn(self) -> "AbstractContextManager[None]":
        """Whose turn it is to change the rota: what is checked must still hold when it is recorded."""
        from holdfast.adapters.locks import Books

        return Books(self.state / "rota.lock").turn()

    def planner(self, name: str, *, time_limit_s: float, workers: int) -> "Planner":
        """The planner of that name; limit and workers are of the fair one alone."""
        from holdfast.adapters.planners.cp_sat import FairPlanner
        from holdfast.definitions.rota import FAIR
        from holdfast.oncall.round_robin import RoundRobin

        return FairPlanner(time_limit_s, workers=workers) if name == FAIR else RoundRobin()

    def calendar_feed(self, place: str) -> bytes:
        """A calendar's bytes, from a file or an address that begins with http."""
        from holdfast.adapters.sources.calendars import read_calendar_feed

        return read_calendar_feed(place)

    def open_copy(self, path: Path) -> "Ledger":
        """A ledger that lies elsewhere, such as a backup's copy."""
        from holdfast.adapters.ledgers.sqlite import open_ledger

        return open_ledger(path)

    def destination(self, name: str) -> "AbstractContextManager[Destination]":
        """The place of that name for the length of one run; the project's own folder for an empty name."""
        from contextlib import nullcontext

        from holdfast.adapters.outputs.folder import Folder, open_folder
        from holdfast.adapters.references import References
        from holdfast.definitions.destination import OWN, Bucket, Portal

        if name == OWN:
            return nullcontext(Folder(self.state))
        declared = self.project.destinations[name]
        references = References(self.folder, self.environ)
        if isinstance(declared, Portal):
            from holdfast.adapters.outputs.portal import open_portal

            return open_portal(declared, references, self.waiting)
        if isinstance(declared, Bucket):
            from holdfast.adapters.outputs.s3 import open_bucket

            return open_bucket(declared, references, self.waiting)
        return nullcontext(open_folder(declared, self.state, self.environ))

    @cached_property
    def channels(self) -> "list[Channel]":
        """The ways to reach people, in the order of holdfast.yml."""
        from holdfast.adapters.channels.opening import Surroundings, open_channel
        from holdfast.adapters.references import References

        around = Surroundings(
            project=self.project.name,
            root=self.folder,
            state=self.state,
            references=References(self.folder, self.environ),
            waiting=self.waiting,
            complain=_complain,
        )
        return [open_channel(declared, around) for declared in self.project.pager.channels]

    def world(self, clock: Clock | None = None) -> "World":
        """Everything the day touches."""
        from holdfast.adapters.outputs.folder import Folder
        from holdfast.adapters.outputs.parquet import parquet
        from holdfast.world import World

        return World(
            project=self.project,
            clock=clock or self.clock,
            sources=self.sources,
            lander=self.lander,
            ledger=self.ledger,
            bench=self.bench,
            stores=self.stores,
            figures=self.figures,
            destination=self.destination,
            tables=self.tables,
            shore=Folder(self.state),
            parquet=parquet,
            code_version=__version__,
            say=self.say,
            turn=self.books.turn,
        )

    def make_report(self, edition: "Edition", kind: str) -> "Made":
        """The edition in a format."""
        from holdfast.adapters.outputs.parquet import parquet
        from holdfast.reports.render import made

        return made(edition, kind, parquet)

    def write_file(self, path: Path, content: bytes) -> None:
        """The file, whole or not at all: written beside and renamed."""
        from holdfast.adapters.outputs.folder import Folder

        Folder(path.parent).put(path.name, content)

    def close(self) -> None:
        """Gives ledger and engine back, where they were opened."""
        for name in ("ledger", "session"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    def pipeline(self, name: str) -> Pipeline:
        """The pipeline of that name, or DefinitionError with the nearest one."""
        import difflib

        if name in self.project.pipelines:
            return self.project.pipelines[name]
        near = difflib.get_close_matches(name, self.project.pipelines, 1)
        hint = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(sorted(self.project.pipelines))}."
        raise DefinitionError(f"no pipeline is called '{name}'.{hint}")


def statistics_file(path: Path) -> "AbstractContextManager[Statistics]":
    """Statistics of experiments in a file; needs no project."""
    from holdfast.adapters.stores.statistics import in_file

    return in_file(path)


def _complain(said: str) -> None:
    """In one piece: letters are handed over side by side."""
    sys.stderr.write(f"{said}\n")
    sys.stderr.flush()


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise DefinitionError(f"'{text}' is no instant; write it like 2026-10-02T08:00:00+00:00.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def instant(text: str | None) -> datetime | None:
    """The instant a command line gives, in UTC; without an offset it is UTC already."""
    return _instant(text)
