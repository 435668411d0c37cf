"""The trust ladder: rungs, and the samples they rest on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "trust_rungs",
        *_all(sa.String, "service", "action", "level", "by", "reason", "cause"),
        *_all(UtcTime(), "since"),
        sa.PrimaryKeyConstraint("service", "action"),
    )
    op.create_table(
        "trust_samples",
        *_all(sa.String, "incident_id", "plan_digest", "service", "action", "level", "agreement", "why"),
        sa.Column("step", sa.Integer, nullable=False, autoincrement=False),
        *_all(sa.Boolean, "wrong"),
        *_all(UtcTime(), "planned_at"),
        sa.PrimaryKeyConstraint("incident_id", "plan_digest", "step"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
    )
    for columns in (("service", "action", "planned_at"), ("agreement", "planned_at")):
        op.create_index(f"ix_trust_samples_{'_'.join(columns)}", "trust_samples", list(columns))
    op.execute("INSERT INTO counters (name, value) VALUES ('trust', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counters WHERE name = 'trust'")
    op.drop_table("trust_samples")
    op.drop_table("trust_rungs")


def _all(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]
