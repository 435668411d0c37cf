"""The platform's audit trail on the database, and the proof that it and the journals it vouches for are whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from backend import audit, crud
from backend.audit import AuditSearch
from backend.database import Connection
from sre_agent.adapters import audit_rows
from sre_agent.adapters.archive_rows import entry_of as journal_entry_of
from sre_agent.adapters.store import Store
from sre_agent.domain.audit import (
    CUT,
    AuditCut,
    AuditDraft,
    AuditEntry,
    AuditHead,
    AuditProof,
    Break,
    Link,
    Trail,
    first_break,
)
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalDraft, JournalEntry, chained
from sre_agent.errors import Conflict, NotFound
from sre_agent.ports.archive import Page
from sre_agent.ports.audit import AuditFilter, AuditPage

_PAGE = 1000
_HeadsByIncident = dict[IncidentId, dict[int, tuple[str, int]]]
"""Incident → journal seq → (the hash that the trail vouches for, the audit entry that does)."""


class SqlAuditTrail:
    """Implements `ports.audit.AuditTrail`; signs with the store's seal, where it has one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def record(self, draft: AuditDraft) -> None:
        await self._store.write_audited(lambda connection: (None, [draft]))

    async def entries(self, where: AuditFilter, page: Page) -> AuditPage:
        wanted = AuditSearch(**dict(where))
        offset = (max(page.number, 1) - 1) * page.size

        def work(connection: Connection) -> AuditPage:
            rows, total = audit.search(connection, wanted, offset=offset, limit=page.size)
            return AuditPage(items=tuple(map(audit_rows.entry_of, rows)), total=total, page=page)

        return await self._store.read(work)

    async def entries_after(self, after: int, *, limit: int = _PAGE) -> tuple[AuditEntry, ...]:
        return await self._store.read(
            lambda connection: tuple(
                map(audit_rows.entry_of, audit.entries(connection, after=after, limit=limit))
            )
        )

    async def last_cut(self) -> AuditCut | None:
        return await self._store.read(_last_cut)

    async def verify(self) -> AuditProof:
        outside = await asyncio.to_thread(self._store.seal.outside) if self._store.seal else None
        return await self._store.read(lambda connection: self._prove(connection, outside))

    async def cut(self, before: Moment, *, by: str, reason: str, at: Moment) -> AuditCut:
        proof = await self.verify()
        if not proof.whole:
            raise Conflict(f"the trail is broken at entry {proof.broken_at}; nothing is taken away from it")

        def work(connection: Connection) -> tuple[AuditCut, list[AuditDraft]]:
            last = audit.last_before(connection, before)
            if last is None:
                raise Conflict(f"there is no entry older than {before.isoformat()}")
            seal = self._store.seal
            signature = seal.sign(CUT, last.seq, last.hash) if seal else ""
            mark = AuditCut(seq=last.seq, hash=last.hash, signature=signature, at=at, by=by, reason=reason)
            gone = audit.cut(connection, mark.model_dump())
            detail = f"{gone} entries up to {mark.seq}, whose hash was {mark.hash}"
            told = AuditDraft(
                actor=by, action="audit.cut", subject="audit", detail=detail, reason=reason, at=at
            )
            return mark, [told]

        return await self._store.write_audited(work)

    def public_key(self) -> str:
        return self._store.seal.public_pem if self._store.seal else ""

    async def first_break_of(self, incident_id: IncidentId) -> Break | None:
        """Where an incident's journal stops being true; None where it is whole. Raises NotFound."""
        return await self._store.read(lambda connection: _break_of_journal(connection, incident_id, {}))

    def _prove(self, connection: Connection, outside: AuditHead | None) -> AuditProof:
        seal, cut = self._store.seal, _last_cut(connection)
        trail = Trail(seal.genuine if seal else None, cut=cut, outside=outside)
        vouched: _HeadsByIncident = {}
        for entry in _all(connection, after=trail.begins_after):
            trail.take(entry)
            if entry.journal_seq:
                heads = vouched.setdefault(IncidentId(entry.subject), {})
                heads[entry.journal_seq] = entry.journal_hash, entry.seq
        broken = trail.end(audit.last_seq(connection)) or _missing_outside(seal is not None, outside, trail)
        incident = ""
        if broken is None:
            incident, broken = _first_broken_journal(connection, vouched)
        return AuditProof(
            whole=broken is None,
            entries=trail.entries,
            begins_after=trail.begins_after,
            head=trail.head,
            outside=outside,
            key=seal.fingerprint if seal else "",
            journals=len(vouched),
            broken_at=broken.seq if broken else None,
            incident=incident,
            why=broken.why if broken else "",
        )


def _missing_outside(signs: bool, outside: AuditHead | None, trail: Trail) -> Break | None:
    if not signs or outside is not None or not trail.head.signature:
        return None
    return Break(
        trail.head.seq + 1,
        "the head outside the database is gone: whether the tail was cut off cannot be told from here. "
        "Compare with the `audit.head` lines in the platform's log or with syslog, and restore AUDIT_HEAD_FILE",
    )


def _last_cut(connection: Connection) -> AuditCut | None:
    row = audit.last_cut(connection)
    return audit_rows.cut_of(row) if row else None


def _all(connection: Connection, *, after: int) -> Iterator[AuditEntry]:
    while found := audit.entries(connection, after=after, limit=_PAGE):
        yield from map(audit_rows.entry_of, found)
        after = found[-1].seq


def _first_broken_journal(connection: Connection, vouched: _HeadsByIncident) -> tuple[str, Break | None]:
    for incident_id, heads in vouched.items():
        try:
            broken = _break_of_journal(connection, incident_id, heads)
        except NotFound:
            broken = Break(1, "the incident is gone, and the audit trail knows of it")
        if broken is not None:
            return incident_id, broken
    return "", None


def _break_of_journal(
    connection: Connection, incident_id: IncidentId, heads: dict[int, tuple[str, int]]
) -> Break | None:
    head = crud.incidents.heads(connection, [incident_id]).get(incident_id)
    if head is None:
        raise NotFound(f"there is no incident {incident_id}")
    found: dict[int, str] = {}

    def noted(entries: Iterable[JournalEntry]) -> Iterator[JournalEntry]:
        for entry in entries:
            found[entry.seq] = entry.hash
            yield entry

    links_of_it = links(noted(_journal(connection, incident_id)))
    broken = first_break(links_of_it, head=(head.seq, head.hash))
    if broken is not None:
        return broken
    for seq, (digest, witness) in sorted(heads.items()):
        if found.get(seq) != digest:
            return Break(seq, f"it is not the entry that audit entry {witness} vouches for")
    return None


def links(entries: Iterable[JournalEntry]) -> Iterator[Link]:
    """Each entry with the hash that its content really has."""
    for entry in entries:
        draft = JournalDraft.model_validate(entry.model_dump(include=set(JournalDraft.model_fields)))
        recomputed = chained(entry.incident_id, entry.seq, draft, entry.previous)
        yield Link(entry.seq, entry.previous, entry.hash, recomputed)


def _journal(connection: Connection, incident_id: IncidentId) -> Iterator[JournalEntry]:
    after = 0
    while page := crud.journal.of_incident(connection, incident_id, after=after, limit=_PAGE):
        yield from map(journal_entry_of, page)
        after = page[-1].seq
