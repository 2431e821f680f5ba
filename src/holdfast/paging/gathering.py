"""Everything that is wrong now, from the ledger and the team's folder alone; thin reads, and pure rooms decide."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Protocol

from holdfast.calendars import BusinessDays, day_of, public_holidays
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.report import Report
from holdfast.incidents.behind import deliveries
from holdfast.incidents.deadlines import Due, Published
from holdfast.incidents.diagnosis import FAR, USUAL, PipelineRecord, Records, diagnose
from holdfast.incidents.ports import ChannelTest
from holdfast.incidents.readiness import (
    builder_gone,
    hand_offs,
    on_duty_soon,
    secrets,
    silent_since,
    unanswered,
    vacancies,
)
from holdfast.incidents.signals import Signal
from holdfast.oncall.record import Rota
from holdfast.partitions import ONE_DAY
from holdfast.releases.closing import CloseEvent
from holdfast.releases.handed_over import OutputStanding, standings
from holdfast.releases.release import Delivery, FailedAttempt, Hold, ReleaseRow
from holdfast.reports.outputs import pack_outputs, pack_release
from holdfast.runs.ports import RunRecord

RUNS = 12
"""Runs of a pipeline that are looked at."""
LATELY = timedelta(days=8)
"""How far back failed checks without a hold matter."""


class Ledger(Protocol):
    """What is read."""

    def published_through(self, pipeline: str) -> list[tuple[date, datetime]]: ...

    def open_holds(self, pipeline: str) -> list[Hold]: ...

    def earlier_holds(self, pipeline: str, days: Collection[date]) -> list[Hold]: ...

    def runs(self, pipeline: str, limit: int = 50) -> list[RunRecord]: ...

    def first_tried(self, day: date) -> datetime | None: ...

    def rows_since(self, day: date) -> dict[str, dict[date, int]]: ...

    def results(
        self,
        pipeline: str,
        start: date | None = None,
        end: date | None = None,
        outcomes: Sequence[Outcome] | None = None,
    ) -> list[Result]: ...

    def close_events(self, pipeline: str) -> list[CloseEvent]: ...

    def releases(self, pipeline: str, limit: int | None = None) -> list[ReleaseRow]: ...

    def deliveries(self, pipeline: str) -> list[Delivery]: ...

    def failed_attempts(self, pipeline: str, release: int) -> list[FailedAttempt]: ...

    def hand_off_acknowledgements(self) -> dict[datetime, dict[str, datetime]]: ...

    def channel_tests(self) -> list[ChannelTest]: ...


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
        found += unanswered(ledger.channel_tests(), on_duty_soon(rota, now), now)
    return sorted(found, key=lambda signal: (signal.key, signal.pipeline))


def _records(project: Project, ledger: Ledger, now: datetime, silent: datetime | None) -> Records:
    newest = day_of(now, project.zone) - ONE_DAY
    pipelines = [each for each in project.pipelines.values() if each.starts_on <= newest]
    held = {each.name: ledger.open_holds(each.name) for each in pipelines}
    days = [hold.day for some in held.values() for hold in some]
    # As many days more as it takes to tell whether a source has rows every day.
    since = min([newest - LATELY, *days]) - timedelta(days=2 * USUAL)
    return Records(
        project=project,
        now=now,
        newest=newest,
        due=due_of(project, min([newest - timedelta(days=FAR), *days]), newest),
        pipelines=tuple(_record(project, each, ledger, held[each.name], newest) for each in pipelines),
        rows=ledger.rows_since(since),
        since_rows=since,
        tried=cache(ledger.first_tried),
        builder_silent_since=silent,
    )


def due_of(project: Project, first: date, last: date) -> Due:
    """Deadlines around these days, by the project's own business days."""
    years = range(first.year - 1, last.year + 3)
    return Due(project.calendar, _business(project.business_country, project.business_subdivision, years), project.zone)


@cache
def _business(country: str, subdivision: str | None, years: Iterable[int]) -> BusinessDays:
    return public_holidays(country, subdivision, years)


def _record(project: Project, pipeline: Pipeline, ledger: Ledger, holds: list[Hold], newest: date) -> PipelineRecord:
    name = pipeline.name
    wrong = [Outcome.FAIL, Outcome.UNKNOWN]
    return PipelineRecord(
        pipeline=pipeline,
        lineage=tuple(project.lineage(pipeline)),
        sources=tuple(project.sources_of(pipeline)),
        published=Published(tuple(ledger.published_through(name))),
        holds=tuple(holds),
        earlier=tuple(ledger.earlier_holds(name, {hold.day for hold in holds})),
        runs=tuple(ledger.runs(name, RUNS)),
        results=tuple(ledger.results(name, newest - LATELY, newest + ONE_DAY, wrong)),
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
