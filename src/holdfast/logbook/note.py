"""The hand-off note: everything the next person on call has to know, as values, and as sections of rows to be shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from holdfast.incidents.hand_off import Passing
from holdfast.incidents.incident import Event, Incident
from holdfast.incidents.spells import Spell, SpellKind
from holdfast.logbook.story import HOLDFAST, Story, in_words, stamp
from holdfast.logbook.view import has_it, readers_of, state_of
from holdfast.oncall.burden import MEASURES, Burden, shown
from holdfast.oncall.exchanges import Exchange
from holdfast.releases.release import Hold, HoldKind
from holdfast.releases.status import PipelineStatus, approve_command

DONE_SHOWN = 4
"""Of one incident, the newest lines that people wrote or did."""
CLOSES_SHOWN = 3
MEASURED = ("primary days", "backup days", "weekend days", "holiday points", "critical points")
FOR_APPROVERS = (HoldKind.REVISION, HoldKind.DEFINITION, HoldKind.RESTATEMENT)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something on a day of the next shift that makes it a special one."""

    on: date
    what: str
    whom: str = ""
    """Whose holiday or time off; empty for everybody's."""


@dataclass(frozen=True, slots=True)
class Note:
    """As of `written_at`, for one hand-off."""

    project: str
    passing: Passing
    zone: ZoneInfo
    written_at: datetime
    acknowledged_at: datetime | None = None
    active: tuple[Story, ...] = ()
    """Open incidents with their timelines, oldest first."""
    ended: tuple[Incident, ...] = ()
    """Resolved since the outgoing person took over, newest first."""
    spells: tuple[Spell, ...] = ()
    """Announced, and not over before the next shift is."""
    pipelines: tuple[PipelineStatus, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    fairness: Mapping[str, Burden] | None = None
    exchanges: tuple[Exchange, ...] = ()
    """Proposals that wait for somebody."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a table below it, or with one sentence where there is nothing."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str
    numbers: frozenset[str] = frozenset()


def sections(note: Note) -> tuple[Section, ...]:
    """What the note says, in the order in which it is read aloud at a hand-off."""
    return (
        Section(
            "Active incidents",
            ("id", "what", "since", "state", "who has it", "readers", "next"),
            tuple(_incident_row(each, note.written_at) for each in note.active),
            "None.",
            frozenset({"id"}),
        ),
        Section("Done about them", ("id", "at", "by", ""), tuple(_done(note.active)), "Nothing by a person."),
        Section(
            "Ended in the shift before",
            ("id", "what", "ended", "lasted", "because"),
            tuple(_ended_row(each) for each in note.ended),
            "None.",
            frozenset({"id"}),
        ),
        Section(
            "Known outages and maintenance",
            ("what", "of", "from", "until", "reason", "by"),
            tuple(_spell_row(each) for each in note.spells),
            "None announced.",
        ),
        Section(
            "Pipelines",
            ("pipeline", "audience", "published through", "next deadline", "holds", "problem"),
            tuple(_pipeline_row(each, note.written_at) for each in note.pipelines),
            "None.",
        ),
        Section("Waiting for somebody", ("for", "what", "how"), tuple(_waiting(note)), "Nothing."),
        Section(
            "In the next shift",
            ("day", "whose", "what"),
            tuple((f"{each.on:%a %Y-%m-%d}", each.whom or "everybody's", each.what) for each in note.ahead),
            "No holiday, no close, nobody away.",
        ),
        Section("Fairness, all shifts so far and planned", ("person", *MEASURED), tuple(_fairness_rows(note)), "Nothing is planned.", frozenset(MEASURED)),
        Section(
            "Swaps and covers that are not agreed yet",
            ("id", "what", "waits for", "expires"),
            tuple(_exchange_row(each) for each in note.exchanges),
            "None.",
            frozenset({"id"}),
        ),
    )


def heading(note: Note) -> str:
    """`Hand-off on Monday 2026-10-05 at 09:00 (Europe/London): john to james`."""
    begins = note.passing.at.astimezone(note.zone)
    before = note.passing.outgoing or "nobody"
    return f"Hand-off on {begins:%A %Y-%m-%d} at {begins:%H:%M} ({note.zone}): {before} to {note.passing.incoming}"


def standing(note: Note) -> str:
    """Until when, with which backup, written when, and whether the incoming person has said that they read it."""
    passing = note.passing
    ends = passing.until.astimezone(note.zone)
    read = (
        f"acknowledged by {passing.incoming} {stamp(note.acknowledged_at)}"
        if note.acknowledged_at
        else f"not acknowledged by {passing.incoming} (holdfast handoff ack)"
    )
    return f"{passing.incoming} answers until {ends:%A %Y-%m-%d %H:%M}, backup: {passing.backup}. Written {stamp(note.written_at)}, {read}."


def waiting_holds(pipelines: Iterable[PipelineStatus]) -> list[Hold]:
    """Holds that no new data will clear: a named person approves, or says no."""
    return [hold for each in pipelines for hold in each.holds if hold.kind in FOR_APPROVERS]


def _incident_row(story: Story, now: datetime) -> tuple[str, ...]:
    each = story.incident
    soon = story.coming[0] if story.coming else None
    return (
        str(each.id),
        each.title,
        f"{stamp(each.opened_at)} ({in_words(now - each.opened_at)})",
        state_of(each, now),
        has_it(each),
        readers_of(each, now),
        f"{stamp(soon.at)} {soon.what}" + (f": {', '.join(soon.who)}" if soon.who else "") if soon else "",
    )


def _done(active: Sequence[Story]) -> Iterator[tuple[str, ...]]:
    """What people did and wrote, oldest first within an incident."""
    for story in active:
        by_people = [each for each in story.events if each.by != HOLDFAST][-DONE_SHOWN:]
        for at, each in enumerate(by_people):
            yield (str(story.incident.id) if at == 0 else "", stamp(each.at), each.by, _done_text(each))


def _done_text(event: Event) -> str:
    return event.text if event.kind == "note" or event.kind in event.text else f"{event.kind}: {event.text}"


def _ended_row(each: Incident) -> tuple[str, ...]:
    if each.ending is None:
        return (str(each.id), each.title, "", "", "")
    return (str(each.id), each.title, stamp(each.ending.at), in_words(each.ending.at - each.opened_at), f"{each.ending.reason} ({each.ending.by})")


def _spell_row(each: Spell) -> tuple[str, ...]:
    what = "known outage" if each.kind is SpellKind.OUTAGE else "maintenance"
    return (what, each.subject, stamp(each.start), stamp(each.end), each.reason, each.by)


def _pipeline_row(each: PipelineStatus, now: datetime) -> tuple[str, ...]:
    through = str(each.published_through) if each.published_through else "nothing"
    due = each.deadline
    when = f"{stamp(due.at)} for {due.period.name}" + (" (passed)" if due.at < now else "") if due else ""
    return (each.pipeline, each.audience, through, when, _held(each.holds), each.problem)


def _held(holds: Sequence[Hold]) -> str:
    """How many, and of which days."""
    if not holds:
        return ""
    first, last = min(each.day for each in holds), max(each.day for each in holds)
    return f"{len(holds)} of {first}" + ("" if first == last else f" to {last}")


def _waiting(note: Note) -> Iterator[tuple[str, ...]]:
    for story in note.active:
        if story.incident.acknowledged is None and any(ladder.joined_at <= note.written_at for ladder in story.incident.climbed):
            yield ("whoever is on call", f"incident {story.incident.id} is unacknowledged", f"holdfast ack {story.incident.id}")
    for hold in waiting_holds(note.pipelines):
        what = f"{hold.kind.value} of {hold.pipeline}, {hold.day}: {', '.join(hold.metrics)}"
        yield ("an approver", f"{what}, since {stamp(hold.opened_at)}" if hold.opened_at else what, approve_command(hold))
    for each in note.pipelines:
        for period, stands in each.closes[:CLOSES_SHOWN]:
            if stands.withdrawn is not None:
                yield ("two people", f"{period.name} of {each.pipeline} is withdrawn: {stands.withdrawn.reason}", f"holdfast release {each.pipeline} {period.name}")
            else:
                by = f", due {stamp(stands.sign_by)}" if stands.sign_by else ""
                how = f"holdfast sign {each.pipeline} {period.name}"
                yield (" and ".join(stands.missing()), f"{period.name} of {each.pipeline} is not signed{by}", how)
        more = len(each.closes) - CLOSES_SHOWN
        if more > 0:
            yield ("", f"and {more} more periods of {each.pipeline}", "holdfast status")


def _fairness_rows(note: Note) -> Iterator[tuple[str, ...]]:
    for person, burden in (note.fairness or {}).items():
        yield (person, *(shown(getattr(burden, each)) for each in MEASURES))


def _exchange_row(each: Exchange) -> tuple[str, ...]:
    return (str(each.id), f"{each.kind}: {each.cause}", ", ".join(each.waits_for), f"{each.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
