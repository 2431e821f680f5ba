"""The books of signed periods: signatures -> final figures; a deadline without them -> recorded."""

import logging
from collections.abc import Sequence

from holdfast.calendars import day_of
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import HoldfastError
from holdfast.releases.closing import business_days, closable_periods, sign_by, unsigned
from holdfast.releases.decided import decide, finality, missed, signed_not_final
from holdfast.world import World

LOG = logging.getLogger("holdfast")


def close_books(world: World, pipelines: Sequence[Pipeline]) -> None:
    """Signatures -> final figures; a deadline without them -> recorded. Each pipeline alone."""
    for pipeline in pipelines:
        if pipeline.close is None:
            continue
        try:
            with world.turn():
                make_final(world, pipeline)
                record_missed(world, pipeline)
        except HoldfastError as error:
            world.say(f"{pipeline.name}: the books were not closed: {error}")
        except Exception as error:
            LOG.exception("closing the books of %s broke", pipeline.name)
            world.say(f"{pipeline.name}: closing the books broke ({type(error).__name__}: {error}); please report it.")


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
    published = world.ledger.published_through(pipeline.name) if open_ones else []
    if not published:
        return
    business = business_days(project, pipeline, open_ones)
    due = [(period, at) for period in open_ones if (at := sign_by(period, pipeline, business)) is not None]
    for event in missed(pipeline, due, events, min(at for _, at in published), now):
        world.ledger.record_close(event)
        world.say(f"{pipeline.name} {event.period}: {event.reason}; it is shown as preliminary, unsigned")
