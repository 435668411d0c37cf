"""Appending to the audit trail inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from backend import audit, models
from backend.columns import Values
from backend.database import Connection
from sre_agent.adapters.seal import Seal
from sre_agent.domain.audit import (
    ENTRY,
    AuditCut,
    AuditDraft,
    AuditEntry,
    AuditHead,
    link_hash,
    storable_draft,
)
from sre_agent.domain.journal import GENESIS


def entry_of(row: models.AuditEntry) -> AuditEntry:
    return AuditEntry(**{name: getattr(row, name) for name in AuditEntry.model_fields})


def cut_of(row: models.AuditCut) -> AuditCut:
    return AuditCut(**{name: getattr(row, name) for name in AuditCut.model_fields})


def append(connection: Connection, seal: Seal | None, drafts: Iterable[AuditDraft]) -> AuditHead | None:
    """Append them in this transaction; the new head, to be published once it is committed."""
    head = None
    for draft in map(storable_draft, drafts):

        def make(seq: int, previous: str, draft: AuditDraft = draft) -> Values:
            digest = link_hash(seq, draft, previous or GENESIS)
            signature = seal.sign(ENTRY, seq, digest) if seal else ""
            return {
                **dict(draft),
                "seq": seq,
                "previous": previous or GENESIS,
                "hash": digest,
                "signature": signature,
            }

        row = audit.append(connection, make)
        head = AuditHead(seq=row["seq"], hash=row["hash"], signature=row["signature"])
    return head


def leads_on(connection: Connection, known: AuditHead | None) -> bool:
    """Whether the head that lies outside is still what the database says it was."""
    return known is None or audit.hash_at(connection, known.seq) == known.hash
