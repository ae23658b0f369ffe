"""Runs migrations on the connection that `sync.store.migrate` hands over."""

from alembic import context

from sync.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # The caller's transaction holds the lock that keeps others out; it must not be ended here.
    transaction_per_migration=False,
)
context.run_migrations()
