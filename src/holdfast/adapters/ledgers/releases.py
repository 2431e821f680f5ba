"""Releases, the results and holds that came with them, approvals, deliveries and what kept them back."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from holdfast.adapters.ledgers import schema
from holdfast.adapters.ledgers.database import Database, field_names, upsert
from holdfast.adapters.ledgers.documents import from_document, to_document
from holdfast.adapters.ledgers.publishing import hold_from_row, write_publication
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.errors import Bug, WorldError
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Approval, Delivery, FailedAttempt, Hold, HoldState, ReleaseRow

Rule = tuple[str, str, Severity, tuple[str, ...] | None]
"""Check, dataset, severity and metrics: what the results of a check repeat."""


class ReleaseRecords:
    """Implements `releases.ports.ReleaseLog`."""

    _database: Database
    _kept: dict[tuple[str, str], tuple[int, list[Any]]]

    def next_release_id(self) -> int:
        """A number larger than any release's, prepared ones too."""
        largest = sa.union_all(
            sa.select(sa.func.max(schema.releases.c.id).label("id")),
            sa.select(sa.func.max(schema.prepared.c.last_release_id)),
        ).subquery()
        with self._database.reading() as connection:
            return (connection.scalar(sa.select(sa.func.max(largest.c.id))) or 0) + 1

    def prepare(self, prepared: Prepared) -> None:
        """Write it all, invisible to every read, in one transaction.

        Preparing a manifest again takes the place of what was prepared. Raises Bug when it is published.
        """
        row = {
            "manifest": prepared.manifest,
            "last_release_id": max((release.id for release in prepared.releases), default=0),
            "document": to_document(prepared),
        }
        with self._database.writing() as connection:
            if _is_published(connection, prepared.manifest):
                raise Bug(f"manifest {prepared.manifest} is published already; it cannot be prepared again")
            connection.execute(upsert(schema.prepared), row)

    def publish(self, manifest: str) -> None:
        """Make what was prepared for the manifest count: releases, model days, results, holds.

        Repeating is harmless. Raises WorldError when the ledger never heard of the manifest.
        """
        document = sa.select(schema.prepared.c.document).where(schema.prepared.c.manifest == manifest)
        with self._database.writing() as connection:
            if _is_published(connection, manifest):
                return
            found = connection.scalar(document)
            if found is None:
                raise WorldError(
                    f"the ledger holds nothing prepared for manifest {manifest}: store and ledger are not of "
                    "one project, or one was restored without the other. Restore both from one backup."
                )
            write_publication(connection, from_document(found))
            connection.execute(sa.delete(schema.prepared).where(schema.prepared.c.manifest == manifest))

    def drop_prepared(self, except_manifest: str | None) -> int:
        """Forget what was prepared for any other manifest; how many there were."""
        others = sa.delete(schema.prepared)
        if except_manifest is not None:
            others = others.where(schema.prepared.c.manifest != except_manifest)
        with self._database.writing() as connection:
            return connection.execute(others).rowcount

    def prepared_manifests(self) -> list[str]:
        """Manifests prepared and not yet published or dropped, in the order of their names."""
        names = sa.select(schema.prepared.c.manifest).order_by(schema.prepared.c.manifest)
        with self._database.reading() as connection:
            return list(connection.scalars(names))

    def releases(self, pipeline: str, limit: int | None = None) -> list[ReleaseRow]:
        """Published ones, newest first."""
        table = schema.releases
        query = (
            sa.select(*(table.c[name] for name in field_names(ReleaseRow)))
            .where(table.c.pipeline == pipeline)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [ReleaseRow(*row) for row in connection.execute(query)]

    def published_through(self, pipeline: str) -> list[tuple[date, datetime]]:
        """(as of, first published at) of each release that went further than all before it, oldest first.

        Without receipts, which are most of what a release weighs; and only what is new since it was last asked.
        """
        table = schema.releases
        newest, steps = self._kept.get(("published", pipeline), (0, []))
        query = (
            sa.select(table.c.id, table.c.as_of, table.c.published_at)
            .where(table.c.pipeline == pipeline, table.c.id > newest)
            .order_by(table.c.id)
        )
        found = list(steps)
        with self._database.reading() as connection:
            for release_id, as_of, published_at in connection.execute(query):
                newest = release_id
                if not found or as_of > found[-1][0]:
                    found.append((as_of, published_at))
        self._kept["published", pipeline] = (newest, found)
        return list(found)

    def release(self, release_id: int) -> ReleaseRow | None:
        """The published release of this number; None when there is none."""
        table = schema.releases
        columns = (table.c[name] for name in field_names(ReleaseRow))
        with self._database.reading() as connection:
            row = connection.execute(sa.select(*columns).where(table.c.id == release_id)).one_or_none()
            return ReleaseRow(*row) if row else None

    def results(
        self,
        pipeline: str,
        start: date | None = None,
        end: date | None = None,
        outcomes: Sequence[Outcome] | None = None,
    ) -> list[Result]:
        """Of the newest run that judged each check and day; days in [start, end); by day, then check."""
        query = _newest_results().where(schema.rules.c.pipeline == pipeline)
        if start is not None:
            query = query.where(schema.results.c.day >= start)
        if end is not None:
            query = query.where(schema.results.c.day < end)
        if outcomes is not None:
            query = query.where(schema.results.c.outcome.in_([each.value for each in outcomes]))
        with self._database.reading() as connection:
            rule_by_id = _rule_by_id(connection, pipeline)
            return [_result(pipeline, rule_by_id[row[0]], row) for row in connection.execute(query)]

    def open_holds(self, pipeline: str) -> list[Hold]:
        """Oldest day first, then id."""
        table = schema.holds
        query = (
            sa.select(table)
            .where(table.c.pipeline == pipeline, table.c.state == HoldState.OPEN.value)
            .order_by(table.c.day, table.c.id)
        )
        with self._database.reading() as connection:
            return [hold_from_row(row) for row in connection.execute(query)]

    def settled_holds(self, pipeline: str, days: Collection[date], run_id: str = "") -> list[Hold]:
        """Cleared and approved ones of these days, and those that this run was the last to see; by day, then id."""
        table = schema.holds
        query = (
            sa.select(table)
            .where(
                table.c.pipeline == pipeline,
                table.c.state.in_([HoldState.CLEARED.value, HoldState.APPROVED.value]),
                table.c.day.in_(sorted(days)) | (table.c.run_id == run_id),
            )
            .order_by(table.c.day, table.c.id)
        )
        with self._database.reading() as connection:
            return [hold_from_row(row) for row in connection.execute(query)]

    def hold(self, hold_id: int) -> Hold | None:
        """The hold of this id in any state; None when there is none."""
        with self._database.reading() as connection:
            return _hold(connection, hold_id)

    def approve(self, approval: Approval) -> None:
        """Records it and marks the hold approved, in one transaction.

        Raises WorldError when there is no such hold, or a run cleared it. A second word on an approved hold
        is recorded beside the first.
        """
        table = schema.holds
        approved = (
            sa.update(table).where(table.c.id == approval.hold_id).values(state=HoldState.APPROVED.value)
        )
        row = {name: getattr(approval, name) for name in field_names(Approval)}
        with self._database.writing() as connection:
            hold = _hold(connection, approval.hold_id)
            if hold is None:
                raise WorldError(
                    f"there is no hold {approval.hold_id}. `holdfast status` lists what is held."
                )
            if hold.state is HoldState.CLEARED:
                raise WorldError(
                    f"hold {hold.id} ({hold.cause}, {hold.day}) was cleared: its cause is gone, or its data "
                    "changed and another hold took its place. `holdfast status` lists what is held now."
                )
            connection.execute(sa.insert(schema.approvals), row)
            connection.execute(approved)

    def approvals(self, pipeline: str) -> list[tuple[Hold, Approval]]:
        """Every approval with the hold it released, oldest first."""
        holds, approvals = schema.holds, schema.approvals
        names = field_names(Approval)
        query = (
            sa.select(*(approvals.c[name] for name in names))
            .join(holds, holds.c.id == approvals.c.hold_id)
            .where(holds.c.pipeline == pipeline)
            .order_by(approvals.c.id)
        )
        held = sa.select(holds).where(
            holds.c.pipeline == pipeline, holds.c.id.in_(sa.select(approvals.c.hold_id))
        )
        with self._database.reading() as connection:
            hold_by_id = {row.id: hold_from_row(row) for row in connection.execute(held)}
            words = [Approval(*row) for row in connection.execute(query)]
        return [(hold_by_id[word.hold_id], word) for word in words]

    def record_delivery(self, delivery: Delivery) -> None:
        """Keeps the receipt; a delivery of the same release, output and path takes the earlier one's place."""
        row = {name: getattr(delivery, name) for name in field_names(Delivery)}
        with self._database.writing() as connection:
            connection.execute(upsert(schema.deliveries), row)

    def deliveries(self, pipeline: str) -> list[Delivery]:
        """Newest release first, then output and path."""
        table = schema.deliveries
        query = (
            sa.select(*(table.c[name] for name in field_names(Delivery)))
            .where(table.c.pipeline == pipeline)
            .order_by(table.c.release.desc(), table.c.output, table.c.path)
        )
        with self._database.reading() as connection:
            return [Delivery(*row) for row in connection.execute(query)]

    def record_failed_attempt(self, attempt: FailedAttempt) -> None:
        """Keeps it; the same attempt recorded again takes the earlier one's place."""
        row = {name: getattr(attempt, name) for name in field_names(FailedAttempt)}
        with self._database.writing() as connection:
            connection.execute(upsert(schema.delivery_attempts), row)

    def failed_attempts(self, pipeline: str, release: int) -> list[FailedAttempt]:
        """Of the outputs of one release, by output, oldest first."""
        table = schema.delivery_attempts
        query = (
            sa.select(*(table.c[name] for name in field_names(FailedAttempt)))
            .where(table.c.pipeline == pipeline, table.c.release == release)
            .order_by(table.c.output, table.c.attempt)
        )
        with self._database.reading() as connection:
            return [FailedAttempt(*row) for row in connection.execute(query)]

    def audit(self, actor: str, verb: str, text: str, at: datetime) -> None:
        """One line of who did what; never changed."""
        row = {"at": at, "actor": actor, "verb": verb, "text": text}
        with self._database.writing() as connection:
            connection.execute(sa.insert(schema.audit_lines), row)

    def audited(self, limit: int = 100) -> list[tuple[datetime, str, str, str]]:
        """(at, actor, verb, text), newest first."""
        table = schema.audit_lines
        query = (
            sa.select(table.c.at, table.c.actor, table.c.verb, table.c.text)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [(row.at, row.actor, row.verb, row.text) for row in connection.execute(query)]


def _is_published(connection: sa.Connection, manifest: str) -> bool:
    named = sa.select(schema.publications.c.id).where(schema.publications.c.manifest == manifest)
    return connection.scalar(named) is not None


def _hold(connection: sa.Connection, hold_id: int) -> Hold | None:
    row = connection.execute(sa.select(schema.holds).where(schema.holds.c.id == hold_id)).one_or_none()
    return hold_from_row(row) if row else None


def _newest_results() -> sa.Select[Any]:
    """Every result of the publication that last judged its check and day, with the id of its rule."""
    rules, results, judged = schema.rules, schema.results, schema.judged
    newest = sa.and_(
        judged.c.pipeline == rules.c.pipeline,
        judged.c.check_name == rules.c.check_name,
        judged.c.day == results.c.day,
        judged.c.publication == results.c.publication,
    )
    names = ("rule_id", "day", "segment", "outcome", "observed", "expected", "detail")
    return (
        sa.select(*(results.c[name] for name in names))
        .join(rules, rules.c.id == results.c.rule_id)
        .join(judged, newest)
        .order_by(results.c.day, rules.c.check_name, results.c.position)
    )


def _rule_by_id(connection: sa.Connection, pipeline: str) -> dict[int, Rule]:
    # Read apart from the results: joined to each of 40,000 rows, its list of metrics took half the time.
    rules = connection.execute(sa.select(schema.rules).where(schema.rules.c.pipeline == pipeline))
    return {
        row.id: (
            row.check_name,
            row.dataset,
            Severity(row.severity),
            None if row.holds is None else tuple(row.holds),
        )
        for row in rules
    }


def _result(pipeline: str, rule: Rule, row: Sequence[Any]) -> Result:
    check, dataset, severity, holds = rule
    _, day, segment, outcome, observed, expected, detail = row
    return Result(
        check, pipeline, dataset, day, segment, Outcome(outcome), severity, observed, expected, detail, holds
    )
