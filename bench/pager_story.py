"""One incident through all its steps, by the real decisions, ledger and sender; and a power cut anywhere in it."""

import shutil
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

sys.path[:0] = [str(Path(__file__).parents[1] / "src")]

import sqlalchemy as sa

from holdfast.adapters.ledgers.database import Database
from holdfast.adapters.ledgers.sqlite import Ledger, open_ledger
from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import INVESTORS
from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents.acts import acknowledge
from holdfast.incidents.incident import Decision
from holdfast.incidents.messages import Message, Post, step_name
from holdfast.incidents.ports import Channel, Letter
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Key, Kind, Signal
from holdfast.paging.emergency import Emergency, Outage
from holdfast.paging.engine import Pager
from holdfast.paging.pager_time import PagerTime
from holdfast.paging.sender import SendReport, send_due
from holdfast.paging.watched import Watched
from holdfast.testing.providers import Provider

PIPELINE = "aggregate_profit"
DAY = date(2026, 10, 1)
ROOM = "#data-eng-alerts"
ROLES = {
    "primary": ("john",),
    "backup": ("james",),
    "manager": ("davis",),
    "primary_owner": ("jill",),
    "secondary_owner": ("james",),
    "lead": ("finance_lead",),
    "stakeholders": ("investor_relations",),
}
PEOPLE = {
    name: Person(name, name.title(), "engineer")
    for name in (*dict.fromkeys(who for each in ROLES.values() for who in each), "shop")
}
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEPS = (
    EscalationStep(0 * HOUR, "unacknowledged", ("primary",)),
    EscalationStep(15 * MINUTE, "unacknowledged", ("backup",)),
    EscalationStep(30 * MINUTE, "unacknowledged", ("manager",)),
    EscalationStep(2 * HOUR, "unresolved", ("primary_owner", "secondary_owner", "manager"), tell=("stakeholders",)),
    EscalationStep(4 * HOUR, "unresolved", ("manager",), tell=("room",), is_target=True),
    EscalationStep(6 * HOUR, "impact", ("lead",), repeat_every=2 * HOUR),
)


def at(clock: str) -> datetime:
    """On the day after, in UTC."""
    return datetime.fromisoformat(f"2026-10-02T{clock}").replace(tzinfo=UTC)


OPENED, DEADLINE, ACKNOWLEDGED, CAME = at("07:00"), at("08:00"), at("08:40"), at("16:30")
PASSES = tuple(
    at(clock)
    for clock in ("07:00", "08:00", "08:15", "08:30", "08:40", "10:00", "12:00", "14:00", "16:00", "16:30", "16:31")
)
SOON = 10 * MINUTE
"""Within which a working provider has everything that is due."""

Said: TypeAlias = tuple[str, str, datetime | None]
"""What a message says to whom: step, target, and when the step was due. An occasion is when it is noticed: None."""

# By hand, from the policy above: what is due when, if nothing goes wrong.
DUE: dict[Said, datetime] = {
    (step, target, at(clock) if "/" in step else None): at(clock)
    for step, target, clock in (
        ("opened", "shop", "07:00"), ("opened", ROOM, "07:00"),
        (f"{PIPELINE}/1", "john", "08:00"), (f"{PIPELINE}/2", "james", "08:15"), (f"{PIPELINE}/3", "davis", "08:30"),
        (f"{PIPELINE}/4", "jill", "10:00"), (f"{PIPELINE}/4", "james", "10:00"), (f"{PIPELINE}/4", "davis", "10:00"),
        (f"{PIPELINE}/4", "investor_relations", "10:00"), (f"{PIPELINE}/5", "davis", "12:00"), (f"{PIPELINE}/5", ROOM, "12:00"),
        (f"{PIPELINE}/6", "finance_lead", "14:00"), (f"{PIPELINE}/6", "finance_lead", "16:00"),
        *(("resolved", who, "16:30") for who in
          ("shop", ROOM, "john", "james", "davis", "jill", "investor_relations", "finance_lead")),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Team:
    """Who is whom, at all times the same."""

    roles: Mapping[str, tuple[str, ...]]

    def people_for(self, target: str, pipeline: str, at: datetime) -> tuple[str, ...]:
        return self.roles.get(target, ())

    def next_hand_off(self, after: datetime, until: datetime) -> datetime | None:
        return None

    def absent_from(self, person: str, after: datetime, until: datetime) -> datetime | None:
        return None

    def note_acknowledged(self, hand_off: datetime, until: datetime) -> datetime | None:
        return None


POLICY = EscalationPolicy(INVESTORS, STEPS)
RULES = Rules({PIPELINE: POLICY, "": POLICY}, Team(ROLES), ZoneInfo("Europe/London"), ROOM)


def late(source: str = "orders", page_at: datetime = DEADLINE) -> Signal:
    """The source's rows have not come, and a figure of investors waits for them."""
    figure = Affect(PIPELINE, INVESTORS, "profit", "day", str(DAY), page_at)
    return Signal(
        Key(Kind.LATE, source, DAY), PIPELINE, OPENED, page_at, f"{source} of {DAY} have not come", affects=(figure,),
        tell=("shop",),
    )  # fmt: skip


def plainly(decision: Decision, at: datetime) -> Decision:
    """Words enough for a provider in memory."""
    said = (replace(each, subject=each.subject or decision.incident.title) for each in decision.messages)
    return replace(decision, messages=tuple(said))


@dataclass
class Desk:
    """What the pager's passes need, with signals that are told instead of gathered."""

    ledger: Ledger
    providers: Sequence[Channel]
    signals: Callable[[datetime], Sequence[Signal]]
    team: Rules = RULES
    people: Mapping[str, Person] = field(default_factory=lambda: PEOPLE)
    at_once: int = 1
    jitter: Callable[[], float] = lambda: 0.5

    @property
    def books(self) -> Ledger:
        return self.ledger

    @property
    def channels(self) -> Sequence[Watched]:
        return [Watched(each) for each in self.providers]

    def data_time(self) -> datetime | None:
        return None

    def by_plan(self, now: datetime) -> Sequence[str]:
        return ("john", "davis")

    def is_builder_awaited(self) -> bool:
        return False

    def gather(self, now: datetime) -> Sequence[Signal]:
        return self.signals(now)

    def rules(self, now: datetime) -> Rules:
        return self.team

    def worded(self, decision: Decision, now: datetime, rules: Rules) -> Decision:
        return plainly(decision, now)

    def notes(self, now: datetime) -> Sequence[Message]:
        return ()

    def send(self, now: Callable[[], datetime], fence: int, rules: Rules) -> SendReport:
        return send_due(
            self.ledger, self.ledger, self.channels, self.people, now, fence, rules, self.jitter, plainly,
            tests=self.ledger, at_once=self.at_once,
        )  # fmt: skip

    def ping(self) -> None:
        pass

    def close(self) -> None:
        self.ledger.close()


class NoNote:
    """Nothing is kept beside the ledger."""

    def read(self) -> Outage | None:
        return None

    def write(self, outage: Outage) -> None:
        raise AssertionError(f"the ledger could not be used: {outage}")

    def remove(self) -> None:
        pass


def complain(text: str) -> None:
    """A pass of a story has no problems but pages that wait."""
    if "overdue" not in text:
        raise AssertionError(text)


def pager(desk: Desk, clock: Callable[[], datetime]) -> Pager:
    """The real one, as a process that starts now has it; the time is given."""
    start = clock()
    return Pager(lambda: desk, PagerTime(clock, lambda: (clock() - start).total_seconds(), start), Emergency(NoNote(), complain), complain)


class PowerCut(BaseException):
    """Nothing in the product may catch it."""


@dataclass
class Cuts:
    """Counts the points before and after everything that leaves a trace; at those in `cut_at`, from 0, the power goes."""

    cut_at: tuple[int, ...] = ()
    points: list[str] = field(default_factory=list)
    is_dark: bool = False
    connections: list[sqlite3.Connection] = field(default_factory=list)

    def light(self) -> None:
        """The power is back; of what ran before nothing is left, no lock either."""
        while self.connections:
            connection = self.connections.pop()
            # Rolled back first: with a statement half read, closing alone would keep the lock.
            with suppress(sqlite3.ProgrammingError):  # it was closed already
                connection.rollback()
            connection.close()
        self.is_dark = False

    def happen(self, name: str, act: Callable[[], Any]) -> Any:
        """Does it, unless the power goes first; in the dark nothing happens any more."""
        self.point(f"before {name}")
        answer = act()
        self.point(f"after {name}")
        return answer

    def point(self, name: str) -> None:
        if self.is_dark:
            raise PowerCut(name)
        self.points.append(name)
        if len(self.points) - 1 in self.cut_at:
            self.is_dark = True
            raise PowerCut(name)


@contextmanager
def watched(cuts: Cuts) -> Iterator[None]:
    """Points before every writing transaction, each of its statements and its commit, and after the commit.

    After a statement is before the next, or before the commit.
    """
    writing, is_writing = Database.writing, [False]

    @contextmanager
    def counted(database: Database) -> Iterator[sa.Connection]:
        cuts.point("before begin")
        with writing(database) as connection:
            is_writing[0] = True
            try:
                yield connection
                cuts.point("before commit")
            finally:
                is_writing[0] = False
        cuts.point("after commit")

    def before(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if is_writing[0]:
            cuts.point(f"before {statement[:40]}")

    opened: list[sqlite3.Connection] = []

    def remember(connection: sqlite3.Connection, _: object) -> None:
        opened.append(connection)

    cuts.connections = opened
    sa.event.listen(sa.Engine, "connect", remember)
    Database.writing = counted  # type: ignore[assignment,method-assign]
    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        Database.writing = writing  # type: ignore[method-assign]
        sa.event.remove(sa.Engine, "connect", remember)
        sa.event.remove(sa.Engine, "before_cursor_execute", before)


class Stoppable:
    """A provider with a point before and after everything it takes."""

    def __init__(self, provider: Provider, cuts: Cuts) -> None:
        self._provider, self._cuts = provider, cuts
        self.name, self.wakes, self.is_idempotent = provider.name, provider.wakes, provider.is_idempotent

    def reaches(self, to: Person | str) -> bool:
        return self._provider.reaches(to)

    def send(self, letter: Letter) -> str:
        answer: str = self._cuts.happen("send", lambda: self._provider.send(letter))
        return answer


@dataclass
class Outcome:
    """What readers got of one run of the story, and where the power was cut."""

    taken: list[Letter]
    kept: set[Said]
    """In the outbox, dropped or failed for a reason."""
    points: list[str]
    cuts: int

    def lost(self) -> set[Said]:
        """Due by the policy, and neither with its reader in time nor kept back for a reason that is written down."""
        in_time = {
            said for letter in self.taken for said in _said(letter) if said in DUE and letter.at - DUE[said] <= SOON
        }
        return set(DUE.keys() - in_time - self.kept)

    def repeats(self) -> list[Letter]:
        """Letters that say something their reader had been told."""
        had: set[Said] = set()
        found = []
        for letter in self.taken:
            said = _said(letter)
            if said & had:
                found.append(letter)
            had |= said
        return found

    def unasked(self) -> set[Said]:
        """Told, and not due by the policy."""
        return {said for letter in self.taken for said in _said(letter)} - DUE.keys()


def _said(letter: Letter) -> set[Said]:
    target = letter.to.name if isinstance(letter.to, Person) else letter.to
    all_ = [(letter.step, letter.due_at), *((step, due_at) for _, step, due_at in letter.more)]
    return {(step, target, due_at if "/" in step else None) for step, due_at in all_}


def play(folder: Path, empty: Path, cut_at: tuple[int, ...] = (), *, is_idempotent: bool = False) -> Outcome:
    """The story from its first pass to its last; whenever the power went, a new pager begins a minute later."""
    path = folder / "ledger.db"
    shutil.copyfile(empty, path)
    provider, cuts = Provider(is_idempotent=is_idempotent), Cuts(cut_at)
    left, went = list(PASSES), 0
    with watched(cuts):
        while left:
            ledger = open_ledger(path)
            try:
                desk = Desk(ledger, [Stoppable(provider, cuts)], _signals)
                mine = pager(desk, lambda: left[0] if left else CAME)
                while left:
                    _instant(ledger, mine, left[0])
                    left.pop(0)
            except PowerCut:
                went += 1
                left[0] += MINUTE
            finally:
                with warnings.catch_warnings():
                    # A connection that the power cut is invalid, and says so when it is given back.
                    warnings.simplefilter("ignore")
                    cuts.light()
                    ledger.close()
    with open_ledger(path) as ledger:
        posted = [each for incident in ledger.incidents() for each in ledger.posted(incident.id)]
    path.unlink()
    ended = [each for each in posted if each.post in (Post.DROPPED, Post.FAILED) and each.reason]
    kept = {_said_by(each.message) for each in ended}
    return Outcome(provider.taken, kept, cuts.points, went)


def _said_by(message: Message) -> Said:
    return (step_name(message), message.target, message.due_at if message.step >= 0 else None)


def _signals(now: datetime) -> list[Signal]:
    return [late()] if now < CAME else []


def _instant(ledger: Ledger, mine: Pager, now: datetime) -> None:
    """Somebody acknowledges at their time, and then the pager passes."""
    if now >= ACKNOWLEDGED:
        for incident in ledger.open_incidents():
            if incident.acknowledged is None:
                ledger.record_decisions([acknowledge(incident, "davis", ACKNOWLEDGED, RULES)])
    mine.one_pass()


def empty_ledger(folder: Path) -> Path:
    """A ledger that only has its tables, to copy from; in one file."""
    path = folder / "empty.db"
    open_ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path
