"""Release -> output: each output of each release handed over alone, with a receipt or a note of what went wrong."""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial

from holdfast.definitions.pipeline import Output, Pipeline
from holdfast.definitions.report import Report
from holdfast.errors import HoldfastError
from holdfast.releases import deliver as delivering
from holdfast.releases.closing import CloseKind, Key, Mark
from holdfast.releases.deliver import DeliveryDue, RenderedFile
from holdfast.releases.destinations import Destination
from holdfast.releases.release import FailedAttempt, Figure
from holdfast.releases.restatements import corrections_of, marks_of
from holdfast.reports.outputs import pack_outputs, pack_release, released_through, render_report
from holdfast.world import World

LOG = logging.getLogger("holdfast")


@dataclass(frozen=True, slots=True)
class Delivered:
    """How one output's handing over ended; `problem` is empty when it went well."""

    due: DeliveryDue
    problem: str = ""

    def __str__(self) -> str:
        ending = f"not delivered: {self.problem}" if self.problem else f"delivered, {self.due.index_path}"
        return f"{self.due.release.pipeline} {self.due.output.name}: release {self.due.release.id} {ending}"


def deliver(world: World, pipelines: Sequence[Pipeline], only: Collection[str] | None = None) -> list[Delivered]:
    """Release -> output; `only` these outputs if named. Each alone, so that one bad destination blocks none."""
    with ExitStack() as stack:
        # One of each destination for all its outputs: what one of them lost time on, the next does not lose again.
        reach = cache(lambda name: stack.enter_context(world.destination(name)))
        done = [
            hand_out(world, due, partial(files_for, world, pipeline, due), reach)
            for pipeline in pipelines
            for due in outputs_due(world, pipeline)
            if only is None or due.output.name in only
        ]
        # In turn: builders of different pipelines would write the same file.
        with world.turn():
            return done + [
                hand_out(world, due, partial(report_files, world, pack, due), reach)
                for pack in packs_of(world, pipelines)
                for due in pack_due(world, pack)
                if only is None or due.output.name in only
            ]


def outputs_due(world: World, pipeline: Pipeline) -> list[DeliveryDue]:
    """Outputs that the newest release has not reached."""
    releases, delivered = world.ledger.releases(pipeline.name, 1), world.ledger.deliveries(pipeline.name)
    return delivering.deliveries_due(releases, delivered, pipeline.outputs)


def packs_of(world: World, pipelines: Sequence[Pipeline]) -> list[Report]:
    """Reports of several pipelines that show one of these."""
    names = {pipeline.name for pipeline in pipelines}
    return [pack for pack in world.project.packs if names & set(pack.pipelines)]


def pack_due(world: World, pack: Report) -> list[DeliveryDue]:
    """Its outputs that lack something, once each of its pipelines has a release."""
    release = pack_release(pack, [row for name in pack.pipelines for row in world.ledger.releases(name)])
    delivered = world.ledger.deliveries(pack.name)
    return delivering.deliveries_due([release] if release else [], delivered, pack_outputs(pack))


def hand_out(
    world: World,
    due: DeliveryDue,
    files: Callable[[int | None], Sequence[RenderedFile]],
    reach: Callable[[str], Destination],
) -> Delivered:
    """One output: handed over with a receipt, or what readers have is marked stale and the attempt is recorded.

    `files` are those that changed after a release; all of them without one.
    """
    try:
        destination = reach(due.output.destination)
        had = delivering.standing(due, destination)
        made = files(had.release if had else None)
        world.ledger.record_delivery(delivering.hand_over(due, made, destination, now=world.clock.now(), had=had))
        return Delivered(due)
    except Exception as error:
        problem = told(error, f"delivering {due.index_path}")
    name, release, output = due.release.pipeline, due.release.id, due.output.name
    world.say(f"{name}: output {output} was not delivered: {problem}")
    mark_stale(world, due, reach)
    earlier = [each.attempt for each in world.ledger.failed_attempts(name, release) if each.output == output]
    number = max(earlier, default=0) + 1
    world.ledger.record_failed_attempt(FailedAttempt(name, output, release, number, world.clock.now(), problem))
    return Delivered(due, problem)


def mark_stale(world: World, due: DeliveryDue, reach: Callable[[str], Destination]) -> None:
    """Tells who reads at the destination that a newer release is out, where it can be told."""
    try:
        delivering.mark_stale(due, world.ledger.releases(due.release.pipeline), reach(due.output.destination))
    except Exception as error:
        LOG.info("%s could not be marked stale: %s", due.index_path, error)


def told(error: Exception, doing: str) -> str:
    """What a person is told of an error; of our own faults the trace goes to the log."""
    if isinstance(error, HoldfastError):
        return str(error)
    LOG.error("%s broke", doing, exc_info=error)
    return f"Holdfast broke ({type(error).__name__}: {error}); please report it with the trace"


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
        marks=marks_for(world, pipeline, due.output.grain),
    )


def marks_for(world: World, pipeline: Pipeline, grain: str) -> dict[Key, Mark]:
    """What is adjusted and restated of the pipeline's figures of the grain."""
    if pipeline.close is None or grain not in pipeline.close.grains:
        return {}
    name, events = pipeline.name, world.ledger.close_events(pipeline.name)
    adjustments = world.ledger.adjustments(name)
    restated = sorted({event.period for event in events if event.kind is CloseKind.RESTATED})
    if not adjustments and not restated:
        return {}
    history = world.figures.of_period(pipeline, restated, history=True) if restated else []
    found = corrections_of(name, (), events, adjustments, (), history, world.project.calendar)
    return marks_of(found, world.project.calendar, grain)


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
