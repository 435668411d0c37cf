"""Messages to people outside, users of other systems, and signed requests that were seen."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("notices", "user_links", "seen_requests")


def upgrade() -> None:
    op.create_table(
        "notices",
        *_all(BIG, "id", "position"),
        *_all(sa.String, "channel", "incident_id", "state", "error"),
        *_all(sa.Integer, "attempts"),
        *_all(UtcTime(), "next_at", "created_at"),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_state_next_at_id", "notices", ["state", "next_at", "id"])
    op.create_table(
        "user_links",
        *_all(sa.String, "system", "external_id", "account_id", "made_by"),
        *_all(UtcTime(), "made_at"),
        sa.PrimaryKeyConstraint("system", "external_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_index("ix_user_links_account_id", "user_links", ["account_id"])
    op.create_table(
        "seen_requests",
        *_all(sa.String, "digest"),
        *_all(UtcTime(), "seen_at"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_seen_requests_seen_at", "seen_requests", ["seen_at"])
    op.execute("INSERT INTO counters (name, value) VALUES ('notices', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counters WHERE name = 'notices'")
    for table in reversed(TABLES):
        op.drop_table(table)


def _all(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]
