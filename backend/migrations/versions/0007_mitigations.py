"""Steps that were done for a time, with their expiry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "mitigations",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("incident_id", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
    )
    op.create_index("ix_mitigations_incident_id", "mitigations", ["incident_id"])
    op.create_index("ix_mitigations_state_expires_at", "mitigations", ["state", "expires_at"])


def downgrade() -> None:
    op.drop_table("mitigations")
