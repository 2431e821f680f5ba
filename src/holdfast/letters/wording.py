"""What people read: pages, tells and endings, worst first, for somebody tired with a phone in the hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from holdfast.definitions.people import Person
from holdfast.incidents.incident import Decision, Ending, Incident
from holdfast.incidents.messages import ROOM, Message, Sort
from holdfast.incidents.signals import Affect, Kind
from holdfast.letters.lacking import clock, lacks, lasted, moment
from holdfast.letters.paragraphs import (
    Telling,
    Words,
    answer_to,
    asker,
    causes,
    cut,
    how_to_go_on,
    is_of_the_source,
    lacking,
    of_its_pipeline,
    openings,
    ordinal,
    place,
    pressure,
    restored,
    sentence,
    situation,
    trust,
    what,
    whose,
)

__all__ = ["LOCK_SCREEN", "Words", "bundled", "marked", "reach_test", "worded"]

LOCK_SCREEN = 110
"""Characters of a subject: what a phone shows without being unlocked."""
BUNDLED = 20
"""Incidents with a line of their own in a bundle."""
HOLDFAST, CLEARED = "holdfast", "cleared"
"""Who ends an incident whose condition has cleared, and the reason then."""
REPEAT = "Maybe a repeat: "
LATE = "Late: "


def worded(decision: Decision, at: datetime, words: Words) -> Decision:
    """The decision with subject and body in every message that has no subject yet.

    A body that is there already is kept, as the words of whoever asked for the message.
    """
    if all(each.subject for each in decision.messages):
        return decision
    why = tuple(event.text for event in decision.events if event.kind in ("lapsed", "voided"))
    words = replace(words, lacked=_once(words.lacked))
    return replace(
        decision,
        messages=tuple(
            each if each.subject else _worded(Telling(each, decision.incident, why, at, words))
            for each in decision.messages
        ),
    )


def marked(subject: str, body: Sequence[str], *, maybe_repeat: bool, late: bool) -> tuple[str, tuple[str, ...]]:
    """Subject and body that say what is uncertain about them; the subject stays short enough."""
    first: list[str] = []
    if maybe_repeat:
        first.append("This may be a repeat: an earlier attempt to send it got no answer.")
    if late:
        first.append("This is late: it was due while no pager ran.")
    before = (REPEAT if maybe_repeat else "") + (LATE if late else "")
    return (_cut(before + subject) if before else subject), (*first, *body)


def bundled(messages: Sequence[Message]) -> tuple[str, tuple[str, ...]]:
    """Subject and body of several messages to one person in one, worst first as given; none is left out."""
    incidents = list(dict.fromkeys(each.incident for each in messages))
    shown: dict[int, Message] = {}
    for each in messages:
        shown.setdefault(each.incident, each)
    lines = [each.subject or str(each.incident) for each in list(shown.values())[:BUNDLED]]
    left = incidents[BUNDLED:]
    if left:
        lines.append(f"And {len(left)} more: {_ranges(left)}.")
    count = f"{len(incidents)} incidents, worst first" if len(incidents) > 1 else f"{len(messages)} messages"
    commands = [f"Acknowledge those you take: holdfast ack {' '.join(str(each) for each in incidents[:3])}"]
    commands.append("All of them: holdfast incidents")
    return _cut(f"{count}: {messages[0].subject}"), (*lines, "", *commands)


def reach_test(person: Person, project: str, at: datetime) -> tuple[str, tuple[str, ...]]:
    """Subject and body of a page that only proves that it arrives."""
    return (
        f"Test page from {project}: acknowledge it with holdfast ack test",
        (
            f"{person.full_name}, this is a test of how you are reached; nothing is wrong.",
            f"Sent {moment(at, at, ZoneInfo(person.zone or 'UTC'))}.",
            "Acknowledge: holdfast ack test",
            "Whoever is on call has to be reached at night; your answer within the hour proves that you are.",
        ),
    )


def _once(lacked: Callable[[Incident], Sequence[Affect]]) -> Callable[[Incident], Sequence[Affect]]:
    """Asked for the first message of a decision; the others are about the same incident."""
    known: list[Sequence[Affect]] = []

    def asked(incident: Incident) -> Sequence[Affect]:
        if not known:
            known.append(lacked(incident))
        return known[0]

    return asked


def _worded(telling: Telling) -> Message:
    message = telling.message
    by_step = message.step >= 0
    word = next((each for name, each in _OCCASIONS.items() if not by_step and message.occasion.startswith(name)), None)
    tell = word or (_stakeholders if message.sort is Sort.TELL else _page)
    subject, body = tell(telling)
    said = tuple(f"{asker(telling)} says: {line}" for line in message.body)
    tail = f" [{telling.incident.id}]" if telling.incident.id else ""
    return replace(message, subject=_cut(subject, tail), body=(*said, *body))


def _page(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """A step of a ladder: everything to begin with."""
    body = (*openings(telling), *situation(telling), *how_to_go_on(telling), *place(telling))
    return f"{pressure(telling)}{what(telling)}", body


def _stakeholders(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """Told by a step: what they do not have of what they read, that it is worked on, and what they still can trust."""
    if telling.message.target.startswith(ROOM):
        return f"{pressure(telling)}{what(telling)}", (*situation(telling), *how_to_go_on(telling))
    theirs = of_its_pipeline(telling)
    since = f"{sentence(theirs.cause)} It has been open since {moment(telling.incident.opened_at, telling.at, telling.zone)}."
    return (
        theirs.headline or telling.incident.title,
        (*lacking(theirs), since, whose(telling), *trust(theirs), "You hear again when it ends."),
    )


def _opened(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """It began: a source's team is asked for what is missing, everybody else is told."""
    if is_of_the_source(telling):
        return _contact(telling)
    return what(telling), (*situation(telling), *how_to_go_on(telling))


def _contact(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """To the team whose source it is: what is missing, by when it is needed, whom to answer."""
    found = lacks(telling.incident.affects, telling.at)
    named = list(dict.fromkeys(f"{telling.words.title(each.pipeline)} ({each.readers})" for each in found))
    due = min((each.due_at for each in telling.incident.affects), default=None)
    by = f" It is needed by {clock(due, telling.at)}." if due and due > telling.at else " It is overdue." if due else ""
    lines = [f"To {telling.words.name(telling.message.target)}:", *causes(telling, "What we see: ", details=telling.incident.key.kind == Kind.CONTRACT)]
    if due and due > telling.at:
        lines.append(f"Needed by {moment(due, telling.at, telling.zone)}, for {', '.join(named)}.")
    elif due:
        lines.append(f"It was needed by {moment(due, telling.at, telling.zone)}, for {', '.join(named)}.")
    lines.append("When it comes, nothing has to be done here: the next run takes it by itself.")
    lines.append(answer_to(telling))
    return f"{sentence(telling.cause)}{by}", tuple(lines)


def _resolved(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """The end: how long, why, and what is back."""
    incident, at, words = telling.incident, telling.at, telling.words
    ending = incident.ending or Ending(at, HOLDFAST, CLEARED)
    length = lasted(ending.at - incident.opened_at)
    lines = [f"It lasted {length}, from {moment(incident.opened_at, at, telling.zone)} to {moment(ending.at, at, telling.zone)}."]
    if ending.by in words.people:
        return _resolved_by(telling, ending, length, lines)
    back, in_time = restored(telling, ending.at)
    lines.append("It ended by itself: nothing of it is wrong any more." if ending.reason == CLEARED else f"Why it ended: {sentence(ending.reason)}")
    lines += [f"Back: {each}." for each in back]
    lines += [f"In time: {each}." for each in in_time]
    lines += _its_story(incident)
    ended = "Resolved in time, after" if in_time and not back else "Resolved after"
    return f"{ended} {length}: {f'{back[0]} is back' if back else incident.title}", tuple(lines)


def _resolved_by(telling: Telling, ending: Ending, length: str, lines: list[str]) -> tuple[str, tuple[str, ...]]:
    name = telling.words.name(ending.by)
    lines.append(f"{name} says why: {ending.reason}")
    if ending.recheck_at:
        lines.append(f"If it still holds at {moment(ending.recheck_at, telling.at, telling.zone)}, it opens again.")
    return f"Resolved by {name} after {length}: {telling.incident.title}", (*lines, *_its_story(telling.incident))


def _its_story(incident: Incident) -> list[str]:
    return [f"What it was: {sentence(incident.title)}", f"Its story: holdfast incident {incident.id}"]


def _reopened(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """It came back, or a person's word that it had ended was wrong."""
    if is_of_the_source(telling):
        subject, body = _contact(telling)
        return f"Open again: {subject}", (*openings(telling), *body)
    return f"Open again: {what(telling)}", (*openings(telling), *situation(telling), *how_to_go_on(telling))


def _flapping(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """It comes and goes."""
    times = len(telling.incident.opened_times)
    lines = (*openings(telling), "It ends by itself only after two quiet hours, and pages nobody again for coming back.")
    return f"Flapping, open for the {ordinal(times)} time: {what(telling)}", (*lines, *situation(telling), *how_to_go_on(telling))


def _handed_over(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """The shift has changed while it was open."""
    held = telling.incident.acknowledged
    lines = ["You are on call now, and this is open."]
    if held and held.by != telling.message.target:
        lines.append(
            f"{telling.words.name(held.by)} has it; their acknowledgement lapses after 30 minutes unless you acknowledge "
            "this or the hand-off note."
        )
    return f"Yours now: {what(telling)}", (*lines, *situation(telling), *how_to_go_on(telling))


def _target_missed(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """Unresolved when it should have been resolved."""
    return f"Target missed: {what(telling)}", (*situation(telling), *how_to_go_on(telling))


def _asked(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """A person wants this person."""
    text = f": {telling.message.body[0]}" if telling.message.body else f": {what(telling)}"
    return f"{asker(telling)} asks for you{text}", (*situation(telling), *how_to_go_on(telling))


def _assigned(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """Somebody made it this person's."""
    return f"Given to you: {what(telling)}", (*situation(telling), *how_to_go_on(telling))


def _merged(telling: Telling) -> tuple[str, tuple[str, ...]]:
    """Two turned out to be one."""
    into = telling.incident.merged_into
    return f"Same as incident {into}: {telling.incident.title}", (f"It goes on there: holdfast incident {into}",)


_OCCASIONS: dict[str, Callable[[Telling], tuple[str, tuple[str, ...]]]] = {
    "opened": _opened,
    "resolved": _resolved,
    "reopened": _reopened,
    "flapping": _flapping,
    "handed": _handed_over,
    "target": _target_missed,
    "asked": _asked,
    "assigned": _assigned,
    "taken": _assigned,
    "merged": _merged,
}
"""By how an occasion begins."""


def _ranges(numbers: Sequence[int]) -> str:
    """`12-15, 20`."""
    runs: list[list[int]] = []
    for each in sorted(numbers):
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    return ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in runs)


def _cut(text: str, tail: str = "") -> str:
    """As long as a lock screen shows; the incident's number at the end survives."""
    if not tail and text.endswith("]") and " [" in text:
        text, _, number = text.rpartition(" [")
        tail = f" [{number}"
    return cut(text, LOCK_SCREEN, tail)
