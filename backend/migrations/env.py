"""What Alembic runs: the revisions, on the connection and in the transaction that the caller opened."""

from __future__ import annotations

from alembic import context

from backend.models import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
)
context.run_migrations()
