"""Who is paged when, under random policies, people, signals and acts, and however seldom anybody looks."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from naive_escalation import TICK_MIN, pages_due

from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents import acts
from holdfast.incidents.advance import advance
from holdfast.incidents.incident import State
from holdfast.incidents.messages import Sort
from holdfast.incidents.reconcile import reconcile
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Key, Signal

TICK = timedelta(minutes=TICK_MIN)
START = datetime(2026, 10, 2, 3, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
AUDIENCES = {"profit": "investors", "growth": "investors", "unit": "experiments"}
ENGINEERS = ("john", "james", "jill")
ROLES = ("primary", "backup", "manager", "owner", "lead")


def at(tick):
    return START + tick * TICK


@dataclass(frozen=True)
class Team:
    """A team as drawn: who has which role, hand-offs, absences; told to the engine and to the naive reading alike."""

    policies: dict
    roles: dict
    hand_offs: dict
    """Tick to the person who answers from then."""
    noted: bool
    """Whether notes of hand-offs are acknowledged."""
    away: dict
    """Person to the tick from which they are away."""
    investors: tuple = ("profit", "growth")
    deadlines: tuple = ()

    def answering(self, tick):
        return self.hand_offs[max(each for each in self.hand_offs if each <= tick)]

    def names(self, targets, tick):
        found = [name for target in targets for name in (self.roles[target] if target != "primary" else (self.answering(tick),))]
        return tuple(dict.fromkeys(found))

    def is_open(self, step, tick):
        if step.between is None:
            return True
        first, last = step.between
        return first <= at(tick).astimezone(LONDON).time() < last

    def open_time(self, step, since, tick):
        return TICK * sum(self.is_open(step, each) for each in range(since, tick))

    def leaves(self, person):
        """Ticks half an hour after which an acknowledgement of theirs ends."""
        given = [tick for tick, who in self.hand_offs.items() if tick > 0 and who != person and not self.noted]
        changes = [tick for tick in given if self.answering(tick - 1) != self.answering(tick)]
        return [*changes, *([self.away[person]] if person in self.away else [])]

    def is_harmed(self, page_at, tick):
        return any(p in self.investors and dict(self.deadlines)[p] <= tick for p in page_at)

    # what the engine asks of a directory

    def people_for(self, target, pipeline, instant):
        return self.names((target,), self.tick(instant)) if target in ROLES else ()

    def next_hand_off(self, after, until):
        changes = [tick for tick in sorted(self.hand_offs) if tick > 0 and self.answering(tick - 1) != self.answering(tick)]
        return next((at(tick) for tick in changes if after < at(tick) <= until), None)

    def absent_from(self, person, after, until):
        gone = self.away.get(person)
        return at(gone) if gone is not None and after < at(gone) <= until else None

    def note_acknowledged(self, hand_off, until):
        return hand_off if self.noted else None

    def tick(self, instant):
        return (instant - START) // TICK


gone_by = st.sampled_from((0, 1, 3, 6, 12, 24, 48))
minutes = st.integers(0, 36).map(lambda n: n * TICK)
steps = st.builds(
    EscalationStep,
    after=minutes,
    while_=st.sampled_from(("unacknowledged", "unacknowledged", "unresolved", "impact")),
    page=st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True).map(tuple),
    between=st.sampled_from((None, None, None, (time(8), time(20)), (time(7, 30), time(9, 15)))),
    repeat_every=st.sampled_from((None, None, None, timedelta(minutes=45), timedelta(hours=2))),
)
ladders = st.lists(steps, min_size=1, max_size=5).map(lambda found: tuple(sorted(found, key=lambda step: step.after)))
somebody = st.sampled_from((*ENGINEERS, "manager"))
some = st.lists(somebody, max_size=2, unique=True).map(tuple)
teams = st.builds(
    Team,
    policies=st.fixed_dictionaries(dict.fromkeys(AUDIENCES, ladders)),
    roles=st.fixed_dictionaries({role: some for role in ROLES[1:]} | {"manager": st.just(("manager",))}),
    hand_offs=st.dictionaries(st.integers(1, 250), somebody, max_size=3).map(lambda found: {0: "john"} | found),
    noted=st.booleans(),
    away=st.dictionaries(st.sampled_from(ENGINEERS), st.integers(1, 250), max_size=1),
    deadlines=st.tuples(st.integers(0, 120), st.integers(0, 120)).map(
        lambda found: (("profit", found[0]), ("growth", found[1]))
    ),
)


class Escalation(RuleBasedStateMachine):
    """One cause with up to three pipelines: what the engine posts is what the naive reading of the story says."""

    @initialize(team=teams, pipeline=st.sampled_from(sorted(AUDIENCES)), ahead=st.integers(0, 20))
    def begin(self, team, pipeline, ahead):
        self.team = team
        self.now, self.signals, self.story, self.incident, self.found = 0, {}, {}, None, []
        policies = {name: EscalationPolicy(name, found) for name, found in team.policies.items()}
        self.rules = Rules(policies | {"": policies["profit"]}, team, LONDON)
        self.a_signal_comes(0, pipeline, ahead)

    @rule(ticks=gone_by)
    def look(self, ticks):
        self.now += ticks
        self._look()

    @rule(ticks=gone_by, pipeline=st.sampled_from(sorted(AUDIENCES)), ahead=st.integers(0, 40))
    def a_signal_comes(self, ticks, pipeline, ahead):
        self.now += ticks
        opens = self.incident is None or self.incident.state is not State.OPEN
        if pipeline in self.signals or (opens and self.incident and len(self.incident.opened_times) > 1):
            return
        self._look()
        due = at(dict(self.team.deadlines).get(pipeline, 0))
        affect = Affect(pipeline, AUDIENCES[pipeline], "", "day", "2026-10-01", due)
        key = Key("late", "orders", date(2026, 10, 1))
        self.signals[pipeline] = Signal(key, pipeline, at(self.now), at(self.now + ahead), "late", (), (affect,))
        self._tell("signal", pipeline, self.now + ahead)
        self._look()

    @precondition(lambda self: self.signals)
    @rule(ticks=gone_by, which=st.integers(0, 2))
    def a_signal_clears(self, ticks, which):
        self.now += ticks
        pipeline = sorted(self.signals)[which % len(self.signals)]
        self._look()
        del self.signals[pipeline]
        self._tell("clear", pipeline)
        self._look()

    @precondition(lambda self: self._is_open())
    @rule(ticks=gone_by, by=somebody, snoozed=st.one_of(st.none(), st.integers(1, 30)))
    def somebody_acknowledges(self, ticks, by, snoozed):
        # Nobody has looked since: what is due until then is due all the same.
        self.now += ticks
        until = None if snoozed is None else self.now + snoozed
        if until is None:
            self._record(acts.acknowledge(self.incident, by, at(self.now), self.rules))
        else:
            self._record(acts.snooze(self.incident, at(until), by, at(self.now), self.rules))
        self._tell("acknowledge", by, until)

    @precondition(lambda self: self._is_open() and len(self.incident.opened_times) == 1)
    @rule(ticks=gone_by)
    def somebody_resolves(self, ticks):
        self.now += ticks
        self._look()
        if self._is_open():
            self._record(acts.resolve(self.incident, "seems fine", "john", at(self.now), self.rules))
            self._tell("resolve")

    def teardown(self):
        if not hasattr(self, "team"):
            return
        self._look()
        assert sorted(self.found) == sorted(pages_due(self.story, self.team, self.now))

    def _is_open(self):
        return self.incident is not None and self.incident.state is State.OPEN

    def _tell(self, *act):
        self.story.setdefault(self.now, []).append(act)

    def _look(self):
        is_open = self._is_open()
        known = [self.incident] if self.incident else []
        now, signals = at(self.now), list(self.signals.values())
        for decision in reconcile(signals, known if is_open else [], [] if is_open else known, now, self.rules):
            self._record(decision)
        for _ in range(3):
            decision = advance(self.incident, now, self.rules) if self.incident else None
            if decision:
                self._record(decision)

    def _record(self, decision):
        self.incident = replace(decision.incident, id=1)
        for message in decision.messages:
            if message.sort is Sort.PAGE and message.step >= 0:
                names = (f"{message.pipeline}/{message.step + 1}", *message.stands_for)
                self.found += [(self.team.tick(message.due_at), message.target, name) for name in names]


TestEscalation = Escalation.TestCase
TestEscalation.settings = settings(max_examples=250, stateful_step_count=30, deadline=None)
