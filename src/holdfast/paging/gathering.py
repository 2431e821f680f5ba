"""Everything that is wrong now, from the ledger and the team's folder alone; thin reads, and pure rooms decide."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Protocol

from holdfast.calendars import BusinessDays, day_of, public_holidays
from holdfast.checks.results import Outcome
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.report import Report
from holdfast.diagnosis.absence import USUAL
from holdfast.diagnosis.behind import deliveries
from holdfast.diagnosis.deadlines import Due, Published
from holdfast.diagnosis.diagnosis import diagnose
from holdfast.diagnosis.readiness import (
    builder_gone,
    hand_offs,
    secrets,
    silent_since,
    unanswered,
    vacancies,
)
from holdfast.diagnosis.records import FAR, GOOD, PipelineRecord, Records
from holdfast.incidents.ports import PagerLog
from holdfast.incidents.signals import Signal
from holdfast.oncall.record import Rota
from holdfast.partitions import ONE_DAY
from holdfast.releases.handed_over import OutputStanding, standings
from holdfast.releases.ports import ReleaseLog
from holdfast.releases.release import HoldState
from holdfast.reports.outputs import pack_outputs, pack_release
from holdfast.runs.ports import LandingLog, RunLog

RUNS = 8
"""Runs of a pipeline that are looked at."""
LATELY = timedelta(days=8)
"""How far back failed checks without a hold matter."""


class Ledger(LandingLog, RunLog, ReleaseLog, PagerLog, Protocol):
    """What is read."""


class Roster(Protocol):
    """Whoever knows the rota, read anew."""

    @property
    def rota(self) -> Rota: ...


@dataclass(frozen=True, slots=True)
class Builder:
    """What is known of the builder."""

    expected: bool
    """Whether one should be at work; not beside a pager that somebody runs by hand."""
    beat_at: datetime | None = None
    """When it was last heard."""
    looked_once: bool = False
    """Whether it has looked for work since it started."""


def gather(
    project: Project, ledger: Ledger, now: datetime, roster: Roster | None, builder: Builder | None = None
) -> list[Signal]:
    """Every signal that holds at `now`, by key and pipeline. The same records and time give the same signals."""
    silent = silent_since(builder.expected, builder.beat_at, now) if builder else None
    found = diagnose(_records(project, ledger, now, silent))
    found += deliveries(_outputs(project, ledger), now)
    found += secrets(project.pager.expiring, now, project.zone)
    if silent is not None:
        found.append(builder_gone(silent))
    if roster is not None and project.team.rotation is not None:
        rota = roster.rota
        found += vacancies(rota, now)
        found += hand_offs(rota, ledger.hand_off_acknowledgements(), now)
        found += unanswered(ledger.channel_tests(), rota, now)
    return sorted(found, key=lambda signal: (signal.key, signal.pipeline))


def _records(project: Project, ledger: Ledger, now: datetime, silent: datetime | None) -> Records:
    newest = day_of(now, project.zone) - ONE_DAY
    pipelines = [each for each in project.pipelines.values() if each.starts_on <= newest]
    records = tuple(_record(project, each, ledger, newest) for each in pipelines)
    held = [hold.day for each in records for hold in each.holds]
    # As many days more as it takes to tell whether a source has rows every day.
    since = min([newest - LATELY, *held]) - timedelta(days=2 * USUAL)
    models: dict[str, dict[str, Model]] = {}
    for each in records:
        known = models.setdefault(each.pipeline.audience, {})
        known.update({model.name: model for model in each.lineage if model.name not in known})
    return Records(
        project=project,
        now=now,
        newest=newest,
        due=due_of(project, min([newest - timedelta(days=FAR), *held]), newest),
        pipelines=records,
        rows=_rows(ledger, records, models, since, newest),
        since_rows=since,
        tried=cache(ledger.first_tried),
        builder_silent_since=silent,
        models={audience: tuple(known.values()) for audience, known in models.items()},
    )


def _rows(
    ledger: Ledger, records: Sequence[PipelineRecord], models: Mapping[str, Collection[str]], since: date, newest: date
) -> dict[str, dict[date, int]]:
    """Source -> day -> rows that counted when its readers were last built.

    Rows that have landed and that some reader was built without are left out: between a landing and the release
    a hold still waits for nothing but those rows, and would pass for a fault of our own.
    """
    found: dict[str, dict[date, int]] = {}
    landed: dict[str, dict[date, int]] = {}
    for each in ledger.days_since(since):
        found.setdefault(each.source, {})[each.day] = each.rows
        landed.setdefault(each.source, {})[each.day] = each.seq
    days = {newest - timedelta(days=n) for n in range(LATELY.days)} | {hold.day for each in records for hold in each.holds}
    built: dict[tuple[str, date], int] = {}
    for audience, known in models.items():
        built |= ledger.built_up_to(audience, known, days)
    newer: dict[str, dict[date, int]] = {}
    for record in records:
        for source in record.sources:
            for day in days:
                seq = built.get((record.pipeline.name, day))
                if seq is not None and landed.get(source.name, {}).get(day, 0) > seq:
                    least = newer.setdefault(source.name, {})
                    least[day] = min(seq, least.get(day, seq))
    # Mostly the day only has a few rows more; what matters is whether the first of them came after it was built.
    for (name, day), seq in ledger.first_landed(newer).items():
        if seq > newer[name].get(day, seq):
            found[name][day] = 0
    return found


def due_of(project: Project, first: date, last: date) -> Due:
    """Deadlines around these days, by the project's own business days."""
    years = range(first.year - 1, last.year + 3)
    return Due(project.calendar, _business(project.business_country, project.business_subdivision, years), project.zone)


@cache
def _business(country: str, subdivision: str | None, years: Iterable[int]) -> BusinessDays:
    return public_holidays(country, subdivision, years)


def _record(project: Project, pipeline: Pipeline, ledger: Ledger, newest: date) -> PipelineRecord:
    name, runs, holds = pipeline.name, ledger.runs(pipeline.name, RUNS), ledger.open_holds(pipeline.name)
    last = next((run.id for run in runs if run.state in GOOD), "")
    settled = ledger.settled_holds(name, {hold.day for hold in holds}, last) if holds or last else []
    # Let through by a person, but no run has released it since: readers have it no more than before.
    unused = [hold for hold in settled if hold.state is HoldState.APPROVED and hold.run_id == last]
    return PipelineRecord(
        pipeline=pipeline,
        lineage=tuple(project.lineage(pipeline)),
        sources=tuple(project.sources_of(pipeline)),
        published=Published(tuple(ledger.published_through(name))),
        holds=(*holds, *unused),
        earlier=tuple(hold for hold in settled if hold not in unused),
        runs=tuple(runs),
        results=tuple(ledger.results(name, newest - LATELY, newest + ONE_DAY, [Outcome.FAIL, Outcome.UNKNOWN])),
        events=tuple(ledger.close_events(name)),
    )


def _outputs(project: Project, ledger: Ledger) -> list[tuple[str, OutputStanding]]:
    """Every output with the pipeline whose ladder it is for: a pack's is its first one's."""
    found = [(name, each) for name, pipeline in project.pipelines.items() for each in _own(pipeline, ledger)]
    return found + [(pack.pipelines[0], each) for pack in project.packs if pack.pipelines for each in _of_pack(pack, ledger)]


def _own(pipeline: Pipeline, ledger: Ledger) -> list[OutputStanding]:
    if not pipeline.outputs:
        return []
    name, newest, delivered = pipeline.name, ledger.releases(pipeline.name, 1), ledger.deliveries(pipeline.name)
    found = standings(name, pipeline.outputs, newest, delivered, ())
    if not any(each.stale_since for each in found):
        return found
    # Only since when asks for every release, which are many.
    return standings(name, pipeline.outputs, ledger.releases(name), delivered, ledger.failed_attempts(name, newest[0].id))


def _of_pack(pack: Report, ledger: Ledger) -> list[OutputStanding]:
    release = pack_release(pack, [row for name in pack.pipelines for row in ledger.releases(name, 1)])
    if release is None:
        return []
    failed = ledger.failed_attempts(pack.name, release.id)
    return standings(pack.name, pack_outputs(pack), [release], ledger.deliveries(pack.name), failed)
