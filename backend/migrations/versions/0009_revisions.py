"""Versions of post-mortems, as people left them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("incident_id", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.String, nullable=True),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "number"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
    )


def downgrade() -> None:
    op.drop_table("revisions")
