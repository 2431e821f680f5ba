"""What people do to an incident: open, acknowledge, take, assign, snooze, resolve, escalate, page, note."""

from datetime import datetime, timedelta

from holdfast.calendars import Period, day_of, deadline
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError
from holdfast.incidents import acts
from holdfast.incidents.advance import advance
from holdfast.incidents.incident import Decision, Incident
from holdfast.incidents.signals import Affect, Harm
from holdfast.paging.responding import Done, Responder, expect_known, expect_reason
from holdfast.partitions import ONE_DAY
from holdfast.releases.closing import business_days

LONGEST_SNOOZE = timedelta(hours=24)
DAY = "day"


def open_incident(responder: Responder, pipeline: str, text: str, period: str | None, metric: str | None) -> Done:
    """An incident of a figure that somebody thinks is wrong; without a period of the newest day that is over.

    Anybody in team/people.yml may. The pipeline's ladder begins at once.
    """
    person = responder.person()
    expect_known(pipeline, responder.project.pipelines, "pipeline")
    said = expect_reason(text, "--text")
    suspected = _suspected(responder, responder.project.pipelines[pipeline], period, metric)
    newest = responder.ledger.incidents(limit=1)
    number = newest[0].id + 1 if newest else 1
    decision = acts.opened_by_person(pipeline, (suspected,), said, person, number, responder.now, responder.rules())
    done = responder.try_to_record(decision)
    if done is None:
        raise DefinitionError("somebody opened an incident at the same instant; look whether it is yours: holdfast incidents")
    responder.noted("incident open", f"incident {done.incident.id}, {pipeline} {suspected.period}: {said}")
    # The pass would do it, too; this way whoever opened it sees whom it pages.
    first = advance(done.incident, responder.now, responder.rules())
    return (first and responder.try_to_record(first)) or done


def _suspected(responder: Responder, pipeline: Pipeline, period: str | None, metric: str | None) -> Affect:
    project, today = responder.project, day_of(responder.now, responder.project.zone)
    if metric is not None:
        expect_known(metric, {each.id: each for each in pipeline.metrics}, f"metric of {pipeline.name}")
    found = project.calendar.named(period) if period else project.calendar.of_day(DAY, today - ONE_DAY)
    if found is None:
        raise DefinitionError(f"--period {period}: that is no period; write it like 2026-09-17, 2026-W38, 2026-09 or 2026-Q3.")
    if found.interval.start >= today:
        raise DefinitionError(f"--period {found.name} has not begun to be reported on {today}; nobody can have seen a figure of it.")
    declared = pipeline.metric(metric) if metric else None
    grains = declared.grains if declared else pipeline.grains
    if period and found.grain not in grains:
        raise DefinitionError(f"{metric or pipeline.name} is reported per {', '.join(grains)}, not per {found.grain}.")
    due = _due(responder, pipeline, found)
    return Affect(pipeline.name, pipeline.audience, metric or "", found.grain, found.name, due, Harm.WRONG)


def _due(responder: Responder, pipeline: Pipeline, period: Period) -> datetime:
    business = business_days(responder.project, pipeline, [period])
    return deadline(period, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=business)


def acknowledge(responder: Responder, incident_id: int | None) -> Done:
    """Somebody works on it: the first clock rests until it ends, lapses or is voided."""

    def decide(incident: Incident) -> Decision:
        return acts.acknowledge(incident, responder.answering(incident), responder.now, responder.rules())

    return responder.record(incident_id, "ack", "", decide)


def take(responder: Responder, incident_id: int | None) -> Done:
    """Acknowledged, and whoever acts is the one who has it."""

    def decide(incident: Incident) -> Decision:
        return acts.take(incident, responder.answering(incident), responder.now, responder.rules())

    return responder.record(incident_id, "take", "", decide)


def assign(responder: Responder, incident_id: int | None, to: str) -> Done:
    """Given to somebody of the team, who is told."""
    responder.expect_person(to)

    def decide(incident: Incident) -> Decision:
        by = responder.answering(incident)
        if not responder.is_of_team(to, {each.pipeline for each in incident.affects}):
            raise DefinitionError(f"{to} answers no incidents; give it to an engineer, an owner, a lead or the manager.")
        return acts.assign(incident, to, by, responder.now, responder.rules())

    return responder.record(incident_id, "assign", f" to {to}", decide)


def snooze(responder: Responder, incident_id: int | None, until: datetime) -> Done:
    """Acknowledged until then; after that the first clock begins again."""
    if until <= responder.now:
        raise DefinitionError(f"a snooze until {until:%Y-%m-%d %H:%M} UTC would be over already; it is {responder.now:%Y-%m-%d %H:%M} UTC.")
    if until - responder.now > LONGEST_SNOOZE:
        raise DefinitionError(
            f"a snooze until {until:%Y-%m-%d %H:%M} UTC is longer than 24 h. Acknowledge it, or announce the outage: holdfast outage."
        )

    def decide(incident: Incident) -> Decision:
        return acts.snooze(incident, until, responder.answering(incident), responder.now, responder.rules())

    return responder.record(incident_id, "snooze", f" until {until:%Y-%m-%d %H:%M} UTC", decide)


def resolve(responder: Responder, incident_id: int | None, reason: str) -> Done:
    """A person's word that it is over; if its condition still holds after an hour, it opens again."""
    said = expect_reason(reason, "--reason")

    def decide(incident: Incident) -> Decision:
        return acts.resolve(incident, said, responder.answering(incident), responder.now, responder.rules())

    return responder.record(incident_id, "resolve", f": {said}", decide)


def escalate(responder: Responder, incident_id: int | None) -> Done:
    """The next step of the first clock, now."""

    def decide(incident: Incident) -> Decision:
        return acts.escalate(incident, responder.answering(incident), responder.now, responder.rules())

    return responder.record(incident_id, "escalate", "", decide)


def page(responder: Responder, incident_id: int | None, person: str, text: str) -> Done:
    """That person is paged now, with these words."""
    responder.expect_person(person)
    said = " ".join(text.split())

    def decide(incident: Incident) -> Decision:
        return acts.page(incident, person, said, responder.answering(incident), responder.now, responder.rules())

    return responder.record(incident_id, "page", f", {person}: {said}", decide)


def note(responder: Responder, incident_id: int | None, text: str) -> Done:
    """A line in the timeline; anybody in team/people.yml may, and of an ended incident too."""
    said = expect_reason(text, "the note")
    person = responder.person()
    return responder.record(incident_id, "note", f": {said}", lambda incident: acts.note(incident, said, person, responder.now))


