"""Since when an incident leads on the object that it blames."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("leads_since", UtcTime(), nullable=True))
    op.create_index("ix_incidents_cause_entity", "incidents", ["cause_entity"])


def downgrade() -> None:
    op.drop_index("ix_incidents_cause_entity", "incidents")
    op.drop_column("incidents", "leads_since")
