"""What the signals of a pass make of the incidents: opened, joined, cleared, merged, opened again, resolved."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from holdfast.incidents.changing import absorbed, opened, rechecked, refreshed, reopened, with_cause
from holdfast.incidents.course import Course
from holdfast.incidents.incident import Decision, Incident
from holdfast.incidents.matching import Cause, Register, comes_back, explained, from_now, in_order, waits
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import UNKNOWN_CAUSES, Kind, Signal
from holdfast.incidents.transitions import next_at


def reconcile(
    signals: Sequence[Signal], open_: Sequence[Incident], recent: Sequence[Incident], now: datetime, rules: Rules
) -> list[Decision]:
    """Decisions for everything the signals change, and none for what they leave as it is.

    `open_` are all open incidents, `recent` those resolved within the last hour or waiting for a recheck. Makes no
    messages: what people are to be told is marked, and `advance` tells it. New incidents have id 0.
    """
    desk = _Desk(open_, recent, now, rules)
    for signal in sorted(signals, key=lambda each: each.key.kind in UNKNOWN_CAUSES):
        desk.place(signal)
    desk.find_causes()
    return [course.decision(next_at(course.incident, rules, now)) for course in desk.changes()]


class _Desk:
    """One pass: every signal in its place, then every incident as its signals leave it."""

    def __init__(self, open_: Sequence[Incident], recent: Sequence[Incident], now: datetime, rules: Rules) -> None:
        self._open, self._recent, self._now, self._rules = open_, recent, now, rules
        self._opens, self._ended = Register(open_), Register(recent)
        self._of_open: dict[int, list[Signal]] = defaultdict(list)
        self._of_ended: dict[int, list[Signal]] = defaultdict(list)
        self._new: dict[Cause, list[Signal]] = defaultdict(list)
        self._into: dict[int, int] = {}
        """Position of the younger of two that are the same, to that of the older."""
        self._found: dict[int, Cause] = {}
        """Open incidents of unknown cause, and the new cause that is theirs."""

    def place(self, signal: Signal) -> None:
        """With its open incident, one that ended just now, or the others of a new cause."""
        at = self._opens.match(signal)
        if at is not None:
            self._of_open[at].append(signal)
            return
        at = self._ended.match(signal)
        if at is not None and comes_back(self._recent[at], signal, self._now):
            self._of_ended[at].append(signal)
            return
        fresh = signal if at is None else from_now(signal, self._recent[at], self._now)
        self._new[signal.key.kind, signal.key.subject].append(fresh)

    def find_causes(self) -> None:
        """Open incidents of unknown cause give way to, or take over, what explains them."""
        unknown = self._unknown()
        if not unknown and not any(kind in UNKNOWN_CAUSES for kind, _ in self._new):
            return
        homes: dict[tuple[str, str, str], int | Cause] = {}
        for cause, signals in self._new.items():
            homes |= dict.fromkeys(explained(signals), cause)
        for at, signals in self._of_open.items():
            homes |= dict.fromkeys(explained(signals), at)
        for at in unknown:
            home = next((homes[each] for each in _missing(self._open[at]) if each in homes), None)
            if isinstance(home, int):
                self._merge(at, home)
            elif home is not None:
                self._take_over(at, home)
        self._drop_explained(homes)

    def _unknown(self) -> list[int]:
        """Oldest first."""
        return [at for at, incident in enumerate(self._open) if incident.key.kind in UNKNOWN_CAUSES]

    def _merge(self, unknown: int, known: int) -> None:
        older, younger = sorted((unknown, known), key=lambda at: (self._open[at].opened_at, self._open[at].id))
        older = self._survivor(older)
        if older == younger or younger in self._into:
            return
        self._into[younger] = older
        self._of_open[older] += self._of_open.pop(younger, [])

    def _take_over(self, unknown: int, cause: Cause) -> None:
        taken = next((at for at, found in self._found.items() if found == cause), None)
        if taken is not None:
            self._merge(unknown, taken)
            return
        self._found[unknown] = cause
        self._of_open[unknown] += self._new[cause]

    def _drop_explained(self, homes: dict[tuple[str, str, str], int | Cause]) -> None:
        """What is new and of unknown cause, though a cause is known, belongs there."""
        for cause in self._found.values():
            self._new.pop(cause, None)
        for cause in [each for each in self._new if each[0] in UNKNOWN_CAUSES]:
            for signal in list(self._new[cause]):
                spots = ((affect.pipeline, affect.grain, affect.period) for affect in signal.affects)
                home = next((homes[each] for each in spots if each in homes), None)
                if home is None:
                    continue
                self._new[cause].remove(signal)
                if isinstance(home, int):
                    self._of_open[self._survivor(home)].append(signal)
                elif home in self._new:
                    self._new[home].append(signal)

    def _survivor(self, at: int) -> int:
        while at in self._into:
            at = self._into[at]
        return at

    def changes(self) -> list[Course]:
        """Every incident that becomes another, the known ones first."""
        found = [*self._of_those_open(), *self._of_those_ended()]
        for signals in self._new.values():
            if signals:
                found.append(opened(in_order(signals), self._now, self._rules))
        return found

    def _of_those_open(self) -> list[Course]:
        found: list[Course] = []
        younger: dict[int, list[int]] = defaultdict(list)
        for at in self._into:
            younger[self._survivor(at)].append(at)
        for at, incident in enumerate(self._open):
            if at in self._into:
                continue
            signals = in_order([*self._of_open.get(at, ()), *_own_word(incident)])
            course = Course(incident, self._rules)
            for other in younger.get(at, ()):
                found.append(absorbed(course, Course(self._open[other], self._rules), self._now))
            if incident.key.kind in UNKNOWN_CAUSES and (at in self._found or at in younger):
                with_cause(course, signals, self._now)
            refreshed(course, signals, self._now)
            if course.incident is not incident:
                found.append(course)
        return found

    def _of_those_ended(self) -> list[Course]:
        found = []
        for at, incident in enumerate(self._recent):
            signals = self._of_ended.get(at, [])
            course = Course(incident, self._rules)
            if any(not waits(incident, signal, self._now) for signal in signals):
                reopened(course, in_order(signals), self._now)
            else:
                rechecked(course, signals, self._now)
            if course.incident is not incident:
                found.append(course)
        return found


def _missing(incident: Incident) -> list[tuple[str, str, str]]:
    return [(each.pipeline, each.grain, each.period) for each in incident.affects]


def _own_word(incident: Incident) -> list[Signal]:
    """A person's signal is gathered from nowhere: it holds until a person ends it."""
    return [signal for signal in incident.signals if signal.key.kind == Kind.PERSON]


