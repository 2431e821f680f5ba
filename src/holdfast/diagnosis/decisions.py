"""What waits for a person's word, and what a person took back."""

from collections.abc import Sequence

from holdfast.calendars import Period
from holdfast.diagnosis.deadlines import pages_at, pressing
from holdfast.diagnosis.doubts import Doubt, details, failing_days, kept_from_readers
from holdfast.diagnosis.records import PipelineRecord, Records
from holdfast.incidents.signals import Affect, Harm, Key, Kind, Signal
from holdfast.partitions import Days
from holdfast.releases.closing import CloseEvent, by_period, standing
from holdfast.releases.release import HoldKind


def decision_signals(record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> list[Signal]:
    """What waits for a person's word."""
    failing = failing_days(doubts)
    mine = [each for each in doubts if each.is_decision and not (each.kind is HoldKind.REVISION and each.day in failing)]
    if not mine:
        return []
    affects = kept_from_readers(record, mine, records)
    since = min(doubt.since for doubt in mine)
    kinds = ", ".join(sorted({doubt.kind.value for doubt in mine}))
    days = Days.of_days(doubt.day for doubt in mine)
    named = {metric for doubt in mine for metric in doubt.metrics}
    approvers = dict.fromkeys(m.approver for m in record.pipeline.metrics if m.id in named and m.approver in records.people)
    return [
        Signal(
            Key(Kind.DECISION.value, record.pipeline.name, min(doubt.day for doubt in mine)),
            record.pipeline.name,
            since,
            pages_at(since, affects, record.page_before),
            f"{record.pipeline.name} of {days}: {kinds} waits for a person's word",
            details(mine),
            pressing(affects, records.now),
            tuple(approvers),
            "an approver lets it through, or the data no longer asks for it",
        )
    ]


def withdrawn_signals(record: PipelineRecord, records: Records) -> list[Signal]:
    """Periods that a person took back and that are not published again: one signal for all."""
    pipeline, calendar = record.pipeline, records.project.calendar
    found: list[tuple[CloseEvent, Period, Affect]] = []
    for (grain, name), events in by_period(record.events).items():
        event, period = standing(events).withdrawn, calendar.named(name)
        if event is not None and period is not None:
            due_at = records.due.at(pipeline, period)
            found.append((event, period, Affect(pipeline.name, pipeline.audience, "", grain, name, due_at, Harm.WITHDRAWN)))
    if not found:
        return []
    since = min(event.at for event, _, _ in found)
    return [
        Signal(
            Key(Kind.WITHDRAWN.value, pipeline.name, min(period.interval.start for _, period, _ in found)),
            pipeline.name,
            since,
            since,
            f"{pipeline.name}: withdrawn: {', '.join(period.name for _, period, _ in found)}",
            tuple(f"{period.name}: by {event.by}: {event.reason}" for event, period, _ in found),
            tuple(affect for _, _, affect in found),
            (),
            "two people release what was withdrawn and it is published again",
        )
    ]
