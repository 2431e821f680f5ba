"""A table of the running day, for experimenters: built in memory from what has landed, checked by nothing, kept nowhere."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from holdfast.calendars import DAY, day_of
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError
from holdfast.partitions import Interval
from holdfast.releases import gate
from holdfast.sqltext import quoted
from holdfast.world import World


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the day has come to by now."""

    pipeline: str
    table: str
    day: date
    at: datetime
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    """In the order of the table's key."""


def so_far(world: World, pipeline: Pipeline, table: str) -> SoFar:
    """The table's rows of the running day, from what was landed before.

    Days before are as published. DefinitionError for investors' pipelines, who never see what no check has seen,
    and for a table that is none of the pipeline's tables of days.
    """
    if gate.keeps_back(pipeline):
        raise DefinitionError(f"{pipeline.name} is for {pipeline.audience}: they see a day once it is over and checked.")
    models = {name: world.project.models[name] for name in pipeline.models if world.project.models[name].period == DAY}
    if table not in models:
        raise DefinitionError(f"{pipeline.name} has no table of days '{table}'. It has: {', '.join(sorted(models))}.")
    now = world.clock.now()
    day = day_of(now, world.project.zone)
    bench = world.bench(pipeline.audience, 1)
    for model in world.project.lineage(replace(pipeline, models=(table,))):
        bench.build(model, Interval.of_day(day))
    columns = models[table].columns
    order = ", ".join(f"{quoted(name)} NULLS LAST" for name in models[table].key)
    named = ", ".join(quoted(name) for name in columns)
    rows = bench.engine.rows(f"SELECT {named} FROM built.{quoted(table)} ORDER BY {order}")
    return SoFar(pipeline.name, table, day, now, columns, tuple(rows))
