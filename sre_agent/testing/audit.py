"""The audit trail's understudy: the same chain, in memory, unsigned."""

from __future__ import annotations

from collections.abc import Callable

from sre_agent.domain.audit import (
    AuditCut,
    AuditDraft,
    AuditEntry,
    AuditProof,
    Trail,
    link_hash,
    storable_draft,
)
from sre_agent.domain.frozen import Moment
from sre_agent.domain.journal import GENESIS
from sre_agent.errors import Conflict
from sre_agent.ports.archive import Page
from sre_agent.ports.audit import AuditFilter, AuditPage
from sre_agent.testing.store import MemoryStore, State


class MemoryAuditTrail:
    """Implements `ports.audit.AuditTrail`; what was recorded stands in the store's `audit`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def record(self, draft: AuditDraft) -> None:
        with self._store.transaction() as state:
            append(state, draft)

    async def entries(self, where: AuditFilter, page: Page) -> AuditPage:
        found = [entry for entry in reversed(self._store.state.audit) if _wanted(entry, where)]
        begin = (max(page.number, 1) - 1) * page.size
        return AuditPage(items=tuple(found[begin : begin + page.size]), total=len(found), page=page)

    async def entries_after(self, after: int, *, limit: int = 1000) -> tuple[AuditEntry, ...]:
        return tuple(entry for entry in self._store.state.audit if entry.seq > after)[:limit]

    async def verify(self) -> AuditProof:
        trail = Trail(None, cut=await self.last_cut())
        for entry in self._store.state.audit:
            trail.take(entry)
        broken = trail.end()
        return AuditProof(
            whole=broken is None,
            entries=trail.entries,
            begins_after=trail.begins_after,
            head=trail.head,
            broken_at=broken.seq if broken else None,
            why=broken.why if broken else "",
        )

    async def last_cut(self) -> AuditCut | None:
        cuts = self._store.state.audit_cuts
        return cuts[-1] if cuts else None

    async def cut(self, before: Moment, *, by: str, reason: str, at: Moment) -> AuditCut:
        with self._store.transaction() as state:
            old = 0
            while old < len(state.audit) and state.audit[old].at < before:
                old += 1
            if not old:
                raise Conflict(f"there is no entry older than {before.isoformat()}")
            last = state.audit[old - 1]
            mark = AuditCut(seq=last.seq, hash=last.hash, signature="", at=at, by=by, reason=reason)
            del state.audit[:old]
            state.audit_cuts.append(mark)
            detail = f"{old} entries up to {mark.seq}, whose hash was {mark.hash}"
            append(
                state,
                AuditDraft(
                    actor=by, action="audit.cut", subject="audit", detail=detail, reason=reason, at=at
                ),
            )
        return mark

    def public_key(self) -> str:
        return ""


def append(state: State, draft: AuditDraft) -> None:
    """One more entry in its place."""
    draft = storable_draft(draft)
    places = [(0, str(GENESIS)), *((each.seq, each.hash) for each in state.audit_cuts[-1:])]
    places += [(each.seq, each.hash) for each in state.audit[-1:]]
    seq, previous = places[-1]
    digest = link_hash(seq + 1, draft, previous)
    state.audit.append(AuditEntry(**dict(draft), seq=seq + 1, previous=previous, hash=digest))


def _wanted(entry: AuditEntry, where: AuditFilter) -> bool:
    told = "\n".join((entry.actor, entry.action, entry.subject, entry.detail, entry.reason)).casefold()
    conditions: list[tuple[object, Callable[[], bool]]] = [
        (where.actor, lambda: entry.actor == where.actor),
        (where.action, lambda: entry.action.startswith(where.action)),
        (where.subject, lambda: entry.subject == where.subject),
        (where.text, lambda: where.text.casefold() in told),
        (where.since, lambda: where.since is not None and entry.at >= where.since),
        (where.until, lambda: where.until is not None and entry.at < where.until),
    ]
    return all(holds() for given, holds in conditions if given)
