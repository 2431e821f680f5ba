"""The ledger's tables, the same on every database; migrations lead to exactly this."""

from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa

HEAD = "0007"
"""The newest migration. A ledger at this version is opened without importing Alembic."""


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware instant as text, `2026-10-02T03:00:12.000000Z`: it sorts as text and reads in any client."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone, got {value.isoformat()}")
        return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Day(sa.types.TypeDecorator[date]):
    """A business day as text, `2026-10-02`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Fingerprint(sa.types.TypeDecorator[int]):
    """An integer of any size as text: 128 bits fit no database's integer."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else int(value)


class Exact(sa.types.TypeDecorator[Decimal]):
    """A decimal as text, `-12.500000`: a database's own number may be binary."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

landings = sa.Table(
    "landings",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
)

landed_files = sa.Table(
    "landed_files",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("arrived_on", Day, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified_ns", sa.BigInteger, nullable=False),
    sa.Column("landed_as", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    # Deferred: a file and the one that takes its place may come in one landing, in any order.
    sa.Column(
        "replaced_by", sa.Integer, sa.ForeignKey("landed_files.id", deferrable=True, initially="DEFERRED")
    ),
    sa.Column("key_low", sa.BigInteger),
    sa.Column("key_high", sa.BigInteger),
    sa.Column("contract", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_landed_files_source", "source", "path"),
)

file_days = sa.Table(
    "file_days",
    METADATA,
    sa.Column("file_id", sa.Integer, sa.ForeignKey("landed_files.id"), primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("fingerprint", Fingerprint, nullable=False),
    sqlite_with_rowid=False,
)

row_arrivals = sa.Table(
    "row_arrivals",
    METADATA,
    sa.Column("file_id", sa.Integer, sa.ForeignKey("landed_files.id"), primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("arrived_on", Day, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

superseded = sa.Table(
    "superseded",
    METADATA,
    sa.Column("file_id", sa.Integer, sa.ForeignKey("landed_files.id"), primary_key=True),
    sa.Column("row", sa.BigInteger, primary_key=True),
    sa.Column("day", Day, nullable=False),
    sa.Column("fingerprint", Fingerprint, nullable=False),
    sa.Column("by_file_id", sa.Integer, sa.ForeignKey("landed_files.id"), nullable=False),
    sa.Column("by_arrived_on", Day, nullable=False),
    sa.Column("replay", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)

source_days = sa.Table(
    "source_days",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("fingerprint", Fingerprint, nullable=False),
    sqlite_with_rowid=False,
)

landing_notes = sa.Table(
    "landing_notes",
    METADATA,
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("file_id", sa.Integer, sa.ForeignKey("landed_files.id"), primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("column", sa.Text, primary_key=True),
    sa.Column("problem", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

runs = sa.Table(
    "runs",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("days", sa.Text, nullable=False),
    sa.Column("newest", Day, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("backfilled", sa.Boolean, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("message", sa.Text, nullable=False),
    sa.Index("ix_runs_pipeline", "pipeline", "number"),
)

model_days = sa.Table(
    "model_days",
    METADATA,
    sa.Column("audience", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("definition_hash", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("changed_seq", sa.Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

requests = sa.Table(
    "requests",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("answer", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

prepared = sa.Table(
    "prepared",
    METADATA,
    sa.Column("manifest", sa.Text, primary_key=True),
    sa.Column("last_release_id", sa.Integer, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
)

publications = sa.Table(
    "publications",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("manifest", sa.Text, nullable=False, unique=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

releases = sa.Table(
    "releases",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("as_of", Day, nullable=False),
    sa.Column("days", sa.Text, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("backfilled", sa.Boolean, nullable=False),
    sa.Column("manifest", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("figures", sa.Integer, nullable=False),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),
    sa.Index("ix_releases_pipeline", "pipeline", "id"),
)

# What a result repeats every day is kept once: with it in each row a year took twice the space.
rules = sa.Table(
    "rules",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("check_name", sa.Text, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("holds", sa.JSON(none_as_null=True)),
    sa.Index("ix_rules_pipeline", "pipeline", "check_name"),
)

results = sa.Table(
    "results",
    METADATA,
    sa.Column("rule_id", sa.Integer, sa.ForeignKey("rules.id"), primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("publication", sa.Integer, sa.ForeignKey("publications.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("segment", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("observed", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

judged = sa.Table(
    "judged",
    METADATA,
    sa.Column("pipeline", sa.Text, primary_key=True),
    sa.Column("check_name", sa.Text, primary_key=True),
    sa.Column("day", Day, primary_key=True),
    sa.Column("publication", sa.Integer, sa.ForeignKey("publications.id"), nullable=False),
    sqlite_with_rowid=False,
)

holds = sa.Table(
    "holds",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("day", Day, nullable=False),
    sa.Column("segment", sa.Text, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("observed", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("opened_at", Instant),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Index("ix_holds_pipeline", "pipeline", "state", "day"),
    sqlite_autoincrement=True,
)

approvals = sa.Table(
    "approvals",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hold_id", sa.Integer, sa.ForeignKey("holds.id"), nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("recorded", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("release", sa.Integer, sa.ForeignKey("releases.id"), primary_key=True),
    sa.Column("output", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False, index=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("delivered_at", Instant, nullable=False),
)

# Failed ones alone: one that went well has its receipt in `deliveries`, and a row more would be a commit more.
delivery_attempts = sa.Table(
    "delivery_attempts",
    METADATA,
    sa.Column("pipeline", sa.Text, primary_key=True),
    sa.Column("release", sa.Integer, sa.ForeignKey("releases.id"), primary_key=True),
    sa.Column("output", sa.Text, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

audit_lines = sa.Table(
    "audit_lines",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

# Of the three tables below rows are only ever added.
close_events = sa.Table(
    "close_events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("recorded", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("release", sa.Integer, nullable=False),
    sa.Index("ix_close_events_pipeline", "pipeline", "grain", "period"),
    sqlite_autoincrement=True,
)

adjustments = sa.Table(
    "adjustments",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("booked", sa.Text, nullable=False),
    sa.Column("booked_on", Day, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("segment", sa.Text, nullable=False),
    sa.Column("delta", Exact, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("approver", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("release", sa.Integer, nullable=False),
    sa.Index("ix_adjustments_pipeline", "pipeline", "origin"),
    sqlite_autoincrement=True,
)

errata = sa.Table(
    "errata",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("segment", sa.Text, nullable=False),
    sa.Column("published", Exact),
    sa.Column("corrected", Exact),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("release", sa.Integer, nullable=False),
    sa.Index("ix_errata_pipeline", "pipeline", "period"),
    sqlite_autoincrement=True,
)

# The rota.


def _shift_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("on", Day, nullable=False),
        sa.Column("start", Instant, nullable=False),
        sa.Column("end", Instant, nullable=False),
        sa.Column("primary", sa.Text),
        sa.Column("backup", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    ]


rota_shifts = sa.Table(
    "rota_shifts",
    METADATA,
    *_shift_columns(),
    sa.Index("ix_rota_shifts_start", "start"),
    sqlite_autoincrement=True,
)

rota_overrides = sa.Table(
    "rota_overrides",
    METADATA,
    *_shift_columns(),
    sa.Column("taken_back_at", Instant),
    sa.Column("taken_back_by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

time_off = sa.Table(
    "time_off",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("first_on", Day, nullable=False),
    sa.Column("last_on", Day, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("sudden_at", Instant),
    sa.Column("uid", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("withdrawn_at", Instant),
    sa.Column("withdrawn_by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

exchanges = sa.Table(
    "exchanges",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("moves", sa.JSON, nullable=False),
    sa.Column("needs", sa.JSON, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("proposed_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("off_id", sa.Integer, nullable=False),
    sa.Column("warning", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

exchange_words = sa.Table(
    "exchange_words",
    METADATA,
    sa.Column("exchange_id", sa.Integer, sa.ForeignKey("exchanges.id"), primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

carried_burdens = sa.Table(
    "carried_burdens",
    METADATA,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("burden", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# The pager.

incidents = sa.Table(
    "incidents",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("next_at", Instant),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Index("ix_incidents_state", "state", "next_at"),
    sa.Index("ix_incidents_key", "key", "state"),
    sqlite_autoincrement=True,
)

incident_events = sa.Table(
    "incident_events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

affects = sa.Table(
    "affects",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.id"), nullable=False),
    sa.Column("pipeline", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("harm", sa.Text, nullable=False),
    sa.Column("from", Instant, nullable=False),
    sa.Column("until", Instant),
    sa.Index("ix_affects_incident", "incident", "until"),
    sa.Index("ix_affects_pipeline", "pipeline", "from"),
)

outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    # 0 of no incident, so no foreign key.
    sa.Column("incident", sa.Integer, nullable=False, index=True),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("clock", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False, index=True),
    sa.Column("wanted_at", Instant, nullable=False),
    sa.Column("ready_at", Instant, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tried", sa.JSON, nullable=False),
    sa.Column("next_try_at", Instant),
    sa.Column("lease_until", Instant),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("maybe_sent", sa.Boolean, nullable=False),
    sa.Column("sent_at", Instant, index=True),
    sa.Column("provider_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("bundle", sa.Integer, nullable=False),
    sa.Column("claimed_at", Instant),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Index("ix_outbox_post", "post", "ready_at"),
    sqlite_autoincrement=True,
)

# One row: whose turn it is to write, and the latest instant seen.
pager = sa.Table(
    "pager",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("last_seen", Instant),
)

spells = sa.Table(
    "spells",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("end", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text, nullable=False),
    sa.Index("ix_spells_end", "end"),
    sqlite_autoincrement=True,
)

hand_off_acknowledgements = sa.Table(
    "hand_off_acknowledgements",
    METADATA,
    sa.Column("hand_off_at", Instant, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

channel_tests = sa.Table(
    "channel_tests",
    METADATA,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("sent_at", Instant, primary_key=True),
    sa.Column("acknowledged_at", Instant),
    sqlite_with_rowid=False,
)
