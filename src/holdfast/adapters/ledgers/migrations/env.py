"""Run by Alembic: takes the steps on the connection it is given."""

from alembic import context

from holdfast.adapters.ledgers.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
