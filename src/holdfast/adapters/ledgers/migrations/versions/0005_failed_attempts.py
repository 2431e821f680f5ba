"""A delivery that failed is remembered: when, as which attempt, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["releases.id"], name=op.f("fk_delivery_attempts_release")),
        sa.PrimaryKeyConstraint("pipeline", "release", "output", "attempt", name=op.f("pk_delivery_attempts")),
        sqlite_with_rowid=False,
    )
