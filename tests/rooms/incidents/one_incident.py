"""One incident by hand: a team whose days are known, orders that are late, and a pager that looks when told to."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents.advance import advance
from holdfast.incidents.incident import State
from holdfast.incidents.messages import Sort
from holdfast.incidents.reconcile import reconcile
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Harm, Key, Signal
from holdfast.incidents.timers import Timers

LONDON = ZoneInfo("Europe/London")
FRIDAY = date(2026, 10, 2)
OFFICE = (time(8), time(20))
INVESTORS = (
    EscalationStep(timedelta(0), "unacknowledged", ("primary",)),
    EscalationStep(timedelta(minutes=15), "unacknowledged", ("backup",)),
    EscalationStep(timedelta(minutes=30), "unacknowledged", ("manager",)),
    EscalationStep(timedelta(hours=2), "unresolved", ("primary_owner", "secondary_owner", "manager"), ("stakeholders",)),
    EscalationStep(timedelta(hours=4), "unresolved", ("manager",), ("room",), is_target=True),
    EscalationStep(timedelta(hours=6), "impact", ("lead",), repeat_every=timedelta(hours=2)),
)
EXPERIMENTS = (
    EscalationStep(timedelta(0), "unacknowledged", ("primary",), between=OFFICE),
    EscalationStep(timedelta(hours=1), "unacknowledged", ("backup",), between=OFFICE),
    EscalationStep(timedelta(days=1), "unresolved", ("primary_owner",), between=OFFICE, working_days=True),
)


def at(hour, minute=0, day=FRIDAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@dataclass
class Team:
    """A directory that says what the test says; whoever is not named is nobody."""

    roles: dict = field(default_factory=lambda: {
        "primary": ("john",), "backup": ("jill",), "manager": ("manager",), "primary_owner": ("james",),
        "secondary_owner": ("jill",), "lead": ("finance_lead",), "stakeholders": ("investor_relations",),
        "engineers": ("john", "james", "jill", "davis"),
    })  # fmt: skip
    hand_offs: dict = field(default_factory=dict)
    """Instant to who is primary from then."""
    notes: dict = field(default_factory=dict)
    away: dict = field(default_factory=dict)

    def people_for(self, target, pipeline, instant):
        since = [each for each in self.hand_offs if each <= instant]
        if target == "primary" and since:
            return (self.hand_offs[max(since)],)
        return self.roles.get(target, ())

    def next_hand_off(self, after, until):
        return min((each for each in self.hand_offs if after < each <= until), default=None)

    def absent_from(self, person, after, until):
        gone = self.away.get(person)
        return gone if gone and after < gone <= until else None

    def note_acknowledged(self, hand_off, until):
        noted = self.notes.get(hand_off)
        return noted if noted and noted <= until else None


def late(pipeline="aggregate_profit", *, page_at, since=at(3), source="orders", on=date(2026, 10, 1), due_at=None, **more):
    """A source is late: the pipeline's figure of the day is missing from `due_at` on, by default when it pages."""
    audience = "experiments" if pipeline.startswith("unit") else "investors"
    affect = Affect(pipeline, audience, "", "day", str(on), due_at or page_at or at(8))
    given = {"affects": (affect,), "tell": ("transactions_team",)} | more
    return Signal(Key("late", source, on), pipeline, since, page_at, f"{source} are late for {pipeline}", **given)


def wrong(signal):
    return replace(signal, affects=tuple(replace(each, harm=Harm.WRONG) for each in signal.affects))


class Pager:
    """Looks when the test says so, keeps the incidents, and everything that was posted."""

    def __init__(self, team=None, **rules):
        policies = {"": INVESTORS, "aggregate_profit": INVESTORS, "aggregate_growth": INVESTORS, "unit_profit": EXPERIMENTS}
        named = {name: EscalationPolicy(name or "team", steps) for name, steps in policies.items()} | rules.pop("policies", {})
        self.team = team or Team()
        self.rules = Rules(named, self.team, LONDON, **rules)
        self.incidents = {}
        self.events, self.messages, self.timers = [], [], {}

    def look(self, now, *signals):
        """One pass; gives back the messages it made."""
        before = len(self.messages)
        known = list(self.incidents.values())
        open_ = [each for each in known if each.state is State.OPEN]
        ended = [each for each in known if each.state is State.RESOLVED]
        decisions = reconcile(signals, open_, ended, now, self.rules)
        changed = {each.incident.id for each in decisions}
        resting = [each for each in open_ if each.id not in changed]
        self.record(*decisions, *Timers().moved(resting, lambda: self.timers, self.rules, now))
        for number in list(self.incidents):
            if self.timers[number] is not None and self.timers[number] <= now:
                decision = advance(self.incidents[number], now, self.rules)
                self.record(*([decision] if decision else []))
        return self.messages[before:]

    def act(self, verb, *given, incident=1):
        """A person's act on the incident."""
        self.record(verb(self.incidents[incident], *given))

    def record(self, *decisions):
        for decision in decisions:
            number = decision.incident.id or len(self.incidents) + 1
            self.incidents[number] = replace(decision.incident, id=number)
            self.timers[number] = decision.next_at
            self.events += decision.events
            self.messages += decision.messages

    @property
    def incident(self):
        return self.incidents[1]

    def paged(self):
        """(time, person) of every page so far, in order."""
        return [(f"{each.due_at:%H:%M}", each.target) for each in self.messages if each.sort is Sort.PAGE]

    def said(self, kind):
        return [each for each in self.events if each.kind == kind]


def paged(messages):
    return [(f"{each.due_at:%H:%M}", each.target) for each in messages if each.sort is Sort.PAGE]


def told(messages):
    return [each.target for each in messages if each.sort is Sort.TELL]
