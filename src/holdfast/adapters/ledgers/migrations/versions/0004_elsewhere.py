"""Holds the place of a step that comes with another branch."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass
