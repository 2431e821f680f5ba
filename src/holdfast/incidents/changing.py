"""What signals make of one incident: it opens, changes, takes another in, gets a cause, ends, opens again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from holdfast.incidents.course import HOLDFAST, Course
from holdfast.incidents.incident import FLAPPING_AT, FLAPS_WITHIN, Ending, Incident, State
from holdfast.incidents.ladders import impact_from
from holdfast.incidents.occasions import FLAPPING, OPENED, REOPENED, nth
from holdfast.incidents.rules import Rules
from holdfast.incidents.signals import Affect, Harm, Key, Signal
from holdfast.incidents.telling import silent_until
from holdfast.incidents.transitions import new_round, resolve


def opened(signals: tuple[Signal, ...], now: datetime, rules: Rules, by: str = HOLDFAST) -> Course:
    """A new incident of these signals, which are of one cause."""
    first = min(signals, key=lambda each: (each.key.on, each.since))
    incident = Incident(
        key=first.key,
        title=first.summary,
        opened_at=now,
        opened_by=by,
        signals=signals,
        affects=affects_of(signals),
        opened_times=(now,),
        untold=(OPENED,),
    )
    course = Course(incident, rules)
    course.note(now, "opened", first.summary, by)
    _note_silence(course, now)
    return course


def refreshed(course: Course, signals: tuple[Signal, ...], now: datetime) -> None:
    """The open incident with the signals as they are now; without any it is over, unless it flaps."""
    incident = course.incident
    if signals == incident.signals and incident.quiet_since is None:
        return
    if not signals and incident.signals:
        _note_cleared(course, incident.signals, now)
    if not signals:
        _all_clear(course, now)
        return
    before = {each.identity for each in incident.signals}
    after = {each.identity for each in signals}
    for signal in signals:
        if signal.identity not in before:
            course.note(now, "joined", _said(signal))
    _note_cleared(course, [each for each in incident.signals if each.identity not in after], now)
    affects = affects_of(signals)
    _note_restored(course, affects, now)
    raised = _raises(incident, signals, now)
    course.change(signals=signals, affects=affects, quiet_since=None)
    _leave_ladders(course, now)
    _end_impact(course, now)
    if raised and incident.acknowledged:
        new_round(course, now, "voided", f"investors are harmed more than when {incident.acknowledged.by} acknowledged")


def reopened(course: Course, signals: tuple[Signal, ...], now: datetime) -> None:
    """It is open again: both clocks begin anew, and everybody who was told hears of it."""
    incident = course.incident
    ending = incident.ending
    assert ending is not None
    at = min(_back_at(incident, ending, each, now) for each in signals)
    times = (*incident.opened_times, at)
    is_flapping = sum(each > at - FLAPS_WITHIN for each in times) >= FLAPPING_AT
    course.change(
        state=State.OPEN, ending=None, signals=signals, affects=affects_of(signals), acknowledged=None, assignee="",
        ladders=tuple(replace(each, left_at=each.left_at or ending.at) for each in incident.ladders),
        round=incident.round + 1, round_at=None, fired=(), paged=(), impact_at=None, quiet_since=None,
        opened_times=times, is_flapping=is_flapping,
        untold=(nth(REOPENED, len(times)), *((nth(FLAPPING, len(times)),) if is_flapping else ())),
    )  # fmt: skip
    why = f"{ending.by} resolved it, and an hour later it still holds" if at == ending.recheck_at else f"back {_span(ending.at, at)} after it ended"
    course.note(at, "reopened", f"{why}: {signals[0].summary}")
    if is_flapping:
        course.note(at, "flapping", f"opened {len(times)} times; it now ends only after two quiet hours")
    _note_silence(course, at)


def rechecked(course: Course, signals: Sequence[Signal], now: datetime) -> None:
    """What of an incident that a person resolved still holds is asked again; when nothing does, nothing is."""
    incident, holding = course.incident, {each.identity for each in signals}
    ending = incident.ending
    left = tuple(each for each in incident.signals if each.identity in holding)
    if ending is None or ending.recheck_at is None or left == incident.signals:
        return
    _note_cleared(course, [each for each in incident.signals if each not in left], now)
    course.change(ending=ending if left else replace(ending, recheck_at=None), signals=left, affects=affects_of(left))


def with_cause(course: Course, signals: Sequence[Signal], now: datetime) -> None:
    """An incident of unknown cause takes the key and title of its cause."""
    known = [each for each in signals if each.key.kind != course.incident.key.kind]
    if known:
        first = min(known, key=lambda each: (each.key.on, each.since))
        course.change(key=Key(first.key.kind, first.key.subject, first.key.on), title=first.summary)
        course.note(now, "cause", first.summary)


def absorbed(older: Course, younger: Course, now: datetime) -> Course:
    """The younger turned out to be the older one: it ends, and what it had begun goes on there. Timelines stay."""
    into, gone = older.incident, younger.incident
    mine = {ladder.pipeline for ladder in into.climbed}
    brought = tuple(ladder for ladder in gone.climbed if ladder.pipeline not in mine)
    pipelines = {ladder.pipeline for ladder in brought}
    fired = tuple(
        replace(each, round=into.round if each.round else 0)
        for each in gone.fired
        if each.pipeline in pipelines and each.round in (0, gone.round)
    )
    paged = tuple((who, pipeline, into.round) for who, pipeline, of in gone.paged if pipeline in pipelines and of == gone.round)
    older.change(
        ladders=(*into.ladders, *brought),
        fired=(*into.fired, *fired),
        paged=(*into.paged, *paged),
        told=tuple(dict.fromkeys((*into.told, *gone.told))),
        round_at=into.round_at or gone.round_at,
        # Whoever works on the younger works on all that the older pages for.
        acknowledged=into.acknowledged or (gone.acknowledged if mine <= {ladder.pipeline for ladder in gone.climbed} else None),
    )
    older.note(now, "merged", f"incident {gone.id} was the same and goes on here: {gone.title}")
    younger.change(state=State.MERGED, merged_into=into.id, untold=())
    younger.note(now, "merged", f"the same as incident {into.id}, which is older and goes on")
    if into.acknowledged and not gone.acknowledged and any(each.is_for_investors for each in gone.affects):
        new_round(older, now, "voided", f"incident {gone.id}, of an investors' figure, joined what {into.acknowledged.by} had acknowledged")
    return younger


def affects_of(signals: Sequence[Signal]) -> tuple[Affect, ...]:
    """Of all signals, each once, in order."""
    found = {affect: None for signal in signals for affect in signal.affects}
    return tuple(sorted(found, key=lambda each: (each.pipeline, each.grain, each.period, each.metric, each.harm)))


def _back_at(incident: Incident, ending: Ending, signal: Signal, now: datetime) -> datetime:
    """When the signal opens a resolved incident again: what a person knew of waits for the recheck.

    One that was seen to be gone, though the records say that it never was, is back now.
    """
    if signal.since > ending.at:
        return signal.since
    is_known = any(each.identity == signal.identity for each in incident.signals)
    return ending.recheck_at if is_known and ending.recheck_at else now


def _all_clear(course: Course, now: datetime) -> None:
    incident = course.incident
    if incident.is_flapping:
        if incident.quiet_since is None:
            course.change(signals=(), affects=(), quiet_since=now, impact_at=None)
            course.note(now, "cleared", "all clear; it ends after two quiet hours, as it opened again and again")
        return
    course.change(signals=(), affects=())
    _end_impact(course, now)
    resolve(course, Ending(now, HOLDFAST, "cleared"))


def _leave_ladders(course: Course, now: datetime) -> None:
    """A pipeline with nothing wrong any more leaves; when it comes back its steps begin anew. What flaps stays."""
    incident = course.incident
    if incident.is_flapping:
        return
    touched = {signal.pipeline for signal in incident.signals}
    gone = {ladder.pipeline for ladder in incident.climbed if ladder.pipeline not in touched}
    if not gone:
        return
    course.change(
        ladders=tuple(replace(each, left_at=now) if each.left_at is None and each.pipeline in gone else each for each in incident.ladders),
        fired=tuple(each for each in incident.fired if each.pipeline not in gone),
        paged=tuple(each for each in incident.paged if each[1] not in gone),
    )


def _end_impact(course: Course, now: datetime) -> None:
    begins = impact_from(course.incident)
    if course.incident.impact_at and (begins is None or begins > now):
        course.change(impact_at=None)
        course.note(now, "impact", "no investor figure is harmed any more")


def _raises(before: Incident, signals: Sequence[Signal], now: datetime) -> bool:
    """Whether figures of pipelines that had joined before are harmed as they were not: wrong or withdrawn, or at all.

    A figure whose deadline passes while somebody works on it raises nothing: that it would was known.
    """
    climbed = {ladder.pipeline for ladder in before.climbed}
    known = set(before.affects)
    new = [each for signal in signals for each in signal.affects if each not in known and each.pipeline in climbed and each.is_impact(now)]
    was_wrong = any(each.is_for_investors and each.harm is not Harm.MISSING for each in before.affects)
    return bool(new) and (not before.has_impact(now) or (not was_wrong and any(each.harm is not Harm.MISSING for each in new)))


def _note_cleared(course: Course, signals: Sequence[Signal], now: datetime) -> None:
    for signal in signals:
        course.note(now, "cleared", _said(signal))


def _said(signal: Signal) -> str:
    return f"{signal.pipeline}: {signal.summary}" if signal.pipeline else signal.summary


def _note_restored(course: Course, affects: Sequence[Affect], now: datetime) -> None:
    left = set(affects)
    gone = [each for each in course.incident.affects if each not in left]
    named = {(each.pipeline, each.metric, each.grain, each.period) for each in affects}
    for each in gone:
        if (each.pipeline, each.metric, each.grain, each.period) not in named:
            course.note(now, "restored", f"{each.pipeline} {each.metric or 'all metrics'}, {each.grain} {each.period}")


def _note_silence(course: Course, at: datetime) -> None:
    until = silent_until(course.incident, at, course.rules)
    if until:
        course.note(at, "silenced", f"an announced outage of {course.incident.key.subject} until {until:%Y-%m-%d %H:%M} UTC; deadlines still page")


def _span(start: datetime, end: datetime) -> str:
    return f"{int((end - start).total_seconds() // 60)} min"
