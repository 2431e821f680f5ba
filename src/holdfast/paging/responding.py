"""Who acts on incidents, whether they may, and how an act is recorded although the pager works beside it."""

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from holdfast.calendars import day_of
from holdfast.definitions.people import Actor
from holdfast.definitions.pipeline import Project
from holdfast.definitions.rota import PRIMARY
from holdfast.errors import DefinitionError, WorldError
from holdfast.incidents.incident import Decision, Incident, State
from holdfast.incidents.messages import Message, Sort
from holdfast.incidents.ports import IncidentLog, Outbox, PagerLog
from holdfast.incidents.rules import Rules
from holdfast.incidents.spells import SpellLog
from holdfast.letters.wording import Words, worded

TRIES = 20
"""The pager changes an incident at most a few times a second; who loses so often has met a fault."""
TEAM = ("engineer", "manager", "lead")
"""Roles that may answer an incident; owners of an affected pipeline may, whatever their role."""


class Ledger(IncidentLog, Outbox, PagerLog, SpellLog, Protocol):
    """Incidents, messages, what the pager has seen, announced times, and the audit that every act goes into."""

    def audit(self, actor: str, verb: str, text: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Done:
    """An act as it was recorded."""

    decision: Decision
    pages: tuple[Message, ...] = ()
    """What the pager has still to send."""

    @property
    def incident(self) -> Incident:
        return self.decision.incident


@dataclass
class Responder:
    """Incidents of one project at one instant, and the person who acts on them."""

    project: Project
    ledger: Ledger
    now: datetime
    actor: Callable[[], Actor]
    """Asked for when somebody acts."""
    rules: Callable[[], Rules]
    """As they are recorded when they are asked for."""
    words: Callable[[Rules], Words]
    _names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = frozenset(person.name for person in self.project.people)

    def acting(self) -> Actor:
        """Who acts. At the keyboard of a demo sits whoever is on call, unless `--as` says otherwise."""
        actor = self.actor()
        if actor.person is not None or not self.project.demo:
            return actor
        on_call = self.rules().directory.people_for(PRIMARY, "", self.now)
        return Actor(on_call[0], actor.os_user, actor.channel, demo=True) if on_call else actor

    def person(self) -> str:
        """Who acts; DefinitionError for an account that is bound to nobody, or to somebody who has left."""
        actor = self.acting()
        if actor.person is None:
            raise DefinitionError(
                f"OS user '{actor.os_user}' is bound to nobody in team/people.yml, and an incident records who acts. "
                "Add it to a person's os_users, or act --as NAME where you may."
            )
        person = next(each for each in self.project.people if each.name == actor.person)
        if not person.is_here(day_of(self.now, self.project.zone)):
            raise DefinitionError(f"{person.name} has left the team; whoever is there now does it from their own account.")
        return person.name

    def answering(self, incident: Incident) -> str:
        """Who acts, if they may answer this incident; DefinitionError otherwise."""
        person = self.person()
        touched = {each.pipeline for each in incident.affects} | {each.pipeline for each in incident.signals}
        if not self.is_of_team(person, touched):
            raise DefinitionError(
                f"incident {incident.id} is answered by engineers, owners, leads and the manager; you are {self.acting()}. "
                "`holdfast note` records what you know, and `holdfast incident open` opens one of your own."
            )
        return person

    def is_of_team(self, name: str, pipelines: Collection[str] = ()) -> bool:
        """Whether the person answers incidents, of these pipelines at least."""
        owned = [self.project.pipelines[each] for each in pipelines if each in self.project.pipelines]
        owners = {owner for each in owned for owner in (each.primary, each.secondary)}
        return name in owners or any(each.name == name and each.role in TEAM for each in self.project.people)

    def expect_person(self, name: str) -> None:
        """DefinitionError, with the nearest name, for somebody who is not in the team's file."""
        if name not in self._names:
            raise DefinitionError(f"'{name}' is nobody in team/people.yml.{_nearest(name, self._names)}")

    def open_one(self, incident_id: int | None) -> Incident:
        """The incident of that number, or the only open one; one that was merged leads to the one it went into.

        Raises WorldError when there is none, or more than one.
        """
        if incident_id is None:
            return self._only_one()
        found = self.ledger.incident(incident_id)
        if found is None:
            raise WorldError(f"there is no incident {incident_id}. {self._open_ones()}")
        return self.open_one(found.merged_into) if found.state is State.MERGED else found

    def _only_one(self) -> Incident:
        opened = self.ledger.open_incidents()
        if len(opened) != 1:
            raise WorldError(f"say which incident. {self._open_ones()}" if opened else "no incident is open.")
        return opened[0]

    def _open_ones(self) -> str:
        opened = self.ledger.open_incidents()
        if not opened:
            return "No incident is open."
        shown = "; ".join(f"{each.id}: {each.title}" for each in opened[:5])
        more = f"; and {len(opened) - 5} more, see `holdfast incidents`" if len(opened) > 5 else ""
        return f"Open: {shown}{more}."

    def record(self, incident_id: int | None, verb: str, text: str, decide: Callable[[Incident], Decision]) -> Done:
        """The act on the incident as it is now, tried again when the pager was faster.

        `decide` may be asked more than once. Nothing is recorded when it raises.
        """
        for _ in range(TRIES):
            incident = self.open_one(incident_id)
            done = self.try_to_record(decide(incident))
            if done is not None:
                return self._told(done, verb, text)
        raise WorldError(f"incident {incident.id} changes faster than this act could be recorded. Try it again.")

    def try_to_record(self, decision: Decision) -> Done | None:
        """The decision with its words, recorded; None when somebody else has changed the incident meanwhile."""
        recorded = self.ledger.record_decisions([worded(decision, self.now, self.words(self.rules()))])
        if not recorded:
            return None
        return Done(recorded[0], tuple(each for each in recorded[0].messages if each.sort is not Sort.TELL))

    def _told(self, done: Done, verb: str, text: str) -> Done:
        self.noted(verb, f"incident {done.incident.id}{text}")
        return done

    def noted(self, verb: str, text: str) -> None:
        """A line in the audit; and time goes on from here."""
        self.ledger.audit(str(self.acting()), verb, text, self.now)
        self.ledger.see(self.now)


def expect_reason(reason: str, what: str) -> str:
    """The reason in one line; DefinitionError when there is none."""
    said = " ".join(reason.split())
    if not said:
        raise DefinitionError(f"{what} is empty; whoever reads the record will ask. Say it in a sentence.")
    return said


def expect_known(name: str, known: Mapping[str, object], kind: str) -> None:
    """DefinitionError, with the nearest name, for what the project does not have."""
    if name not in known:
        raise DefinitionError(f"no {kind} is called '{name}'.{_nearest(name, known) or f' There are: {_listed(known)}.'}")


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), 1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _listed(known: Collection[str]) -> str:
    names: Sequence[str] = sorted(known)
    return ", ".join(names)
