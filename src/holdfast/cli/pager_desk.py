"""The pager's parts put together from one project folder, which is read again when somebody edits it."""

import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.cli.builder_day import definitions_of
from holdfast.cli.opening import open_app
from holdfast.clock import SystemClock
from holdfast.errors import HoldfastError, WorldError

if TYPE_CHECKING:
    from holdfast.adapters.ledgers.sqlite import Ledger
    from holdfast.definitions.people import Person
    from holdfast.incidents.incident import Decision
    from holdfast.incidents.messages import Message
    from holdfast.incidents.rules import Rules
    from holdfast.incidents.signals import Signal
    from holdfast.letters.wording import Words
    from holdfast.paging.engine import Pager
    from holdfast.paging.gathering import Builder
    from holdfast.paging.rulebook import Rulebook
    from holdfast.paging.sender import SendReport
    from holdfast.paging.watched import Watched

READ_AGAIN_S = 5.0
"""How often the folder is looked at for edits."""
ARRIVALS_S = 30.0
"""How often the data's clock is asked; that looks at every file."""


def pager_of(arguments: Namespace, say: Callable[[str], None], *, expects_builder: bool) -> "Pager":
    """The pager of the folder. Raises DefinitionError where there is no project to begin with."""
    from holdfast.paging.emergency import Emergency
    from holdfast.paging.engine import Pager
    from holdfast.paging.pager_time import PagerTime

    desks = Desks(lambda: open_app(arguments, say), say, expects_builder)
    app = desks().app
    pager_time = PagerTime(SystemClock().now, time.monotonic, app.given_time)
    return Pager(desks, pager_time, Emergency(app.emergency_note, say), say)


class Desks:
    """The newest reading of the folder that makes sense."""

    def __init__(self, open_project: Callable[[], App], say: Callable[[str], None], expects_builder: bool) -> None:
        self._open = open_project
        self._say = say
        self._expects_builder = expects_builder
        self._began_s = time.monotonic()
        self._looked_s = float("-inf")
        self._failed: dict[str, bool] = {}
        self._read: list[tuple[str, int, int]] = []
        self._desk: ProjectDesk | None = None

    def __call__(self) -> "ProjectDesk":
        now = time.monotonic()
        if self._desk is None or now - self._looked_s >= READ_AGAIN_S:
            self._looked_s = now
            self._read_if_edited()
        assert self._desk is not None
        return self._desk

    def _read_if_edited(self) -> None:
        app = self._open()
        found = definitions_of(app.folder)
        if self._desk is not None and found == self._read:
            return
        self._read = found
        try:
            desk = ProjectDesk(app, self._expects_builder, self._began_s, self._failed)
            desk.begin()
        except HoldfastError as error:
            if self._desk is None:
                raise
            self._say(f"the folder cannot be read; the pager goes on with what it said before: {error}")
            return
        if self._desk is not None:
            self._desk.close()
        self._desk = desk


class ProjectDesk:
    """Implements `paging.engine.Desk` on the project as it was read."""

    def __init__(self, app: App, expects_builder: bool, began_s: float, failed: dict[str, bool]) -> None:
        self.app = app
        self._failed = failed
        self._expects_builder = expects_builder
        self._began_s = began_s
        self._asked_s = began_s
        """The time began with what the data's clock said then."""
        self._data_time: datetime | None = None

    def begin(self) -> None:
        """Reads what must make sense before anything else is asked; not the ledger."""
        _ = self.people, self.channels

    @property
    def books(self) -> "Ledger":
        return self.app.ledger

    @cached_property
    def people(self) -> "Mapping[str, Person]":
        return {person.name: person for person in self.app.project.people}

    @cached_property
    def channels(self) -> "Sequence[Watched]":
        from holdfast.paging.watched import Watched

        return [Watched(channel, self._failed) for channel in self.app.channels]

    def data_time(self) -> datetime | None:
        if self.app.project.clock != "data" or self.app.is_time_given:
            return None
        if time.monotonic() - self._asked_s >= ARRIVALS_S:
            self._asked_s, self._data_time = time.monotonic(), self._asked()
        return self._data_time

    def _asked(self) -> datetime | None:
        try:
            return self.app.given_time
        except WorldError:
            return None

    def by_plan(self, now: datetime) -> Sequence[str]:
        """Who answers and who manages by the team's files alone."""
        from holdfast.oncall.record import Recorded, rota_of
        from holdfast.oncall.shifts import at_instant

        team, people = self.app.project.team, self.app.project.people
        managers = [person.name for person in people if person.role == "manager"][:1]
        if team.rotation is None:
            return managers
        duty = at_instant(rota_of(team.rotation, team, people, Recorded()).duties(), now)
        return [duty.primary, *managers] if duty and duty.primary else managers

    def builder(self, now: datetime) -> "Builder":
        """Whether one is expected, and when it was last heard; by the pager's own time."""
        from datetime import timedelta

        from holdfast.paging.gathering import Builder

        if not self._expects_builder:
            return Builder(expected=False, beat_at=None, looked_once=True)
        beat = self.app.beat.newest()
        # Before its first beat it has as long as between any two.
        silent_s = min([beat.age_s] if beat else [], default=time.monotonic() - self._began_s)
        return Builder(expected=True, beat_at=now - timedelta(seconds=silent_s), looked_once=bool(beat and beat.looked_once))

    def is_builder_awaited(self) -> bool:
        beat = self.app.beat.newest() if self._expects_builder else None
        return self._expects_builder and not (beat and beat.looked_once)

    def gather(self, now: datetime) -> "Sequence[Signal]":
        from holdfast.paging.gathering import gather

        return gather(self.app.project, self.app.ledger, now, self.app.roster_at(now), self.builder(now))

    def rules(self, now: datetime) -> "Rules":
        return self._rulebook.at(self.books, now)

    @cached_property
    def _rulebook(self) -> "Rulebook":
        from holdfast.paging.rulebook import Rulebook

        return Rulebook(self.app.project)

    def notes(self, now: datetime) -> "Sequence[Message]":
        from holdfast.incidents.hand_off import notes_due
        from holdfast.letters.reach import tests_due
        from holdfast.oncall.record import rota_of

        team = self.app.project.team
        if team.rotation is None:
            return []
        rota = rota_of(team.rotation, team, self.app.project.people, self.books.recorded())
        return [*notes_due(rota, now, self.books.hand_off_acknowledgements()), *tests_due(rota, self.app.project.name, now)]

    def worded(self, decision: "Decision", now: datetime, rules: "Rules") -> "Decision":
        from holdfast.definitions.rota import PRIMARY
        from holdfast.letters.wording import worded

        answering = rules.directory.people_for(PRIMARY, "", now)
        return worded(decision, now, replace(self._team_words, on_call=answering[0] if answering else ""))

    @cached_property
    def _team_words(self) -> "Words":
        """All but who answers; runbooks are read once."""
        from holdfast.paging.words import words_of

        return words_of(self.app.project, "", self.books)

    def send(self, now: Callable[[], datetime], fence: int, rules: "Rules") -> "SendReport":
        from holdfast.paging.sender import send_due

        books = self.books

        def word(decision: "Decision", at: datetime) -> "Decision":
            return self.worded(decision, at, rules)

        return send_due(books, books, self.channels, self.people, now, fence, rules, self.app.jitter, word, tests=books)

    def ping(self) -> None:
        if self.app.ping is not None:
            self.app.ping()

    def close(self) -> None:
        self.app.close()
