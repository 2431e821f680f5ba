"""Publishing: parts first, then the ledger's draft, then one rename, then the ledger's word."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from holdfast.calendars import Calendar
from holdfast.definitions.model import Model
from holdfast.partitions import Days
from holdfast.releases.arrange import Arrangement, arrange, to_seal
from holdfast.releases.gate import Withheld
from holdfast.releases.manifest import Manifest, Table
from holdfast.releases.ports import PartWriter, ReleaseLog, Store
from holdfast.releases.prepared import Prepared

FIGURE_PARTS = 48
"""More parts of figures than this are merged into one: a reader opens every one of them."""


def write_tables(
    manifest: Manifest,
    lineage: Sequence[Model],
    changed: Mapping[str, Days],
    judged: Days,
    withheld: Mapping[str, Withheld],
    calendar: Calendar,
    today: date,
    writer: PartWriter,
    run_id: str,
) -> Manifest:
    """The manifest with every table's new parts in it; nothing is visible yet."""
    tables = dict(manifest.tables)
    for model in lineage:
        table = manifest.table(model.name, model.day)
        days = changed.get(model.name, Days())
        arrangement = arrange(model, table, days, judged, withheld.get(model.name), calendar, today)
        if not arrangement.is_nothing:
            table = _written(model, table, arrangement, writer, run_id)
        for parts in to_seal(table, today):
            sealed = writer.merge(model.name, parts, run_id)
            table = replace(table, parts=tuple(sorted({*table.parts} - {*parts} | {sealed})))
        tables[model.name] = table
    return replace(manifest, tables=tables)


def _written(model: Model, table: Table, plan: Arrangement, writer: PartWriter, run_id: str) -> Table:
    shown = [*plan.kept, *plan.promoted]
    held = [*plan.kept_held]
    for write in plan.writes:
        part = writer.write(model, write.interval, run_id, keep=write.keep, held=write.held)
        (held if write.held else shown).append(part)
    shown += [writer.rewrite(model, each.part, each.replaced, run_id, each.freed) for each in plan.rewrites]
    return Table(table.name, table.day or model.day, tuple(sorted(shown)), tuple(sorted(held)))


def with_figures(manifest: Manifest, writer: PartWriter, pipeline: str, run_id: str, rows: int) -> Manifest:
    """The manifest with the release's figure rows, `fig.fresh`, as one more part of the pipeline's."""
    if not rows:
        return manifest
    added = writer.write_figures("SELECT * FROM fig.fresh", pipeline, run_id)
    parts = [*(part for part in manifest.figures if part.pipeline == pipeline), added]
    others = [part for part in manifest.figures if part.pipeline != pipeline]
    if len(parts) > FIGURE_PARTS:
        parts = [writer.write_figures(writer.figures_sql(parts), pipeline, f"{run_id}-merged")]
    return replace(manifest, figures=(*others, *parts))


def swap(manifest: Manifest, prepared: Prepared, store: Store, log: ReleaseLog) -> None:
    """Makes it visible: the manifest's rename is the publication, the ledger copies it.

    A crash before the rename leaves readers what they had; one after it is caught up by `settle`.
    """
    log.prepare(prepared)
    store.publish(manifest)
    log.publish(manifest.key)
    store.sweep()


def settle(stores: Sequence[Store], log: ReleaseLog) -> list[str]:
    """After a crash: what was published is recorded, what was not is dropped. What was done, in words."""
    said = []
    for store in stores:
        current = store.current().key
        if current in log.prepared_manifests():
            log.publish(current)
            said.append(f"Release {current} was visible but not recorded; it is recorded now.")
    for key in log.prepared_manifests():
        said.append(f"The unfinished publication {key} was dropped; readers never saw it.")
    log.drop_prepared(None)
    return said
