"""The paragraphs that messages are made of: what readers lack, why, who has it, and how to go on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from holdfast.definitions.people import Person
from holdfast.definitions.rota import IMPACT, UNACKNOWLEDGED, EscalationStep
from holdfast.incidents.escalation import step_due
from holdfast.incidents.incident import Incident, Ladder
from holdfast.incidents.messages import Clock, Message, Sort, step_name
from holdfast.incidents.signals import UNKNOWN_CAUSES, Affect, Harm, Kind, Signal
from holdfast.letters.lacking import clock, headline, lacks, lasted, moment, periods_said, titled, told
from holdfast.letters.runbook_section import FROM_OUTSIDE, Section, section_for

DETAILS, CAUSES = 4, 3
"""Lines of evidence for a cause, causes in one message."""
DETAIL = 160
"""Characters of such a line."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says beside the incident itself: names, owners, where to look."""

    project: str
    zone: ZoneInfo
    """Of readers who have none of their own, such as a room."""
    people: Mapping[str, Person]
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of pipelines; without one the name is read aloud."""
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of pipelines: primary owner, then the second."""
    runbooks: Mapping[str, tuple[Section, ...]] = field(default_factory=dict)
    """Of pipelines that have one."""
    on_call: str = ""
    """Who answers now."""
    lacked: Callable[[Incident], Sequence[Affect]] = field(default=lambda incident: incident.affects)
    """What readers lacked by an incident, or were at risk to lack, at some time; of one that has ended, too."""

    def name(self, person: str) -> str:
        """The full name; what is nobody's name stays as it is."""
        return self.people[person].full_name if person in self.people else person

    def zone_of(self, target: str) -> ZoneInfo:
        """On which clock the target reads the time."""
        person = self.people.get(target)
        return ZoneInfo(person.zone) if person and person.zone else self.zone

    def title(self, pipeline: str) -> str:
        """The pipeline as people call it."""
        return self.titles.get(pipeline) or titled(pipeline)


@dataclass(frozen=True, slots=True)
class Telling:
    """One message about to be worded."""

    message: Message
    incident: Incident
    why: tuple[str, ...]
    """Texts of what happened in the same decision."""
    at: datetime
    words: Words

    @property
    def zone(self) -> ZoneInfo:
        return self.words.zone_of(self.message.target)

    @property
    def ladder(self) -> Ladder | None:
        which = (self.message.pipeline, self.message.policy)
        return next((each for each in self.incident.ladders if (each.pipeline, each.policy) == which), None)

    @property
    def headline(self) -> str:
        return headline(lacks(self.incident.affects, self.at), self.words.titles, self.at)

    @property
    def cause(self) -> str:
        """In one line; the incident's title when every signal has cleared."""
        first = worst_first(self.incident, self.at)
        return f"{opener(self, first[0])}{first[0].summary}" if first else self.incident.title




def of_its_pipeline(telling: Telling) -> Telling:
    """The same with what concerns the step's own pipeline alone, for people who read nothing else."""
    incident, own = telling.incident, telling.message.pipeline
    affects = tuple(each for each in incident.affects if each.pipeline == own)
    signals = tuple(each for each in incident.signals if each.pipeline == own)
    return replace(telling, incident=replace(incident, affects=affects, signals=signals or incident.signals))


def what(telling: Telling) -> str:
    """What readers lack and why, or only why where they lack nothing."""
    return f"{telling.headline}: {telling.cause}" if telling.headline else telling.cause


def pressure(telling: Telling) -> str:
    """Why it comes now, of what is not the first page."""
    message, ladder = telling.message, telling.ladder
    if ladder is None or not 0 <= message.step < len(ladder.steps):
        return ""
    after = lasted(message.due_at - ladder.joined_at)
    if ladder.steps[message.step].is_target:
        return f"Target missed, {after}: "
    if message.clock is Clock.SECOND:
        return f"Still open after {after}: "
    return "Again: " if message.round > 1 else ""


def situation(telling: Telling) -> tuple[str, ...]:
    return (*(sentence(f"{each[:1].upper()}{each[1:]}") for each in telling.why), *lacking(telling), *causes(telling, "Likely cause: "), _state(telling))


def lacking(telling: Telling) -> list[str]:
    found = lacks(telling.incident.affects, telling.at)
    lines = told(found, telling.words.titles, telling.at, telling.zone)
    return ["Figures of readers:", *(f"- {line}" for line in lines)] if lines else []


def causes(telling: Telling, before: str, *, details: bool = True) -> list[str]:
    """Each cause once with its evidence."""
    lines: list[str] = []
    seen: dict[str, Signal] = {}
    for signal in worst_first(telling.incident, telling.at):
        seen.setdefault(signal.summary, signal)
    for signal in list(seen.values())[:CAUSES]:
        unknown = " Nothing recorded says why." if signal.key.kind in UNKNOWN_CAUSES else ""
        first = opener(telling, signal) or (before if not lines else "Also: ")
        lines.append(f"{first}{sentence(signal.summary)}{unknown}")
        lines += [f"  {cut(each, DETAIL)}" for each in signal.detail[:DETAILS] if details]
    if len(seen) > CAUSES:
        lines.append(f"And {len(seen) - CAUSES} more; see `holdfast incident {telling.incident.id}`.")
    return lines or [f"{before}{sentence(telling.incident.title)}"]


def opener(telling: Telling, signal: Signal) -> str:
    """Who says so, of what a person opened; empty for what the records say."""
    return f"{telling.words.name(telling.incident.opened_by)} says: " if signal.key.kind == Kind.PERSON else ""


def _state(telling: Telling) -> str:
    """Who has it, and who else knows."""
    incident, words = telling.incident, telling.words
    held = incident.acknowledged
    if held is None and not incident.paged and not _is_due(telling):
        return _when_paged(telling)
    others = [words.name(each) for each in dict.fromkeys(who for who, _, _ in incident.paged) if each != telling.message.target]
    paged = f"Paged as well: {', '.join(others)}." if others else "Nobody else was paged."
    if held is None:
        return f"{paged} Nobody has acknowledged it."
    until = f", until {moment(held.until, telling.at, telling.zone)}" if held.until else ""
    return f"{paged} {words.name(held.by)} acknowledged it at {moment(held.at, telling.at, telling.zone)}{until}."


def how_to_go_on(telling: Telling) -> tuple[str, ...]:
    """Acknowledgement, owners, runbook, and when it ends."""
    incident = telling.incident
    lines = []
    if telling.message.sort is Sort.PAGE:
        lines.append(f"Acknowledge: holdfast ack {incident.id}" if incident.id else "Acknowledge: holdfast ack")
    lines += [*_owners(telling), *_runbook(telling)]
    if incident.id:
        lines.append(f"All about it: holdfast incident {incident.id}")
    ends = dict.fromkeys(each.clears_when for each in incident.signals if each.clears_when)
    return (*lines, *(f"It ends when {each}" if each.endswith(".") else f"It ends when {each}." for each in ends))


def _owners(telling: Telling) -> list[str]:
    """Owners of the pipelines that it touches, each pair once."""
    words = telling.words
    touched = dict.fromkeys(each.pipeline for each in worst_first(telling.incident, telling.at) if each.pipeline)
    by_owners: dict[tuple[str, ...], list[str]] = {}
    for name in touched:
        if name in words.owners:
            by_owners.setdefault(words.owners[name], []).append(words.title(name))
    said = [f"{', '.join(names)}: {' then '.join(map(words.name, owners))}" for owners, names in by_owners.items()]
    return [f"Owners: {'; '.join(said)}."] if said else []


def _runbook(telling: Telling) -> list[str]:
    """The section for the worst cause that has one; else the file; else nothing."""
    signals = worst_first(telling.incident, telling.at)
    mine = [each for each in signals if each.pipeline == telling.message.pipeline]
    for signal in [*mine, *signals]:
        if heading := section_for(signal, telling.words.runbooks.get(signal.pipeline, ())):
            return [f'Runbook: pipelines/{signal.pipeline}/runbook.md, "{heading}".']
    first = next((each.pipeline for each in [*mine, *signals] if each.pipeline in telling.words.runbooks), "")
    return [f"Runbook: pipelines/{first}/runbook.md."] if first else []


def place(telling: Telling) -> list[str]:
    """Which step this is, and what comes next and when."""
    message, ladder = telling.message, telling.ladder
    if ladder is None or message.step < 0:
        return []
    also = f" It stands for {', '.join(message.stands_for)} too." if message.stands_for else ""
    due = moment(message.due_at, telling.at, telling.zone)
    return [f"You get this as {message.role.replace('_', ' ')}: step {step_name(message)}, due {due}.{also}", _next(telling, ladder)]


def _next(telling: Telling, ladder: Ladder) -> str:
    """The ladder's next step as far as is known now; a step that has fired in this round is not waited for."""
    incident, own = telling.incident, telling.message.step
    done = {each.step for each in incident.fired if each.pipeline == ladder.pipeline and each.round in (0, incident.round)} | {own}
    left = [(_due(telling, ladder, step), step) for at, step in enumerate(ladder.steps) if at not in done and at > own]
    if not left:
        every = ladder.steps[-1].repeat_every
        return f"Next: the same again every {lasted(every)}." if every else "Next: nothing; this was the last step."
    due, step = min(left, key=lambda each: each[0])
    whom = listed([each.replace("_", " ") for each in (*step.page, *step.tell)]) or "a record of the missed target"
    unless = {UNACKNOWLEDGED: ", unless somebody acknowledges", IMPACT: ", while investors are affected"}.get(
        step.while_, ", unless it is resolved"
    )
    return f"Next: {whom} at {clock(due, telling.at)}{unless}."


def _due(telling: Telling, ladder: Ladder, step: EscalationStep) -> datetime:
    begun = ladder.joined_at
    if step.while_ == UNACKNOWLEDGED:
        begun = max(begun, telling.incident.round_at or begun)
    return step_due(begun, step, telling.words.zone)


def is_of_the_source(telling: Telling) -> bool:
    """Whether the target is the team of the source that this is about, and not one of ours."""
    person = telling.words.people.get(telling.message.target)
    return person is not None and person.role == "contact" and telling.incident.key.kind in FROM_OUTSIDE


def _is_due(telling: Telling) -> bool:
    """Whether somebody is to be paged already."""
    return any(each.page_at is not None and each.page_at <= telling.at for each in telling.incident.signals)


def _when_paged(telling: Telling) -> str:
    first = min((each.page_at for each in telling.incident.signals if each.page_at), default=None)
    if first is None:
        return "Nobody is paged for it."
    return f"Nobody is paged yet; the first page is due {moment(first, telling.at, telling.zone)}, if it is still so."


def whose(telling: Telling) -> str:
    """Who works on it, for people who only wait."""
    held = telling.incident.acknowledged
    if held:
        return f"{telling.words.name(held.by)} works on it."
    return f"{telling.words.name(telling.words.on_call)} is on call for it." if telling.words.on_call else "The team on call knows."


def trust(telling: Telling) -> list[str]:
    """What readers may still believe of what they see."""
    harms = {each.harm for each in telling.incident.affects}
    if Harm.WRONG in harms:
        return ["Do not use the figures named above until you hear that they are right."]
    if harms:
        return ["Until then you see the last good figures with their date, or none."]
    return []


def answer_to(telling: Telling) -> str:
    person = telling.words.people.get(telling.words.on_call)
    about = f", about incident {telling.incident.id}" if telling.incident.id else ""
    if person is None:
        return f"Please say when it comes: answer the team on call{about}."
    return f"Please say when it comes: answer {person.full_name}{f' ({person.email})' if person.email else ''}{about}."


def restored(telling: Telling, ended_at: datetime) -> tuple[list[str], list[str]]:
    """What readers have again, and what they never lacked because it came in time: pipelines with their periods."""
    back: dict[str, set[tuple[str, str]]] = {}
    in_time: dict[str, set[tuple[str, str]]] = {}
    for each in telling.words.lacked(telling.incident):
        was_lacked = each.harm is not Harm.MISSING or each.due_at <= ended_at
        (back if was_lacked else in_time).setdefault(each.pipeline, set()).add((each.grain, each.period))
    return _periods_of(back, telling.words), _periods_of(in_time, telling.words)


def _periods_of(by_pipeline: Mapping[str, set[tuple[str, str]]], words: Words) -> list[str]:
    return [f"{words.title(name)} of {periods_said(sorted(periods), short=True)}" for name, periods in by_pipeline.items()]


def openings(telling: Telling) -> tuple[str, ...]:
    times = telling.incident.opened_times
    return (f"It opened at {listed([clock(each, telling.at) for each in times])}.",) if len(times) > 1 else ()


def asker(telling: Telling) -> str:
    words = telling.message.occasion.split()
    return telling.words.name(words[2]) if words[:2] == ["asked", "by"] and len(words) > 2 else "Somebody"


def worst_first(incident: Incident, at: datetime) -> list[Signal]:
    """Signals in the order of the harm they do; causes that are known before those that are not."""
    order = {each.pipeline: place for place, each in reversed(list(enumerate(lacks(incident.affects, at))))}
    return sorted(
        incident.signals,
        key=lambda each: (each.key.kind in UNKNOWN_CAUSES, order.get(each.pipeline, len(order)), each.since, each.pipeline),
    )


def sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def ordinal(number: int) -> str:
    return {2: "second", 3: "third", 4: "fourth", 5: "fifth"}.get(number, f"{number}th")


def cut(text: str, most: int, tail: str = "") -> str:
    """One line of at most so many characters; the tail survives a cut."""
    line = " ".join(text.split())
    room = most - len(tail)
    return f"{line[: room - 1].rstrip()}…{tail}" if len(line) > room else f"{line}{tail}"
