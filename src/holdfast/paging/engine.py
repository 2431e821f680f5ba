"""One pass of the pager: gather what is wrong, move incidents on, send what is due; what breaks stops nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from holdfast.definitions.people import Person
from holdfast.definitions.rota import MANAGER, PRIMARY
from holdfast.errors import StoreError, TakenOver
from holdfast.incidents.advance import advance, next_at
from holdfast.incidents.incident import Decision, Event, Incident
from holdfast.incidents.messages import Message
from holdfast.incidents.ports import IncidentLog, Outbox, PagerLog
from holdfast.incidents.reconcile import reconcile
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Key, Kind, Signal
from holdfast.incidents.timers import Timers
from holdfast.paging.emergency import Emergency
from holdfast.paging.pager_time import JUMP, PagerTime
from holdfast.paging.sender import SendReport
from holdfast.paging.watched import Watched

ROUNDS = 50
"""How often one pass looks for incidents that are due again: a bound, so that no mistake keeps it for ever."""
OVERDUE_AFTER = timedelta(minutes=5)
RECENT = timedelta(hours=24)
"""How far back resolved incidents are looked at, to open them again."""
FIRST_LOOK_S = 60.0
"""How long a pager that starts late waits for the builder's first look."""
PING_S = 60.0
CLOCK_SIGNAL_FOR = timedelta(hours=1)


class Books(IncidentLog, Outbox, PagerLog, Protocol):
    """What is remembered."""

    def timers(self) -> dict[int, datetime | None]:
        """Of every open incident."""


class Desk(Protocol):
    """One reading of the project. Everything but `books` and what uses it works without the ledger."""

    @property
    def books(self) -> Books:
        """StoreError while the ledger cannot be opened."""

    @property
    def people(self) -> Mapping[str, Person]: ...

    @property
    def channels(self) -> Sequence[Watched]: ...

    def data_time(self) -> datetime | None:
        """The data's clock, where that is the project's: new files move it on."""

    def by_plan(self, now: datetime) -> Sequence[str]:
        """Who answers and who manages by the definitions alone."""

    def is_builder_awaited(self) -> bool:
        """Whether a builder runs beside, and its first look is not over."""

    def gather(self, now: datetime) -> Sequence[Signal]: ...

    def rules(self, now: datetime) -> Rules:
        """Read anew; equal to those of the last pass as long as nothing is recorded that changes them."""

    def worded(self, decision: Decision, now: datetime, rules: Rules) -> Decision: ...

    def notes(self, now: datetime) -> Sequence[Message]:
        """Messages about the next hand-off."""

    def send(self, now: Callable[[], datetime], fence: int, rules: Rules) -> SendReport:
        """Sends what is due."""

    def ping(self) -> None:
        """Tells the dead man's switch that all is well; does nothing where there is none."""

    def close(self) -> None:
        """Gives the ledger back; it is opened anew when it is needed."""


@dataclass(slots=True)
class PassReport:
    """What one pass did."""

    now: datetime
    signals: int | None = None
    """None: they were not gathered."""
    moved: list[tuple[Incident, Event]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    overdue: int = 0
    is_held: bool = False
    """Nothing was fired: the builder's first look is awaited, or the clock jumped."""
    is_broken: bool = False
    """The ledger could not be used."""


@dataclass(slots=True)
class Pager:
    """Everything due is done at each pass. It remembers nothing that a new pager would need."""

    desk: Callable[[], Desk]
    time: PagerTime
    emergency: Emergency
    say: Callable[[str], None]
    _fence: int | None = field(default=None, init=False)
    _started_at: datetime | None = field(default=None, init=False)
    _on_call: tuple[str, ...] = field(default=(), init=False)
    """Primary and manager at the last pass that went well."""
    _clock_signal: tuple[Signal, datetime] | None = field(default=None, init=False)
    """Until when it is shown."""
    _broken_since: datetime | None = field(default=None, init=False)
    """Gathering."""
    _pinged_s: float = field(default=float("-inf"), init=False)
    _said: dict[str, None] = field(default_factory=dict, init=False)
    _timers: Timers = field(default_factory=Timers, init=False)

    def one_pass(self, *, gathers: bool = True) -> PassReport:
        """Does what is due now. Without `gathers` only what time and earlier passes made due.

        A ledger that cannot be used is no error here: primary and manager are paged from memory.
        Raises TakenOver when another pager records now.
        """
        desk = self.desk()
        report = PassReport(self.time.now())
        try:
            self._pass(desk, report, gathers)
        except TakenOver:
            raise
        except StoreError as error:
            desk.close()
            report.is_broken = True
            report.problems.append(str(error))
            names = self._on_call or desk.by_plan(report.now)
            people = [desk.people[name] for name in dict.fromkeys(names) if name in desk.people]
            self.emergency.begin(str(error), people, desk.channels, report.now)
        return report

    def waiting(self) -> list[tuple[Incident, datetime | None]]:
        """Every incident that is still open, and when time alone changes it next; nothing while the ledger cannot be used."""
        try:
            books = self.desk().books
            timers = books.timers()
            return [(each, timers.get(each.id)) for each in books.open_incidents()]
        except StoreError:
            return []

    def _pass(self, desk: Desk, report: PassReport, gathers: bool) -> None:
        books, jumped = desk.books, self.time.jumped()
        seen = books.last_seen()
        if self._fence is None:
            self.time.begin()
        self.time.not_before(seen)
        self.time.not_before(desk.data_time())
        report.now = now = self.time.now()
        if self._fence is None:
            self._fence = books.take_over(now)
            self._started_at = None if self.time.is_given else now
        if jumped is None and (gathers or self._clock_signal):
            books.see(now)
        self._note_clock(jumped, now)
        report.is_held = jumped is not None or self._awaits_builder(desk)
        rules = replace(desk.rules(now), started_at=self._started_at, fires=not report.is_held)
        if gathers and not self._awaits_builder(desk):
            self._reconcile(desk, rules, now, report)
        if rules.fires:
            self._advance(desk, rules, now, report)
        self._send(desk, rules, report)
        self._look_back(desk, books, rules, report)

    def _awaits_builder(self, desk: Desk) -> bool:
        """After a late start the builder has one look first: what it finds may already be mended."""
        return not self.time.is_given and self.time.running_s() < FIRST_LOOK_S and desk.is_builder_awaited()

    def _reconcile(self, desk: Desk, rules: Rules, now: datetime, report: PassReport) -> None:
        books = desk.books
        opened = books.open_incidents()
        signals = self._gathered(desk, opened, now, report)
        report.signals = len(signals)
        recent = books.resolved_since(now - RECENT)
        try:
            decisions = reconcile(signals, opened, recent, now, rules)
        except Exception as error:
            self._problem(report, f"signals could not be matched with incidents: {_said(error)}")
            return
        changed = {decision.incident.id for decision in decisions}
        resting = [each for each in opened if each.id not in changed]
        self._record(desk, [*decisions, *self._moved(books, resting, rules, now, report)], rules, report)
        if rules.fires:
            books.add_messages(desk.notes(now))

    def _moved(self, books: Books, resting: Sequence[Incident], rules: Rules, now: datetime, report: PassReport) -> list[Decision]:
        try:
            return self._timers.moved(resting, books.timers, rules, now)
        except StoreError:
            raise
        except Exception as error:
            self._problem(report, f"timers could not be looked at: {_said(error)}")
            return []

    def _gathered(self, desk: Desk, opened: Sequence[Incident], now: datetime, report: PassReport) -> list[Signal]:
        """What is wrong now. Where that cannot be told, what was wrong is taken to be so still, and that is a signal too."""
        own = [self._clock_signal[0]] if self._clock_signal else []
        try:
            gathered = [*desk.gather(now), *own]
        except StoreError:
            raise
        except Exception as error:
            self._broken_since = self._broken_since or now
            self._problem(report, f"what is wrong could not be gathered: {_said(error)}")
            broken = _blind(self._broken_since, _said(error))
            known = [signal for each in opened for signal in each.signals if signal.key.kind != broken.key.kind or signal.key.subject != broken.key.subject]
            return [*known, broken]
        self._broken_since = None
        return gathered

    def _advance(self, desk: Desk, rules: Rules, now: datetime, report: PassReport) -> None:
        books, done = desk.books, set[int]()
        for _ in range(ROUNDS):
            due = [each for each in books.due_incidents(now) if each.id not in done]
            if not due:
                return
            # What is done at an instant is never done before it, also when a given time begins anew.
            books.see(now)
            decisions = []
            for incident in due:
                decision = self._decided(incident, rules, now, report)
                if decision is None or _is_stuck(decision, now):
                    done.add(incident.id)
                if decision is not None and (decision.incident != incident or not _is_stuck(decision, now)):
                    decisions.append(decision)
            self._record(desk, decisions, rules, report)
        self._problem(report, f"incidents were due again {ROUNDS} times in one pass; the next goes on")

    def _decided(self, incident: Incident, rules: Rules, now: datetime, report: PassReport) -> Decision | None:
        """What becomes of it now; one that breaks stops no other, and the auditor goes on seeing it."""
        try:
            return advance(incident, now, rules) or Decision(incident, next_at=next_at(incident, rules, now))
        except Exception as error:
            self._problem(report, f"incident {incident.id} could not be moved on: {_said(error)}")
            return None

    def _record(self, desk: Desk, decisions: Sequence[Decision], rules: Rules, report: PassReport) -> None:
        """All in one transaction; when one of them breaks it, each in its own."""
        if not decisions:
            return
        worded = [self._worded(desk, decision, rules, report) for decision in decisions]
        try:
            recorded = desk.books.record_decisions(worded, self._fence)
        except StoreError:
            raise
        except Exception:
            recorded = [each for decision in worded for each in self._recorded_alone(desk, decision, report)]
        report.moved += [(each.incident, event) for each in recorded for event in each.events]

    def _recorded_alone(self, desk: Desk, decision: Decision, report: PassReport) -> list[Decision]:
        try:
            return desk.books.record_decisions([decision], self._fence)
        except StoreError:
            raise
        except Exception as error:
            self._problem(report, f"incident {decision.incident.id or decision.incident.key} could not be recorded: {_said(error)}")
            return []

    def _worded(self, desk: Desk, decision: Decision, rules: Rules, report: PassReport) -> Decision:
        """A page without its text is a page still: words never keep one back."""
        try:
            return desk.worded(decision, report.now, rules)
        except Exception as error:
            self._problem(report, f"incident {decision.incident.id or decision.incident.key} could not be put into words: {_said(error)}")
            title = decision.incident.title
            plain = [message if message.subject else replace(message, subject=title, body=(title,)) for message in decision.messages]
            return replace(decision, messages=tuple(plain))

    def _send(self, desk: Desk, rules: Rules, report: PassReport) -> None:
        """A person whom no channel reaches makes the next step due: what that adds goes out in the same pass."""
        assert self._fence is not None
        for _ in range(ROUNDS):
            sent = desk.send(self.time.now, self._fence, rules)
            report.sent += sent.lines
            if not sent.lines or not rules.fires or not desk.books.due_incidents(report.now):
                return
            self._advance(desk, rules, report.now, report)

    def _look_back(self, desk: Desk, books: Books, rules: Rules, report: PassReport) -> None:
        now = report.now
        report.overdue = books.overdue(now - OVERDUE_AFTER)
        people = (*rules.directory.people_for(PRIMARY, "", now), *rules.directory.people_for(MANAGER, "", now))
        self._on_call = people or self._on_call
        self.emergency.end(desk.people, desk.channels, now)
        if report.overdue and not report.is_held:
            self._problem(report, f"{report.overdue} message(s) or incident(s) are overdue by more than five minutes")
        if report.signals is not None:
            self._said = dict.fromkeys(text for text in self._said if text in report.problems)
        works = any(channel.wakes and channel.works for channel in desk.channels)
        if works and not report.overdue and not report.problems and self.time.running_s() - self._pinged_s >= PING_S:
            self._pinged_s = self.time.running_s()
            desk.ping()

    def _note_clock(self, jumped: timedelta | None, now: datetime) -> None:
        behind = self.time.behind()
        if jumped is not None:
            text = f"The clock jumped ahead by {_minutes(jumped)}; nothing fired for one pass."
            self._clock_signal = (_clock(now, text), now + CLOCK_SIGNAL_FOR)
        elif behind > JUMP:
            since = self._clock_signal[0].since if self._clock_signal else now
            text = f"The clock is {_minutes(behind)} behind what was already seen; time runs slower until it has caught up."
            self._clock_signal = (_clock(since, text), now)
        elif self._clock_signal and now >= self._clock_signal[1]:
            self._clock_signal = None

    def _problem(self, report: PassReport, text: str) -> None:
        """Told once, not at every pass."""
        report.problems.append(text)
        if text not in self._said:
            self._said[text] = None
            self.say(text)


def _is_stuck(decision: Decision, now: datetime) -> bool:
    """Due again at once, although time has done what it can: only signals or people change it."""
    return decision.next_at is not None and decision.next_at <= now and not decision.events and not decision.messages


def _clock(since: datetime, text: str) -> Signal:
    key = Key(Kind.CLOCK, "clock", since.date())
    return Signal(key, "", since, since, text, clears_when="an hour passes without another jump")


def _blind(since: datetime, why: str) -> Signal:
    key = Key(Kind.FAILED, "pager", since.date())
    text = "The pager cannot tell what is wrong: its signals could not be gathered."
    return Signal(key, "", since, since, text, (why,), clears_when="signals are gathered again")


def _minutes(span: timedelta) -> str:
    return f"{round(span / timedelta(minutes=1))} minutes"


def _said(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
