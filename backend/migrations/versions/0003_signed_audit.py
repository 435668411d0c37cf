"""Audit entries get a reason, a signature and the journal they vouch for; retention leaves a signed mark."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.columns import UtcTime

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("reason", "journal_hash", "signature")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("audit", sa.Column(name, sa.String, nullable=False, server_default=""))
    op.add_column("audit", sa.Column("journal_seq", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "audit_cuts",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("hash", "signature", "by", "reason")),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def downgrade() -> None:
    op.drop_table("audit_cuts")
    for name in (*TEXTS, "journal_seq"):
        op.drop_column("audit", name)
