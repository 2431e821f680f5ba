"""Announced times: a source's known outage, and maintenance of a pipeline."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from holdfast.definitions.pipeline import INVESTORS
from holdfast.errors import DefinitionError, WorldError
from holdfast.incidents.incident import Decision, Event
from holdfast.incidents.spells import LONGEST_FOR_INVESTORS, Spell, SpellKind
from holdfast.paging.responding import Responder, expect_known, expect_reason

LONGEST = {SpellKind.OUTAGE: timedelta(days=30), SpellKind.MAINTENANCE: timedelta(days=3)}
"""More is no announcement but a change of what the team promises."""


def outage(responder: Responder, source: str, start: datetime | None, end: datetime, reason: str) -> Spell:
    """The source's incidents open silently until then; deadlines still page.

    Its contact may announce it, and the team.
    """
    expect_known(source, responder.project.sources, "source")
    contact = responder.project.sources[source].contact
    return _announce(responder, SpellKind.OUTAGE, source, start, end, reason, {contact})


def maintenance(responder: Responder, pipeline: str, start: datetime | None, end: datetime, reason: str) -> Spell:
    """Pages of the pipeline wait until then; gate and clocks go on. At most 8 h in a row for investors."""
    expect_known(pipeline, responder.project.pipelines, "pipeline")
    declared = responder.project.pipelines[pipeline]
    owners = {declared.primary, declared.secondary}
    if declared.audience == INVESTORS:
        _expect_short(responder, pipeline, start or responder.now, end)
    return _announce(responder, SpellKind.MAINTENANCE, pipeline, start, end, reason, owners)


def end_early(responder: Responder, kind: SpellKind, spell_id: int) -> Spell:
    """It ends now; what it silenced is looked at anew by the next pass."""
    person, now = responder.person(), responder.now
    found = [each for each in responder.ledger.spells(now) if each.kind is kind]
    spell = next((each for each in found if each.id == spell_id), None)
    if spell is None:
        there = "; ".join(f"{each.id}: {each.subject} until {_shown(each.end)}" for each in found)
        raise WorldError(f"no {kind.value} {spell_id} is announced or running. {f'There are: {there}.' if there else 'There is none.'}")
    if not responder.is_of_team(person, {spell.subject}) and person != spell.by:
        raise DefinitionError(f"{spell.by} announced it; they end it, or the team does. You are {responder.acting()}.")
    responder.ledger.end_spell(spell_id, now, person)
    _look_anew(responder, spell, f"{kind.value} of {spell.subject} ended, earlier than announced")
    responder.noted(f"{kind.value} end", f"{kind.value} {spell_id}, {spell.subject}")
    return spell


def _announce(
    responder: Responder,
    kind: SpellKind,
    subject: str,
    start: datetime | None,
    end: datetime,
    reason: str,
    others: set[str],
) -> Spell:
    person, said = responder.person(), expect_reason(reason, "--reason")
    if person not in others and not responder.is_of_team(person):
        raise DefinitionError(
            f"{kind.value} of {subject} is announced by {', '.join(sorted(others - {''}))} or the team; you are {responder.acting()}."
        )
    begin = start or responder.now
    if end <= begin:
        raise DefinitionError(f"--until {_shown(end)} does not lie after its start, {_shown(begin)}.")
    if end <= responder.now:
        raise DefinitionError(f"--until {_shown(end)} is over already; it is {_shown(responder.now)}.")
    if end - begin > LONGEST[kind]:
        raise DefinitionError(f"{kind.value} of more than {LONGEST[kind].days} days; announce a shorter one, and prolong it if need be.")
    spell = Spell(kind, subject, begin, end, said, person)
    spell_id = responder.ledger.announce(spell)
    responder.noted(kind.value, f"{kind.value} {spell_id}, {subject} from {_shown(begin)} until {_shown(end)}: {said}")
    announced = Spell(kind, subject, begin, end, said, person, spell_id)
    _look_anew(responder, announced, f"{kind.value} of {subject} announced until {_shown(end)}: {said}")
    return announced


def _look_anew(responder: Responder, spell: Spell, text: str) -> None:
    """A line in the timeline of each open incident that it touches, and the next pass decides anew what time does to it."""
    event = Event(responder.now, "announced", responder.person(), text)
    for incident in responder.ledger.open_incidents():
        touched = {incident.key.subject} if spell.kind is SpellKind.OUTAGE else {each.pipeline for each in incident.signals}
        if spell.subject in touched:
            # One that the pager changes right now is looked at by the pager right now.
            responder.ledger.record_decisions([Decision(incident, (event,), (), responder.now)])


def _expect_short(responder: Responder, pipeline: str, start: datetime, end: datetime) -> None:
    """Windows that touch count as one: nobody silences investors' pages for a day in three parts."""
    others = [
        each
        for each in responder.ledger.spells(start - LONGEST_FOR_INVESTORS)
        if each.kind is SpellKind.MAINTENANCE and each.subject == pipeline
    ]
    begin, until = _joined(others, start, end)
    if until - begin > LONGEST_FOR_INVESTORS:
        with_others = f", with what is announced already from {_shown(begin)} until {_shown(until)}" if (begin, until) != (start, end) else ""
        raise DefinitionError(
            f"{pipeline} is for investors: maintenance silences its pages for at most 8 h in a row{with_others}. Take a shorter --until."
        )


def _joined(others: Sequence[Spell], start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The whole time without a gap around it."""
    grown = True
    while grown:
        grown = False
        for each in others:
            if each.start <= end and each.end >= start and (each.start < start or each.end > end):
                start, end, grown = min(start, each.start), max(end, each.end), True
    return start, end


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
