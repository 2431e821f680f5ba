"""The records of a good morning of the reference team's five pipelines, to be spoiled by a test."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from holdfast.definitions.pipeline import Project
from holdfast.definitions.source import OverTime
from holdfast.diagnosis.deadlines import Published
from holdfast.diagnosis.records import PipelineRecord, Records
from holdfast.paging.gathering import due_of
from holdfast.releases.release import Hold, HoldKind
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import RunState

DAY = date(2026, 10, 1)
"""A Thursday; a new month and a new quarter begin."""
FIRST = date(2026, 7, 1)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def a_run(
    pipeline: str, number: int = 9, state: RunState = RunState.PUBLISHED, started_at: datetime | None = None, message: str = ""
) -> RunRecord:
    begun = started_at or at(3)
    ended = None if state is RunState.STARTED else begun + timedelta(minutes=1)
    run_id = f"{pipeline}-{number:07d}-20261001"
    return RunRecord(run_id, pipeline, "2026-10-01", DAY, (), state, False, begun, ended, message)


def a_hold(
    pipeline: str,
    cause: str,
    model: str,
    metrics: tuple[str, ...] = ("profit",),
    day: date = DAY,
    kind: HoldKind = HoldKind.CHECK,
    opened_at: datetime | None = None,
) -> Hold:
    observed = "12" if kind is not HoldKind.UNKNOWN else ""
    return Hold(pipeline, kind, cause, day, "", metrics, model, observed, "0", opened_at=opened_at or at(3))


def good_morning(project: Project, now: datetime) -> Records:
    """Everything landed, built and published at three; every source has ten rows on each of the last days."""
    days = [FIRST + timedelta(days=n) for n in range((DAY - FIRST).days + 1)]
    steps = [(day, datetime(day.year, day.month, day.day, 3, tzinfo=UTC) + timedelta(days=1)) for day in days]
    pipelines = tuple(
        PipelineRecord(
            pipeline,
            tuple(project.lineage(pipeline)),
            tuple(project.sources_of(pipeline)),
            Published(tuple(steps)),
            runs=(a_run(name),),
        )
        for name, pipeline in project.pipelines.items()
    )
    models: dict[str, dict] = {}
    for each in pipelines:
        known = models.setdefault(each.pipeline.audience, {})
        known.update({model.name: model for model in each.lineage if model.name not in known})
    rows = {
        name: {day: 0 if day in source.closed else 10 for day in days}
        for name, source in project.sources.items()
        if source.over_time is OverTime.DAYS
    }
    return Records(
        project,
        now,
        DAY,
        due_of(project, FIRST, DAY),
        pipelines,
        rows,
        FIRST,
        lambda _: at(3),
        models={audience: tuple(known.values()) for audience, known in models.items()},
    )


def with_holds(records: Records, *holds: Hold) -> Records:
    """The same morning, with these holds open."""
    pipelines = tuple(
        replace(each, holds=tuple(hold for hold in holds if hold.pipeline == each.pipeline.name)) for each in records.pipelines
    )
    return replace(records, pipelines=pipelines)


def without_rows(records: Records, source: str, *days: date) -> Records:
    """The same morning, without a row of the source on these days."""
    rows = {name: dict(some) for name, some in records.rows.items()}
    rows[source].update(dict.fromkeys(days or (DAY,), 0))
    return replace(records, rows=rows)


def with_record(records: Records, pipeline: str, **changes: object) -> Records:
    """The same morning, with another record of one pipeline."""
    pipelines = tuple(
        replace(each, **changes) if each.pipeline.name == pipeline else each for each in records.pipelines
    )
    return replace(records, pipelines=pipelines)
