"""Each built day remembers up to which landing its rows last changed, for models of other pipelines that read it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("model_days", sa.Column("changed_seq", sa.Integer(), nullable=False, server_default="0"))
