"""The platform's audit trail, and the proof that it and every incident's journal are whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backend import audit, crud
from backend.audit import Break, Link
from backend.database import Connection
from sre_agent.adapters.archive_rows import entry_of
from sre_agent.adapters.store import Store
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalDraft, JournalEntry, chained
from sre_agent.domain.storable import plain
from sre_agent.errors import NotFound

_PAGE = 1000


class SqlAuditTrail:
    """Implements `ports.accounts.AuditTrail`, and looks where a chain breaks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def record(self, *, actor: str, action: str, subject: str, detail: str, at: Moment) -> None:
        actor, action, subject, detail = map(plain, (actor, action, subject, detail))
        draft = audit.AuditDraft(actor, action, subject, detail, at)
        await self._store.write(lambda connection: audit.record(connection, draft))

    async def first_break(self) -> Break | None:
        """Where the platform's own chain stops being true; None where it is whole."""
        return await self._store.read(
            lambda connection: audit.first_break(audit.links(connection), head=audit.head(connection))
        )

    async def first_break_of(self, incident_id: IncidentId) -> Break | None:
        """Where an incident's journal stops being true; None where it is whole. Raises NotFound."""

        def work(connection: Connection) -> Break | None:
            head = crud.incidents.heads(connection, [incident_id]).get(incident_id)
            if head is None:
                raise NotFound(f"there is no incident {incident_id}")
            return audit.first_break(links(_journal(connection, incident_id)), head=(head.seq, head.hash))

        return await self._store.read(work)


def links(entries: Iterable[JournalEntry]) -> Iterator[Link]:
    """Each entry with the hash that its content really has."""
    for entry in entries:
        draft = JournalDraft.model_validate(entry.model_dump(include=set(JournalDraft.model_fields)))
        recomputed = chained(entry.incident_id, entry.seq, draft, entry.previous)
        yield Link(entry.seq, entry.previous, entry.hash, recomputed)


def _journal(connection: Connection, incident_id: IncidentId) -> Iterator[JournalEntry]:
    after = 0
    while page := crud.journal.of_incident(connection, incident_id, after=after, limit=_PAGE):
        yield from map(entry_of, page)
        after = page[-1].seq
