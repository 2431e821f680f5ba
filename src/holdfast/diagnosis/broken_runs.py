"""Runs that failed, never began, or came to nothing by the deadline."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from holdfast.definitions.pipeline import Project
from holdfast.diagnosis.deadlines import affects_of, every_value, pages_at, pressing
from holdfast.diagnosis.doubts import Doubt, failing_days
from holdfast.diagnosis.records import FAR, GOOD, PipelineRecord, Records
from holdfast.incidents.signals import Affect, Key, Kind, Signal
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import RunState

LATE_RUN = timedelta(minutes=30)
"""A run that was not tried so long after its time never started."""
LONG_RUN = timedelta(hours=1)
"""A live run that has not ended after so long has broken off."""


def run_signals(record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> list[Signal]:
    """Runs that failed, never began, or came to nothing by the deadline."""
    if not record.runs and record.published.through is None:
        return []  # nobody has built it yet, so nobody expects it
    unseen = _unreleased(record, doubts, records)
    broken = failed_streak(record.runs, records.now)
    if broken:
        return [_failed(record, broken, unseen, records)]
    tried = max((run.newest for run in record.runs), default=date.min)
    never = [day for day in unseen if day > tried and records.due.run_of(day) + LATE_RUN <= records.now]
    if never:
        return [_not_run(record, never, records)]
    affects = affects_of(record.pipeline, every_value(record.pipeline, [day for day in unseen if day <= tried]), records.due)
    return _missed(record, [each for each in affects if each.due_at <= records.now], records)


def _unreleased(record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> list[date]:
    """Days that are over, were never released, and of which nothing is known to wait; oldest first."""
    through = record.published.through
    first = through + ONE_DAY if through else record.pipeline.starts_on
    first = max(first, records.newest - timedelta(days=FAR))
    known = failing_days(doubts)
    return [day for day in Interval(first, records.newest + ONE_DAY).days() if day not in known] if first <= records.newest else []


def failed_streak(runs: Sequence[RunRecord], now: datetime) -> list[RunRecord]:
    """The runs, newest first, that broke since the last good one; empty while the newest is good or still at work."""
    found: list[RunRecord] = []
    for run in runs:
        if run.state is RunState.STARTED and not found and (run.backfilled or now - run.started_at < LONG_RUN):
            return []
        if run.state in GOOD:
            break
        found.append(run)
    # What was cut off alone is taken up again by the next run; only one that should have come by now is missed.
    if all(run.state is RunState.ABANDONED for run in found) and found and now - found[-1].started_at < LONG_RUN:
        return []
    return found


def _failed(record: PipelineRecord, broken: Sequence[RunRecord], unseen: Sequence[date], records: Records) -> Signal:
    oldest, newest = broken[-1], broken[0]
    since = oldest.ended_at or oldest.started_at + LONG_RUN
    affects = affects_of(record.pipeline, every_value(record.pipeline, unseen), records.due)
    why = newest.message or "it was cut off and nothing followed"
    on = date.fromisoformat(oldest.days[:10])
    return Signal(
        Key(Kind.FAILED.value, what_broke(why, records.project) or record.pipeline.name, on),
        record.pipeline.name,
        since,
        pages_at(since, affects, record.page_before),
        f"{record.pipeline.name}: the run of {newest.days} failed {len(broken)} time(s): {why}",
        (f"run {newest.id}, {newest.state.value}, began {newest.started_at:%Y-%m-%d %H:%M} UTC",),
        pressing(affects, records.now),
        (),
        "a run of the pipeline ends well",
    )


def what_broke(message: str, project: Project) -> str:
    """The model or source that an error names first; empty when it names none."""
    names = {**project.models, **project.sources}
    words = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", message)
    return next((word for word in words if word in names), "")


def _not_run(record: PipelineRecord, never: Sequence[date], records: Records) -> Signal:
    affects = affects_of(record.pipeline, every_value(record.pipeline, never), records.due)
    at = records.due.run_of(never[0])
    since = at + LATE_RUN
    silent = records.builder_silent_since
    key = Key(Kind.BUILDER.value, "builder", silent.date()) if silent else Key(Kind.NOT_RUN.value, "scheduler", never[0])
    return Signal(
        key,
        record.pipeline.name,
        since,
        pages_at(since, affects, record.page_before),
        f"{record.pipeline.name}: no run of {Days.of_days(never)} was tried; it was due at {at:%Y-%m-%d %H:%M} UTC",
        (),
        pressing(affects, records.now),
        (),
        "a run of the day is tried",
    )


def _missed(record: PipelineRecord, affects: Sequence[Affect], records: Records) -> list[Signal]:
    """Deadlines that passed although runs went well: nobody knows why yet."""
    found: list[Signal] = []
    for grain in dict.fromkeys(each.grain for each in affects):
        mine = [each for each in affects if each.grain == grain]
        since = min(each.due_at for each in mine)
        period = records.project.calendar.named(mine[0].period)
        on = period.interval.start if period else since.date()
        found.append(
            Signal(
                Key(Kind.MISSED.value, f"{record.pipeline.name}/{grain}", on),
                record.pipeline.name,
                since,
                since,
                f"{record.pipeline.name}: {mine[0].period} was due {since:%Y-%m-%d %H:%M} UTC and is not published",
                (),
                tuple(mine),
                (),
                "the period is published",
            )
        )
    return found
