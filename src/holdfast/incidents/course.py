"""An incident on its way through the instants up to now: what it becomes, what is told, who is to get what."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from holdfast.incidents.incident import Decision, Event, Incident
from holdfast.incidents.ladders import Due, clock_of
from holdfast.incidents.messages import ROOM, Clock, Message, Sort
from holdfast.incidents.rules import Rules
from holdfast.incidents.spells import LONGEST_FOR_INVESTORS, SpellKind

HOLDFAST = "holdfast"
LATE_AFTER = timedelta(minutes=5)
"""A step that was due so long before the engine started is late."""
OTHERS_WAIT = timedelta(minutes=15)
"""After a late start, before those who are only told are told."""


@dataclass
class Course:
    """What has been decided so far; ends as one decision."""

    incident: Incident
    rules: Rules
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    _wanted: list[tuple[Message, str]] = field(default_factory=list)
    """Messages of one instant, each with the name of its step."""

    def change(self, **changes: Any) -> None:
        """The incident with these fields changed."""
        self.incident = replace(self.incident, **changes)

    def note(self, at: datetime, kind: str, text: str, by: str = HOLDFAST) -> None:
        """A line of the timeline."""
        self.events.append(Event(at, kind, by, text))

    def asked_at(self, at: datetime) -> datetime:
        """When to look up who is on call for what was due then: late pages go to whoever is there now."""
        return self.rules.started_at if self.rules.started_at and self._is_late(at) else at

    def want_step(self, due: Due, sort: Sort, name: str, role: str, clock: Clock | None = None) -> None:
        """The step's message to somebody, or to the room."""
        ladder = due.ladder
        message = Message(
            sort, name, role, due.at, clock or clock_of(due.step), self.incident.id, ladder.pipeline, ladder.policy,
            due.position, due.round, due.repeat, not_before=self._waits_until(due, sort), is_late=self._is_late(due.at),
        )  # fmt: skip
        self._want(message, due.name)
        if sort is Sort.PAGE:
            self._remember_page(name, ladder.pipeline)

    def want(self, sort: Sort, name: str, role: str, at: datetime, occasion: str, clock: Clock = Clock.NONE) -> None:
        """A message that no step makes."""
        self._want(Message(sort, name, role, at, clock, self.incident.id, occasion=occasion, is_late=self._is_late(at)), "")

    def say(self, sort: Sort, name: str, role: str, at: datetime, occasion: str, body: tuple[str, ...]) -> None:
        """A message in somebody's own words."""
        self._want(Message(sort, name, role, at, Clock.NONE, self.incident.id, occasion=occasion, body=body), "")

    def _want(self, message: Message, step: str) -> None:
        self._wanted.append((message, step))
        if message.target not in self.incident.told:
            self.change(told=(*self.incident.told, message.target))

    def _remember_page(self, name: str, pipeline: str) -> None:
        row = (name, pipeline, self.incident.round)
        if row not in self.incident.paged:
            self.change(paged=(*self.incident.paged, row))

    def post(self) -> None:
        """Ends an instant: one page to each person wanted, however many steps want them."""
        targets = dict.fromkeys(message.target for message, _ in self._wanted)
        for target in targets:
            mine = [each for each in self._wanted if each[0].target == target]
            pages = _one([each for each in mine if each[0].sort is Sort.PAGE])
            tells = _one([each for each in mine if each[0].sort is not Sort.PAGE])
            heard = bool(pages) and all(page.not_before is None for page in pages)
            self.messages += pages if heard else [*pages, *tells]
        self._wanted.clear()

    def decision(self, next_at: datetime | None) -> Decision:
        """All of it, with the time of what comes next."""
        self.post()
        return Decision(self.incident, tuple(self.events), tuple(self.messages), next_at)

    def _is_late(self, at: datetime) -> bool:
        return self.rules.started_at is not None and at < self.rules.started_at - LATE_AFTER

    def _waits_until(self, due: Due, sort: Sort) -> datetime | None:
        """The end of the pipeline's maintenance; for those only told, some time after a late start."""
        waits = [self._maintained_until(due)]
        if sort is not Sort.PAGE and self.rules.started_at and self._is_late(due.at):
            waits.append(self.rules.started_at + OTHERS_WAIT)
        return max((at for at in waits if at), default=None)

    def _maintained_until(self, due: Due) -> datetime | None:
        ends = []
        for spell in self.rules.spells:
            if spell.kind is SpellKind.MAINTENANCE and spell.subject == due.ladder.pipeline and spell.holds(due.at):
                longest = LONGEST_FOR_INVESTORS if self._is_for_investors(spell.subject) else spell.end - spell.start
                ends.append(min(spell.end, spell.start + longest))
        end = max(ends, default=None)
        return end if end and end > due.at else None

    def _is_for_investors(self, pipeline: str) -> bool:
        return any(each.pipeline == pipeline and each.is_for_investors for each in self.incident.affects)


def is_room(target: str) -> bool:
    """Whether it is a room everybody reads, not a person."""
    return target.startswith(ROOM)


def _one(wanted: list[tuple[Message, str]]) -> list[Message]:
    """One message that stands for all of them: the one that may go soonest, a step's first, wanted as long as any is."""
    if not wanted:
        return []
    first, name = min(wanted, key=lambda each: (each[0].not_before or each[0].due_at, each[0].step < 0))
    names = dict.fromkeys(step for _, step in wanted if step and step != name)
    return [replace(first, clock=_longest(message.clock for message, _ in wanted), stands_for=tuple(names))]


def _longest(clocks: Iterable[Clock]) -> Clock:
    order = (Clock.FIRST, Clock.SECOND, Clock.NONE)
    return max(clocks, key=order.index)
