"""The hand-off note put together from the records, and the incoming person's word that they have read it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from holdfast.calendars import public_holidays
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError, WorldError
from holdfast.incidents.hand_off import Passing, is_acknowledged, note_of, occasion, passings, to_acknowledge
from holdfast.incidents.incident import Incident, State
from holdfast.incidents.ports import IncidentLog, PagerLog
from holdfast.incidents.rules import Rules
from holdfast.incidents.spells import SpellLog
from holdfast.logbook.coming import coming
from holdfast.logbook.note import Ahead, Note
from holdfast.logbook.story import Story, stamp
from holdfast.oncall.burden import day_shares
from holdfast.oncall.record import Rota
from holdfast.partitions import ONE_DAY
from holdfast.releases.status import PipelineStatus
from holdfast.rostering.asking import MONTH_POINTS, Roster
from holdfast.runs.run import RunState
from holdfast.standing import closes_of, next_deadline
from holdfast.world import World

A_SHIFT = timedelta(days=7)
"""How far back ended incidents are told where no earlier hand-off is known."""


class Ledger(IncidentLog, PagerLog, SpellLog, Protocol):
    """Incidents, announced times, acknowledged notes, and the audit that every act goes into."""

    def audit(self, actor: str, verb: str, text: str, at: datetime) -> None: ...


def note_at(
    world: World, ledger: Ledger, roster: Roster, rules: Rules, published_through: Mapping[str, date | None], now: datetime
) -> Note:
    """The note of the next hand-off, or of the one less than half an hour ago. Raises WorldError when none is planned."""
    rota = roster.rota
    passing = note_of(rota, now)
    if passing is None:
        raise WorldError("no hand-off is planned after now; run `holdfast oncall plan`.")
    words = ledger.hand_off_acknowledgements().get(passing.at, {})
    return Note(
        project=world.project.name,
        passing=passing,
        zone=roster.rotation.hand_off.zone,
        written_at=now,
        acknowledged_at=words.get(passing.incoming),
        active=tuple(
            Story(each, tuple(ledger.timeline(each.id)), coming=coming(each, now, rules)) for each in ledger.open_incidents()
        ),
        ended=tuple(_ended_since(ledger, _taken_over_at(rota, passing))),
        spells=tuple(each for each in ledger.spells(now) if each.start < passing.until),
        pipelines=tuple(_pipelines(world, published_through, now)),
        ahead=tuple(sorted(_ahead(roster, rota, passing), key=lambda each: (each.on, each.what, each.whom))),
        fairness=roster.burdens(),
        exchanges=tuple(rota.open_exchanges(now)),
    )


def acknowledge(ledger: Ledger, roster: Roster, text: str, now: datetime) -> Passing:
    """The incoming person has read the note and takes over; only they can say so, or the manager on their behalf.

    Recorded with a line in the audit. Raises DefinitionError for anybody else, and when it was said before.
    """
    rota, actor = roster.rota, roster.actor()
    passing = to_acknowledge(rota, now, actor.person or "")
    if passing is None:
        raise DefinitionError(f"no hand-off is yours to acknowledge; you are {actor}. {_whose(rota, now)}")
    known = ledger.hand_off_acknowledgements()
    if is_acknowledged(passing, known):
        raise DefinitionError(f"{passing.incoming} has acknowledged it already, {stamp(known[passing.at][passing.incoming])}.")
    ledger.acknowledge_hand_off(passing.at, passing.incoming, now, str(actor))
    said = " ".join(text.split())
    ledger.audit(str(actor), "handoff ack", occasion(rota, passing.at) + (f": {said}" if said else ""), now)
    ledger.see(now)
    return passing


def _whose(rota: Rota, now: datetime) -> str:
    passing = note_of(rota, now)
    return f"{passing.incoming} takes over {stamp(passing.at)}." if passing else "Nothing more is planned."


def _taken_over_at(rota: Rota, passing: Passing) -> datetime:
    """When the outgoing person began to answer."""
    before = passings(rota, passing.at - 52 * A_SHIFT, passing.at - timedelta(seconds=1))
    return before[-1].at if before else passing.at - A_SHIFT


def _ended_since(ledger: Ledger, at: datetime) -> Iterator[Incident]:
    for each in ledger.resolved_since(at):
        if each.state is State.RESOLVED and each.ending and each.ending.at >= at:
            yield each


def _pipelines(world: World, published_through: Mapping[str, date | None], now: datetime) -> Iterator[PipelineStatus]:
    project = world.project
    business = public_holidays(project.business_country, project.business_subdivision, range(now.year - 1, now.year + 3))
    for name, pipeline in sorted(project.pipelines.items()):
        through = published_through.get(name)
        yield PipelineStatus(
            name,
            pipeline.audience,
            through,
            holds=tuple(world.ledger.open_holds(name)),
            deadline=next_deadline(pipeline, world, business, through, now),
            closes=tuple(closes_of(world, pipeline, now)),
            problem=_problem(world, pipeline),
        )


def _problem(world: World, pipeline: Pipeline) -> str:
    """What the last run ended in, where it did not end well."""
    last = world.ledger.runs(pipeline.name, 1)
    return f"the last run failed: {last[0].message}" if last and last[0].state is RunState.FAILED else ""


def _ahead(roster: Roster, rota: Rota, passing: Passing) -> Iterator[Ahead]:
    """Holidays, closes and leave between the hand-off and the next."""
    zone = roster.rotation.hand_off.zone
    # As burdens are counted: a day is the shift's that holds the hand-off's hour of it.
    days = [day for day, _ in day_shares(roster.rotation, passing.at, passing.until)]
    year = roster.year(days[0], days[-1] + ONE_DAY)
    for person, holidays in year.holidays.items():
        yield from (Ahead(day, "public holiday", person) for day in holidays.intersection(days))
    for close in year.closes:
        if passing.at <= close.at < passing.until:
            kind = "month" if close.points == MONTH_POINTS else "quarter"
            yield Ahead(close.at.astimezone(zone).date(), f"{kind} close, due {stamp(close.at)}")
    for off in rota.leave():
        if off.meets(passing.at, passing.until):
            back = off.end.astimezone(zone)
            yield Ahead(max(days[0], off.start.astimezone(zone).date()), f"away, back {back:%a %Y-%m-%d %H:%M}", off.person)
