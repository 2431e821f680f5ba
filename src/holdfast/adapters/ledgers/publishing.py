"""Moves what was prepared for a manifest to where reads find it, inside one transaction."""

from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.closes import write_closes
from holdfast.adapters.ledgers.database import upsert
from holdfast.adapters.ledgers.holds import changes_of_holds
from holdfast.checks.results import Result
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Hold, HoldKind, HoldState

RuleKey = tuple[str, str, str, str, tuple[str, ...] | None]


def write_publication(connection: sa.Connection, prepared: Prepared) -> None:
    """Writes releases, model days, results, holds, and what becomes of periods."""
    insert = sa.insert(schema.publications).returning(schema.publications.c.id)
    named = {"manifest": prepared.manifest, "run_id": prepared.run_id, "audience": prepared.audience}
    publication = connection.execute(insert, named).scalar_one()
    _write_releases(connection, prepared)
    _write_model_days(connection, prepared)
    _write_results(connection, prepared.results, publication)
    _write_holds(connection, prepared)
    write_closes(connection, prepared)


def hold_from_row(row: sa.Row[Any]) -> Hold:
    """A hold from a row of all columns of its table."""
    values = row._asdict()
    values["kind"] = HoldKind(values["kind"])
    values["metrics"] = tuple(values["metrics"])
    values["state"] = HoldState(values["state"])
    return Hold(**values)


def _write_releases(connection: sa.Connection, prepared: Prepared) -> None:
    names = [column.name for column in schema.releases.columns]
    rows = [{name: getattr(release, name) for name in names} for release in prepared.releases]
    if rows:
        connection.execute(sa.insert(schema.releases), rows)


def _write_model_days(connection: sa.Connection, prepared: Prepared) -> None:
    rows = [
        {
            "audience": prepared.audience,
            "model": each.model,
            "day": each.day,
            "seq": each.seq,
            "definition_hash": each.definition_hash,
            "run_id": each.run_id,
            "changed_seq": each.changed_seq,
        }
        for each in prepared.model_days
    ]
    changed = [row for row in rows if row["changed_seq"]]
    same = [row for row in rows if not row["changed_seq"]]
    if changed:
        connection.execute(upsert(schema.model_days), changed)
    if same:
        connection.execute(upsert(schema.model_days, keeping=("changed_seq",)), same)


def _write_results(connection: sa.Connection, found: tuple[Result, ...], publication: int) -> None:
    if not found:
        return
    rule_ids = _rule_ids(connection, found)
    rows = [
        {
            "rule_id": rule_ids[_rule_key(result)],
            "day": result.day,
            "publication": publication,
            "position": position,
            "segment": result.segment,
            "outcome": result.outcome.value,
            "observed": result.observed,
            "expected": result.expected,
            "detail": result.detail,
        }
        for position, result in enumerate(found)
    ]
    connection.execute(sa.insert(schema.results), rows)
    judged = sorted({(result.pipeline, result.check, result.day) for result in found})
    connection.execute(
        upsert(schema.judged),
        [
            {"pipeline": pipeline, "check_name": check, "day": day, "publication": publication}
            for pipeline, check, day in judged
        ],
    )


def _rule_ids(connection: sa.Connection, found: tuple[Result, ...]) -> dict[RuleKey, int]:
    """The id of every rule these results speak of; unknown ones are written first."""
    table = schema.rules
    pipelines = sorted({result.pipeline for result in found})
    known: dict[RuleKey, int] = {
        (row.pipeline, row.check_name, row.dataset, row.severity, _as_tuple(row.holds)): row.id
        for row in connection.execute(sa.select(table).where(table.c.pipeline.in_(pipelines)))
    }
    for key in dict.fromkeys(_rule_key(result) for result in found):
        if key not in known:
            pipeline, check, dataset, severity, holds = key
            row = {
                "pipeline": pipeline,
                "check_name": check,
                "dataset": dataset,
                "severity": severity,
                "holds": holds,
            }
            known[key] = connection.execute(sa.insert(table).returning(table.c.id), row).scalar_one()
    return known


def _rule_key(result: Result) -> RuleKey:
    return (result.pipeline, result.check, result.dataset, result.severity.value, result.holds)


def _as_tuple(holds: list[str] | None) -> tuple[str, ...] | None:
    return None if holds is None else tuple(holds)


def _write_holds(connection: sa.Connection, prepared: Prepared) -> None:
    table = schema.holds
    pipelines = _pipelines(connection, prepared)
    known = connection.execute(
        sa.select(table)
        .where(table.c.pipeline.in_(sorted(pipelines)), table.c.state != HoldState.CLEARED.value)
        .order_by(table.c.id)
    )
    changes = changes_of_holds(
        [hold_from_row(row) for row in known], prepared.holds, pipelines, prepared.evaluated
    )
    if changes.cleared:
        clear = (
            sa.update(table).where(table.c.id == sa.bindparam("of_id")).values(state=HoldState.CLEARED.value)
        )
        connection.execute(clear, [{"of_id": id_} for id_ in changes.cleared])
    if changes.seen_again:
        connection.execute(upsert(table), [_hold_columns(hold) for hold in changes.seen_again])
    if changes.opened:
        rows = [_hold_columns(hold) for hold in changes.opened]
        for row in rows:
            del row["id"]
        connection.execute(sa.insert(table), rows)


def _pipelines(connection: sa.Connection, prepared: Prepared) -> frozenset[str]:
    """The pipelines whose holds were judged: the run's own, and any that its records name."""
    of_run = sa.select(schema.runs.c.pipeline).where(schema.runs.c.id == prepared.run_id)
    return frozenset(
        {
            *connection.scalars(of_run),
            *(release.pipeline for release in prepared.releases),
            *(result.pipeline for result in prepared.results),
            *(hold.pipeline for hold in prepared.holds),
        }
    )


def _hold_columns(hold: Hold) -> dict[str, object]:
    columns: dict[str, object] = {column.name: getattr(hold, column.name) for column in schema.holds.columns}
    columns["kind"] = hold.kind.value
    columns["state"] = hold.state.value
    return columns
