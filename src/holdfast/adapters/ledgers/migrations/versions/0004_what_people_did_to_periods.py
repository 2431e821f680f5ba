"""Closes, signatures, restatements and withdrawals of periods; adjustments and errata of signed ones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "close_events",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("pipeline", "grain", "period", "kind", "by", "recorded", "at", "role", "reason", "evidence"),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_close_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_close_events_pipeline", "close_events", ["pipeline", "grain", "period"])
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("pipeline", "grain", "origin", "booked", "booked_on", "metric", "segment", "delta", "unit"),
        *_texts("reason", "approver", "at"),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_adjustments_pipeline", "adjustments", ["pipeline", "origin"])
    op.create_table(
        "errata",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("pipeline", "grain", "period", "metric", "segment"),
        sa.Column("published", sa.Text()),
        sa.Column("corrected", sa.Text()),
        *_texts("unit", "reason", "at"),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errata")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_errata_pipeline", "errata", ["pipeline", "period"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
