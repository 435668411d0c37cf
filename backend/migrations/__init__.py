"""Alembic's revisions, shipped with the package; `backend.migrate` runs them."""
