"""Passes of the pager over a real ledger, on clocks that a test moves; only the team and the channels are made up."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.definitions.people import Person
from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.errors import StoreError, TakenOver
from holdfast.incidents.incident import State
from holdfast.incidents.ports import Unsent
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Key, Kind, Signal
from holdfast.paging.emergency import Emergency
from holdfast.paging.engine import Pager
from holdfast.paging.pager_time import PagerTime
from holdfast.paging.sender import send_due
from holdfast.paging.watched import Watched

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PEOPLE = {name: Person(name, name.title(), role) for name, role in (("john", "engineer"), ("james", "engineer"), ("maria", "manager"))}
ROLES = {"primary": ("john",), "backup": ("james",), "manager": ("maria",)}
POLICY = EscalationPolicy(
    "investors",
    tuple(
        EscalationStep(after * MINUTE, "unacknowledged", (role,))
        for after, role in ((0, "primary"), (15, "backup"), (30, "manager"))
    ),
)


class Team:
    """A directory in which nobody ever changes places."""

    def people_for(self, target, pipeline, at):
        return ROLES.get(target, ())

    def next_hand_off(self, after, until):
        return None

    def absent_from(self, person, after, until):
        return None

    def note_acknowledged(self, hand_off, until):
        return None


@dataclass
class Line:
    """A channel that keeps what it is given."""

    name: str = "sms"
    wakes: bool = True
    is_idempotent: bool = False
    fails: bool = False
    letters: list = field(default_factory=list)

    def reaches(self, to):
        return True

    def send(self, letter):
        if self.fails:
            raise Unsent("busy")
        self.letters.append(letter)
        return str(len(self.letters))

    def pages(self):
        """Who was paged, for which step or occasion."""
        return [(letter.to.name, letter.step) for letter in self.letters if letter.wakes]


class Broken:
    """Books of a ledger that cannot be used."""

    def __getattr__(self, name):
        raise StoreError("ledger.db: the ledger refused: disk full.")


@dataclass
class Desk:
    """Implements `paging.engine.Desk`; a test says what is wrong."""

    ledger: object
    line: Line
    wrong: list = field(default_factory=list)
    awaits_builder: bool = False
    pings: int = 0
    closed: int = 0
    people = PEOPLE
    is_broken: bool = False
    data_at: datetime | None = None

    def __post_init__(self):
        self.channels = [Watched(self.line)]

    @property
    def books(self):
        return Broken() if self.is_broken else self.ledger

    def data_time(self):
        return self.data_at

    def by_plan(self, now):
        return ["james", "maria"]

    def is_builder_awaited(self):
        return self.awaits_builder

    def gather(self, now):
        if isinstance(self.wrong, Exception):
            raise self.wrong
        return self.wrong

    def rules(self, now):
        return Rules({"": POLICY, "aggregate_profit": POLICY}, Team(), ZoneInfo("Europe/London"))

    def worded(self, decision, now, rules):
        return replace(decision, messages=tuple(replace(each, subject=each.subject or decision.incident.title) for each in decision.messages))

    def notes(self, now):
        return []

    def send(self, now, fence, rules):
        return send_due(self.ledger, self.ledger, self.channels, PEOPLE, now, fence, rules, lambda: 0.5, lambda d, at: d, at_once=1)

    def ping(self):
        self.pings += 1

    def close(self):
        self.closed += 1


@dataclass
class Machine:
    wall: datetime = NOON
    s: float = 1000.0

    def passes(self, span):
        self.wall += span
        self.s += span.total_seconds()


class Paper:
    outage = None

    def read(self):
        return self.outage

    def write(self, outage):
        self.outage = outage

    def remove(self):
        self.outage = None


@dataclass
class Office:
    """A pager at work, and its surroundings."""

    machine: Machine
    desk: Desk
    said: list = field(default_factory=list)
    given: datetime | None = None

    def __post_init__(self):
        self.new_pager()

    def new_pager(self):
        time = PagerTime(lambda: self.machine.wall, lambda: self.machine.s, self.given)
        self.pager = Pager(lambda: self.desk, time, Emergency(Paper(), self.said.append), self.said.append)

    def at(self, instant, **how):
        """A pass at that instant, with every clock moved there."""
        self.machine.passes(instant - self.machine.wall)
        return self.pager.one_pass(**how)


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(tmp_path / "ledger.db")
    yield opened
    opened.close()


@pytest.fixture
def office(ledger):
    return Office(Machine(), Desk(ledger, Line()))


def late(source="orders", since=NOON, page_at=NOON):
    """A source's rows have not come, and profit's figure is due an hour after noon."""
    affect = Affect("aggregate_profit", "investors", "profit", "day", "2026-10-01", NOON + HOUR)
    return Signal(Key(Kind.LATE, source, date(2026, 10, 1)), "aggregate_profit", since, page_at, f"{source} late", affects=(affect,))


def test_what_is_wrong_is_paged_and_climbs_until_it_is_right(office):
    """Primary at once, backup after 15 minutes, nobody twice; when the rows have come, both hear the end."""
    office.desk.wrong = [late()]
    for minute in (0, 1, 14, 15, 16):
        office.at(NOON + minute * MINUTE)
    assert office.desk.line.pages() == [("john", "aggregate_profit/1"), ("james", "aggregate_profit/2")]

    office.desk.wrong = []
    report = office.at(NOON + 17 * MINUTE)

    assert [incident.state for incident, event in report.moved if event.kind == "resolved"] == [State.RESOLVED]
    told = [letter.to for letter in office.desk.line.letters if letter.step.startswith("resolved")]
    assert {PEOPLE["john"], PEOPLE["james"]} < set(told) and len(told) == 3  # the room, too
    assert office.pager.waiting() == [] and report.problems == []


def test_a_pass_without_gathering_moves_only_what_time_moves(office):
    """Timers and the outbox are looked at between two gatherings; what is newly wrong waits for the next."""
    office.desk.wrong = [late()]
    office.at(NOON)
    office.desk.wrong = [late(), late("costs")]
    report = office.at(NOON + 15 * MINUTE, gathers=False)

    assert report.signals is None
    assert office.desk.line.pages() == [("john", "aggregate_profit/1"), ("james", "aggregate_profit/2")]


def test_one_incident_that_breaks_stops_no_other(office, monkeypatch):
    """The other is paged; what broke is said once, and keeps the dead man's switch from hearing that all is well."""
    from holdfast.paging import engine

    def advance(incident, now, rules, real=engine.advance):
        if incident.key.subject == "costs":
            raise ZeroDivisionError("by nothing")
        return real(incident, now, rules)

    monkeypatch.setattr(engine, "advance", advance)
    office.desk.wrong = [late("costs"), late("orders")]
    office.at(NOON)
    report = office.at(NOON + MINUTE)

    assert office.desk.line.pages() == [("john", "aggregate_profit/1")]
    assert report.problems == office.said == ["incident 1 could not be moved on: by nothing"]
    assert office.desk.pings == 0


def test_what_cannot_be_gathered_has_not_cleared(office):
    """A fault in reading the records resolves nothing: the incident stays, and the fault is one of its own until it is mended."""
    office.desk.wrong = [late()]
    office.at(NOON)
    office.desk.wrong = ValueError("no such day")
    for minute in (1, 2):
        office.at(NOON + minute * MINUTE)
    opened = {incident.key.subject: incident for incident in office.desk.ledger.open_incidents()}
    assert set(opened) == {"orders", "pager"}
    assert opened["pager"].signals[0].since == NOON + MINUTE

    office.desk.wrong = [late()]
    office.at(NOON + 3 * MINUTE)
    assert [incident.key.subject for incident in office.desk.ledger.open_incidents()] == ["orders"]


def test_a_jump_of_the_clock_fires_nothing_for_one_pass(office):
    """The wall clock alone moves an hour ahead: no step of that hour goes out in that pass; the jump is an incident."""
    office.desk.wrong = [late(page_at=NOON + 30 * MINUTE)]
    office.at(NOON)
    office.machine.wall += HOUR
    report = office.pager.one_pass()
    assert report.is_held and office.desk.line.pages() == []
    assert office.desk.ledger.last_seen() == NOON

    office.machine.passes(timedelta(seconds=5))
    office.pager.one_pass()
    assert "aggregate_profit/1" in {step for _, step in office.desk.line.pages()}
    assert [incident.key.kind for incident in office.desk.ledger.open_incidents()] == ["late", "clock"]


def test_a_jump_that_is_taken_back_was_none(office):
    """Nothing has seen the wrong hour, so nothing was due in it."""
    office.desk.wrong = [late(page_at=NOON + 30 * MINUTE)]
    office.at(NOON)
    office.machine.wall += HOUR
    office.pager.one_pass()
    office.machine.wall -= HOUR
    report = office.at(NOON + MINUTE)

    assert report.now == NOON + MINUTE
    assert ("john", "aggregate_profit/1") not in office.desk.line.pages()


def test_a_clock_set_back_is_told_and_time_goes_on(office):
    """A second pager begins an hour behind what the first has seen: it begins there, and says that its clock is behind."""
    office.at(NOON)
    office.machine.wall -= HOUR
    office.new_pager()
    report = office.pager.one_pass()

    assert report.now == NOON
    assert "60 minutes behind" in office.desk.ledger.open_incidents()[0].title


def test_after_a_late_start_the_builder_has_one_look_first(office):
    """At most a minute: what the builder mends in it is never paged; what it does not, then is, marked as late."""
    office.desk.wrong, office.desk.awaits_builder = [late(since=NOON - HOUR, page_at=NOON - HOUR)], True
    for s in (0, 30, 59):
        assert office.at(NOON + timedelta(seconds=s)).is_held
    assert office.desk.line.letters == [] and office.desk.ledger.open_incidents() == []

    office.at(NOON + timedelta(seconds=60))
    assert {letter.to.name for letter in office.desk.line.letters if letter.wakes} == {"john", "james", "maria"}
    assert all(letter.is_late for letter in office.desk.line.letters if letter.wakes)


def test_a_given_time_is_neither_a_late_start_nor_a_jump(office):
    """Whoever walks through a night with --at finds its pages as they would have been."""
    office.given = NOON
    office.desk.wrong, office.desk.awaits_builder = [late(since=NOON - HOUR, page_at=NOON - HOUR)], True
    office.new_pager()
    report = office.pager.one_pass()

    assert not report.is_held
    assert office.desk.line.pages() and not any(letter.is_late for letter in office.desk.line.letters)


def test_new_files_move_the_time_of_a_project_on_its_datas_clock(office):
    """From the newest of them time runs on; it fires what is due by then, and is no jump."""
    office.given = NOON
    office.new_pager()
    office.desk.wrong = [late(page_at=NOON + HOUR)]
    office.pager.one_pass()
    office.desk.data_at = NOON + HOUR
    office.machine.passes(MINUTE)
    report = office.pager.one_pass()

    assert (report.now, report.is_held) == (NOON + HOUR, False)
    assert office.desk.line.pages() == [("john", "aggregate_profit/1")]


def test_what_was_done_at_an_instant_is_not_done_before_it(office):
    """A pager killed between two gatherings, and begun anew with the time it was given: what it fired has been seen."""
    office.given = NOON
    office.new_pager()
    office.desk.wrong = [late(page_at=NOON + MINUTE)]
    office.pager.one_pass()
    office.machine.passes(MINUTE)
    office.pager.one_pass(gathers=False)
    office.new_pager()

    assert office.pager.one_pass().now == NOON + MINUTE


def test_the_ping_goes_once_a_minute_while_all_is_well(office):
    """Not when the last attempt on the only waking channel failed; again once it works."""
    for s in (0, 30, 61):
        office.at(NOON + timedelta(seconds=s))
    assert office.desk.pings == 2

    office.desk.line.fails, office.desk.wrong = True, [late()]
    office.at(NOON + 3 * MINUTE)
    office.at(NOON + 3 * MINUTE + timedelta(seconds=1))
    assert office.desk.pings == 2

    office.desk.line.fails = False
    office.at(NOON + 5 * MINUTE)
    assert office.desk.line.pages() and office.desk.pings == 3


def test_nothing_overdue_is_pinged_away(office):
    """A page that no provider takes for six minutes keeps the switch silent, and the pass says so."""
    office.desk.wrong, office.desk.line.fails = [late()], True
    for minute in range(7):
        report = office.at(NOON + minute * MINUTE)

    assert report.overdue == 2  # the page, and the word to the room
    assert "overdue" in office.said[-1]
    assert office.desk.pings == 0


def test_a_ledger_that_cannot_be_used_is_paged_from_memory(office):
    """Primary and manager, once, and no ping; when it works again they hear that, and what became due goes out."""
    office.at(NOON)
    office.desk.is_broken, office.desk.wrong = True, [late(page_at=NOON + MINUTE)]
    for minute in (1, 2, 3):
        report = office.at(NOON + minute * MINUTE)
    assert report.is_broken and office.desk.closed == 3
    assert office.desk.line.pages() == [("john", "emergency"), ("maria", "emergency")]
    assert office.desk.pings == 1

    office.desk.is_broken = False
    office.at(NOON + 4 * MINUTE)
    assert sorted(office.desk.line.pages()[2:]) == [("john", "aggregate_profit/1"), ("john", "emergency"), ("maria", "emergency")]


def test_without_any_memory_the_team_files_say_who_is_paged(office):
    """A pager that starts over a broken ledger has had no good pass."""
    office.desk.is_broken = True
    office.pager.one_pass()

    assert office.desk.line.pages() == [("james", "emergency"), ("maria", "emergency")]


def test_a_pager_that_was_taken_over_stops(office):
    """Its ledger is not broken; another engine works on it, so nobody is paged about that."""
    office.at(NOON)
    office.desk.ledger.take_over(NOON + MINUTE)
    office.desk.wrong = [late()]

    with pytest.raises(TakenOver):
        office.at(NOON + MINUTE)
    assert office.desk.line.letters == []
