"""Days built again because a person asked, and history built as it would have been seen day by day."""

from dataclasses import replace

from holdfast.calendars import day_of
from holdfast.clock import data_clock
from holdfast.day import attempt, fetch, land, run_day
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError
from holdfast.handing_over import deliver
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases.produce import Produced, held_days
from holdfast.releases.publish import settle
from holdfast.runs import plan
from holdfast.runs.owing import known_of
from holdfast.runs.run import RunState
from holdfast.world import World


def backfill(world: World, pipeline: Pipeline, span: Interval) -> list[Produced]:
    """Rebuilds the days aside, compares them with what readers have, and releases what passes the gate.

    Nothing is deleted, so a rebuild that fails leaves every figure as it was. A day that comes out equal is
    not released again. Raises DefinitionError when no day of the span can be built by now.
    """
    horizon = _buildable(world, pipeline, span)
    for said in settle(list(world.stores.values()), world.ledger):
        world.say(said)
    world.ledger.abandon_started_runs(world.clock.now(), [pipeline.name])
    sources = world.project.sources_of(pipeline)
    refused = [*fetch(world, sources), *land(world, sources)]
    lineage = world.project.lineage(pipeline)
    held = held_days(pipeline, world.stores[pipeline.audience].current(), lineage, world.project.calendar, world.ledger)
    known = known_of(pipeline.audience, lineage, sources, held, world.ledger, world.ledger)
    by_name = {source.name: source for source in sources}
    runs = plan.forced(
        pipeline.name, lineage, by_name, known, Days.of([span]), horizon, world.project.calendar
    )
    done = [attempt(world, pipeline, run, refused) for run in runs]
    deliver(world, [pipeline])
    return done


def replay(world: World, pipeline: Pipeline, span: Interval) -> list[Produced]:
    """Builds each day of the span from only what had arrived by its own morning, oldest day first.

    The clock steps through 03:00 UTC of the day after each day, so late rows become revisions, as they would
    have. Raises DefinitionError when a day of the span is built already, or when later arrivals are landed:
    what was known then cannot be told apart any more, so a replay needs a fresh copy of the project.
    """
    _refuse_what_is_known(world, pipeline, span)
    done: list[Produced] = []
    for day in span.days():
        then = replace(world, clock=data_clock(day + ONE_DAY))
        found = run_day(then, only=[pipeline.name])
        done += found
        if any(each.state is RunState.FAILED for each in found):
            break
    return done


def _buildable(world: World, pipeline: Pipeline, span: Interval) -> Interval:
    """Every day that can be built by now; raises when none of the span is among them."""
    today = day_of(world.clock.now(), world.project.zone)
    if today <= pipeline.starts_on:
        raise DefinitionError(f"{pipeline.name} starts on {pipeline.starts_on}, and it is {today}: nothing to build.")
    horizon = Interval(pipeline.starts_on, today)
    if span.meet(horizon) is None:
        raise DefinitionError(
            f"{pipeline.name} has the days {horizon} by now, and {span} is not among them. Give days between them."
        )
    return horizon


def _refuse_what_is_known(world: World, pipeline: Pipeline, span: Interval) -> None:
    horizon = _buildable(world, pipeline, span)
    if span.end > horizon.end:
        raise DefinitionError(f"{span.last} has not ended yet: the newest day to replay is {horizon.last}.")
    lineage = world.project.lineage(pipeline)
    rows = world.ledger.model_days(pipeline.audience, [model.name for model in lineage])
    built = Days.of_days(day for days in rows.values() for day in days)
    fresh = "Replay needs days that were never built: copy the folder without .holdfast and replay there."
    if built & Days.of([Interval(span.start, max(horizon.end, span.end))]):
        raise DefinitionError(f"{pipeline.name}: {built & Days.of([span]) or built} is built already. {fresh}")
    morning = span.start + ONE_DAY
    for source in world.project.sources_of(pipeline):
        later = [file for file in world.ledger.landed_files(source.name) if file.arrived_on > morning]
        if later:
            raise DefinitionError(
                f"{source.name}: {later[0].path} arrived {later[0].arrived_on}, after the morning of {morning}, "
                f"and is landed already. {fresh}"
            )
    missing = Days.of([Interval(pipeline.starts_on, span.start)]) - built if span.start > pipeline.starts_on else None
    if missing:
        world.say(f"{pipeline.name}: {missing} come first, from what had arrived by {morning}")


def failed(done: list[Produced]) -> bool:
    """Whether a run failed; one that only holds figures did not."""
    return any(each.state is RunState.FAILED for each in done)

