"""Passwords of accounts, and tokens that may do less than their account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("tokens", sa.Column("role", sa.String, nullable=True))
    op.create_table(
        "passwords",
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )


def downgrade() -> None:
    op.drop_table("passwords")
    op.drop_column("tokens", "role")
