"""Holds the place of a step that comes with another branch."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
