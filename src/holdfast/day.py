"""The day, start to end. Read this file first.

Every loop here has one shape: ask what is due and not yet done, do each thing alone, and record it only
once it is done. Running a loop again is therefore always safe, a missed day is caught up like any other,
and what breaks one pipeline never holds up another.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import date

from holdfast.books import close_books
from holdfast.calendars import day_of
from holdfast.checks.arrivals import Refused, sort_out, unread
from holdfast.definitions.pipeline import Pipeline
from holdfast.definitions.source import Source
from holdfast.errors import HoldfastError, WorldError
from holdfast.handing_over import deliver
from holdfast.loading.graph import source_hash
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases.produce import Produced, held_days, record_release, weigh
from holdfast.releases.publish import settle
from holdfast.runs import plan
from holdfast.runs.build import build
from holdfast.runs.landing import in_batches, not_yet_landed
from holdfast.runs.owing import known_of
from holdfast.runs.ports import Fetched
from holdfast.runs.run import Run, RunState
from holdfast.world import World

LOG = logging.getLogger("holdfast")


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
