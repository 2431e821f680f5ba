"""A landed file may say of each row when it arrived; other rows arrived with their file."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "row_arrivals",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("arrived_on", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["landed_files.id"], name=op.f("fk_row_arrivals_file_id")),
        sa.PrimaryKeyConstraint("file_id", "day", "arrived_on", name=op.f("pk_row_arrivals")),
        sqlite_with_rowid=False,
    )
