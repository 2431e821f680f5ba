"""The day, start to end. Read this file first.

Every loop here has one shape: ask what is due and not yet done, do each thing alone, and record it only
once it is done. Running a loop again is therefore always safe, a missed day is caught up like any other,
and what breaks one pipeline never holds up another.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from holdfast.calendars import day_of
from holdfast.checks.arrivals import Refused, sort_out, unread
from holdfast.clock import Clock
from holdfast.definitions.pipeline import Output, Pipeline, Project
from holdfast.definitions.report import Report
from holdfast.definitions.source import Source
from holdfast.errors import HoldfastError, WorldError
from holdfast.loading.graph import source_hash
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases import deliver as delivering
from holdfast.releases.closing import business_days, closable_periods, sign_by, unsigned
from holdfast.releases.decided import decide, finality, missed, signed_not_final
from holdfast.releases.deliver import DeliveryDue, RenderedFile
from holdfast.releases.destinations import Destination
from holdfast.releases.ports import FigureReader, ReleaseLog, Store
from holdfast.releases.produce import Bench as Judging
from holdfast.releases.produce import Produced, held_days, record_release, weigh
from holdfast.releases.publish import settle
from holdfast.releases.release import Figure
from holdfast.reports.files import ParquetWriter
from holdfast.reports.outputs import pack_outputs, pack_release, released_through, render_report
from holdfast.runs import plan
from holdfast.runs.build import Workbench, build
from holdfast.runs.landing import in_batches, not_yet_landed
from holdfast.runs.owing import known_of
from holdfast.runs.ports import Fetched, Lander, LandingLog, RunLog, SourceReader
from holdfast.runs.run import Run, RunState

LOG = logging.getLogger("holdfast")


class Ledger(LandingLog, RunLog, ReleaseLog, Protocol):
    """Everything that is remembered."""


class Bench(Workbench, Judging, Protocol):
    """Where one run's candidates are built, judged and written from."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the program that the day touches."""

    project: Project
    clock: Clock
    sources: SourceReader
    lander: Lander
    ledger: Ledger
    bench: Callable[[str, int], Bench]
    """Audience and how many days are to be built -> a fresh workbench over what its readers see."""
    stores: Mapping[str, Store]
    """By audience."""
    figures: FigureReader
    destination: Destination
    parquet: ParquetWriter
    code_version: str
    say: Callable[[str], None]
    turn: Callable[[], AbstractContextManager[None]] = nullcontext
    """One at a time: ids are taken and what they name is recorded. Builders of other pipelines may be at work."""


def run_day(world: World, only: Collection[str] | None = None) -> list[Produced]:
    """Fetch and land what arrived, produce what is due, deliver what was released; `only` these pipelines if named."""
    pipelines = [p for p in world.project.in_order() if only is None or p.name in only]
    with world.turn():
        for said in settle(list(world.stores.values()), world.ledger):
            world.say(said)
        world.ledger.abandon_started_runs(world.clock.now(), [pipeline.name for pipeline in pipelines])
    sources = {source.name: source for pipeline in pipelines for source in world.project.sources_of(pipeline)}
    unfetched = fetch(world, list(sources.values()))
    done = []
    for pipeline in pipelines:
        try:
            refused = [*unfetched, *land(world, world.project.sources_of(pipeline))]
            owed = runs_due(world, pipeline)
        except Exception as error:
            done.append(failed(pipeline, "", error))
            continue
        done += [attempt(world, pipeline, run, refused) for run in owed]
    close_books(world, pipelines)
    deliver(world, pipelines)
    return done


def fetch(world: World, sources: Sequence[Source]) -> list[Refused]:
    """API or database -> files. Each source alone: one that cannot be read is told to its own contract."""
    refused = []
    for source in sources:
        now = world.clock.now()
        newest = max((each.day for each in world.ledger.source_days(source.name) if each.rows), default=None)
        try:
            found = world.sources.fetch(source, now, newest)
        except Exception as error:
            LOG.exception("fetching %s broke", source.name)
            found = Fetched(problem=f"Holdfast broke ({type(error).__name__}: {error}); please report it with the trace")
        if found.files:
            world.say(f"{source.name}: fetched {found.rows:,} row(s) in {found.files} file(s)")
        if found.problem:
            world.say(f"{source.name}: not fetched: {found.problem}")
            refused.append(unread(source, found.problem, found.missing_from, now.date()))
    return refused


def land(world: World, sources: Sequence[Source]) -> list[Refused]:
    """Source -> contract -> landing. What was landed stays landed; what is refused is asked about again."""
    refused: list[Refused] = []
    today = world.clock.now().date()
    for source in sources:
        try:
            shown = world.sources.arrivals(source)
        except WorldError as error:
            world.say(f"{source.name}: not landed: {error}")
            refused.append(unread(source, str(error), last_arrival(world, source), today))
            continue
        landed = world.ledger.landed_files(source.name)
        slices = world.lander.in_slices(source, shown, landed, today)
        arrivals = not_yet_landed(slices, landed, today, source_hash(source))
        touched = world.lander.only_touched(source, arrivals)
        world.ledger.retime([(old.id, new.size, new.modified_ns) for old, new in touched])
        for batch in in_batches(arrivals.without(touched)):
            kept, broken = sort_out(source, world.lander.inspect(source, batch.files))
            refused += broken
            for each in broken:
                world.say(f"{source.name}: not landed: {each}")
            landable = batch.only([file.arrival for file in kept])
            if landable:
                world.say(f"{source.name}: landing {len(landable.files)} file(s)")
                with world.turn():
                    world.ledger.record_landing(world.lander.land(source, landable, world.ledger))
    return refused


def last_arrival(world: World, source: Source) -> date:
    """The day on which the newest landed file of the source arrived; date.min without any."""
    return max((file.arrived_on for file in world.ledger.landed_files(source.name)), default=date.min)


def runs_due(world: World, pipeline: Pipeline) -> list[Run]:
    """What should be published by now and is not, or is stale; oldest first."""
    lineage = world.project.lineage(pipeline)
    sources = world.project.sources_of(pipeline)
    held = held_days(pipeline, world.stores[pipeline.audience].current(), lineage, world.project.calendar, world.ledger)
    known = known_of(pipeline.audience, lineage, sources, held, world.ledger, world.ledger)
    until = day_of(world.clock.now(), world.project.zone)
    if until <= pipeline.starts_on:
        return []
    span = Interval(pipeline.starts_on, until)
    by_name = {source.name: source for source in sources}
    return plan.due(pipeline.name, lineage, by_name, known, span, world.project.calendar)


def attempt(world: World, pipeline: Pipeline, run: Run, refused: Sequence[Refused]) -> Produced:
    """One run, alone: whatever happens to it is recorded, and the next one starts."""
    with world.turn():
        run_id = f"{pipeline.name}-{world.ledger.next_run_number():07d}-{run.newest:%Y%m%d}"
        world.ledger.start_run(run_id, run, world.clock.now())
    try:
        produced = produce(world, pipeline, run, run_id, refused)
    except Exception as error:
        produced = failed(pipeline, str(run.days), error)
    world.ledger.end_run(run_id, produced.state, world.clock.now(), produced.message)
    world.say(str(produced))
    return produced


def failed(pipeline: Pipeline, days: str, error: Exception) -> Produced:
    """The ending of a run that broke; readers still see what they saw before."""
    if isinstance(error, HoldfastError):
        return Produced(pipeline.name, days, RunState.FAILED, message=str(error))
    LOG.error("%s %s broke", pipeline.name, days, exc_info=error)
    text = f"Holdfast broke ({type(error).__name__}: {error}). Nothing was published; please report it with the trace."
    return Produced(pipeline.name, days, RunState.FAILED, message=text)


def produce(world: World, pipeline: Pipeline, run: Run, run_id: str, refused: Sequence[Refused]) -> Produced:
    """Stage -> facts -> aggregates -> checks -> compare -> gate -> publish, or why not."""
    project, bench = world.project, world.bench(pipeline.audience, len(run.days))
    lineage = project.lineage(pipeline)
    manifest = world.stores[pipeline.audience].current()
    held = held_days(pipeline, manifest, lineage, project.calendar, world.ledger)
    finished = day_of(world.clock.now(), project.zone) - ONE_DAY
    span = Interval(pipeline.starts_on, min(run.newest, finished) + ONE_DAY)
    again = {name: run.stale.get(name, Days()) | (held & run.days) for name in pipeline.measures}
    built = build(lineage, {**run.stale, **again}, held, span, project.calendar, bench)
    weighed = weigh(project, pipeline, lineage, run, built, manifest, bench, world.ledger, refused, world.clock.now(), run_id)
    with world.turn():
        return record_release(weighed, world.stores[pipeline.audience], bench, world.ledger, world.code_version)


def close_books(world: World, pipelines: Sequence[Pipeline]) -> None:
    """Signatures -> final figures; a deadline without them -> recorded. Each pipeline alone."""
    for pipeline in pipelines:
        if pipeline.close is None:
            continue
        try:
            with world.turn():
                make_final(world, pipeline)
                record_missed(world, pipeline)
        except Exception as error:
            world.say(str(failed(pipeline, "close", error)))


def make_final(world: World, pipeline: Pipeline) -> None:
    """Publishes as final what two people have signed since."""
    events = world.ledger.close_events(pipeline.name)
    if not signed_not_final(events, world.project.calendar):
        return
    store, bench = world.stores[pipeline.audience], world.bench(pipeline.audience, 1)
    stored = bench.figures_sql(store.current().figures_of(pipeline.name))
    decision = finality(pipeline, world.project.calendar, events, stored, world.clock.now())
    if decision is not None:
        row = decide(decision, store, bench, world.ledger, world.clock.now())
        periods = ", ".join(event.period for event in decision.events)
        world.say(f"{pipeline.name} {periods}: {row.figures} figures are final")


def record_missed(world: World, pipeline: Pipeline) -> None:
    """Notes each period whose signatures are overdue."""
    project, events, now = world.project, world.ledger.close_events(pipeline.name), world.clock.now()
    over = closable_periods(pipeline, project.calendar, day_of(now, project.zone))
    open_ones = unsigned(over, events)
    releases = world.ledger.releases(pipeline.name) if open_ones else []
    if not releases:
        return
    business = business_days(project, pipeline, open_ones)
    due = [(period, at) for period in open_ones if (at := sign_by(period, pipeline, business)) is not None]
    for event in missed(pipeline, due, events, min(each.published_at for each in releases), now):
        world.ledger.record_close(event)
        world.say(f"{pipeline.name} {event.period}: {event.reason}; it is shown as preliminary, unsigned")


def deliver(world: World, pipelines: Sequence[Pipeline]) -> None:
    """Release -> output. Each output of each release on its own, so that one bad destination blocks none."""
    for pipeline in pipelines:
        releases = world.ledger.releases(pipeline.name, 1)
        for due in delivering.deliveries_due(releases, world.ledger.deliveries(pipeline.name), pipeline.outputs):
            try:
                had = delivering.standing(due, world.destination)
                files = files_for(world, pipeline, due, had.release if had else None)
                now = world.clock.now()
                world.ledger.record_delivery(
                    delivering.hand_over(due, files, world.destination, now=now, had=had)
                )
            except HoldfastError as error:
                world.say(f"{pipeline.name}: output {due.output.name} was not delivered: {error}")
    names = {pipeline.name for pipeline in pipelines}
    # In turn: builders of different pipelines would write the same file.
    with world.turn():
        deliver_packs(world, [pack for pack in world.project.packs if names & set(pack.pipelines)])


def deliver_packs(world: World, packs: Sequence[Report]) -> None:
    """Reports of several pipelines -> their outputs, once each pipeline has a release."""
    for pack in packs:
        release = pack_release(pack, [row for name in pack.pipelines for row in world.ledger.releases(name)])
        delivered, outputs = world.ledger.deliveries(pack.name), pack_outputs(pack)
        for due in delivering.deliveries_due([release] if release else [], delivered, outputs):
            try:
                had = delivering.standing(due, world.destination)
                files = report_files(world, pack, due, had.release if had else None)
                now = world.clock.now()
                world.ledger.record_delivery(
                    delivering.hand_over(due, files, world.destination, now=now, had=had)
                )
            except HoldfastError as error:
                world.say(f"{pack.name}: output {due.output.name} was not delivered: {error}")


def files_for(world: World, pipeline: Pipeline, due: DeliveryDue, since: int | None) -> list[RenderedFile]:
    """The output's files that changed after release `since`; all of them without it."""
    report = next((each for each in pipeline.reports if each.name == due.output.report), None)
    if report:
        return report_files(world, report, due, since)
    return delivering.render(
        due.output,
        figures_for(world, pipeline, due.output, since),
        release=due.release,
        calendar=world.project.calendar,
        currency=world.project.currency,
        since=since,
        metrics=[metric.id for metric in pipeline.metrics],
    )


def report_files(world: World, report: Report, due: DeliveryDue, since: int | None) -> list[RenderedFile]:
    """A report's files of the periods that changed after release `since`; of all without it."""
    releases = [row for name in report.pipelines for row in world.ledger.releases(name)]
    through = released_through(report.pipelines, releases)
    if through is None:
        return []
    return render_report(
        world.project,
        report,
        due.output,
        since,
        through=through,
        figures=world.figures,
        books=world.ledger,
        parquet=world.parquet,
        now=world.clock.now(),
    )


def figures_for(world: World, pipeline: Pipeline, output: Output, since: int | None) -> list[Figure]:
    """The figures an output shows: all of its grain, or those near what releases after `since` touched."""
    if since is None:
        return world.figures.current(pipeline, output.grain)
    touched = world.figures.touched_since(pipeline, output.grain, since)
    needed = delivering.periods_needed(output, touched, world.project.calendar)
    return world.figures.of_periods(pipeline, output.grain, needed)
