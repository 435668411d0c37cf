"""The ledger on the database: one change set, one transaction; one delivery, one durable answer."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence

import orjson

from backend import crud
from backend.database import Connection
from sre_agent.adapters import rows
from sre_agent.adapters.archive_rows import EVIDENCE_PREFIX, evidence_of, filed_alert_of, incident_of
from sre_agent.adapters.ledger_batch import Batch, Delivery, GroupCommit
from sre_agent.adapters.ledger_bundle import Bundle, Entries, check, refuse_ended, write
from sre_agent.adapters.ledger_desk import Shelf, Table
from sre_agent.adapters.store import Store
from sre_agent.domain.alert import Alert
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Evidence, Specialist
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId
from sre_agent.domain.incident import Incident, leader_of
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.storable import plain, plain_json
from sre_agent.errors import BadInput, NotFound
from sre_agent.ports.audit import told_by
from sre_agent.ports.ledger import ChangeSet, Desk, KeptAnswer, Placement, Receipt, moved
from sre_agent.ports.streams import Bulletin

_QUICK = 1
"""zlib's level: tool answers repeat themselves, and shrink thirtyfold at the fastest one."""


class SqlLedger:
    """Implements `ports.ledger.Ledger`. Rings the bulletin after each commit that adds to a journal."""

    def __init__(self, store: Store, bulletin: Bulletin) -> None:
        self._store = store
        self._bulletin = bulletin
        self._shelf = Shelf()
        self._deliveries = GroupCommit(self._file)

    async def accept(
        self, alerts: Sequence[Alert], place: Callable[[Desk, Sequence[Alert]], Placement]
    ) -> Receipt:
        return await self._deliveries.deliver(Delivery(tuple(alerts), place))

    async def open(self, incident: Incident, change: ChangeSet) -> Incident:
        """Raises Conflict where there is such an incident already."""
        if change.incident_id != incident.id:
            raise BadInput(f"the change is about {change.incident_id}, the incident is {incident.id}")

        def work(connection: Connection) -> list[Entries]:
            crud.journal.line_up(connection)
            bundle = Bundle(heads={})
            bundle.open(incident)
            check(change, bundle.heads[incident.id], connection, now=self._store.moment(connection))
            bundle.change(change)
            return write(connection, bundle)

        self._ring(await self._store.write(work))
        return change.update.applied_to(incident, change.at)

    async def write(self, change: ChangeSet) -> tuple[JournalEntry, ...]:
        def work(connection: Connection) -> tuple[list[Entries], list[AuditDraft]]:
            crud.journal.line_up(connection)
            heads = crud.incidents.heads(connection, [change.incident_id])
            check(change, heads.get(change.incident_id), connection, now=self._store.moment(connection))
            bundle = Bundle(heads={IncidentId(each): head for each, head in heads.items()})
            bundle.change(change)
            entries = write(connection, bundle)
            return entries, told_by(change, entries[0])

        entries = await self._store.write_audited(work)
        self._ring(entries)
        return entries[0]

    async def lead(self, change: ChangeSet, blamed: EntityRef) -> IncidentId | None:
        def work(connection: Connection) -> tuple[IncidentId | None, list[Entries]]:
            crud.journal.line_up(connection)
            now, ids = self._store.moment(connection), [change.incident_id]
            heads = crud.incidents.heads(connection, ids)
            check(change, heads.get(change.incident_id), connection, now=now)
            ours = incident_of(crud.incidents.by_ids(connection, ids)[0])
            found = map(incident_of, crud.incidents.leading(connection, rows.json_text(blamed)))
            if leader := leader_of(ours, blamed, found, now):
                return leader.id, []
            if ours.leads_since is not None:
                return None, []
            bundle = Bundle(heads={IncidentId(each): head for each, head in heads.items()})
            bundle.change(change)
            return None, write(connection, bundle)

        leader, entries = await self._store.write(work)
        self._ring(entries)
        return leader

    async def merge(self, change: ChangeSet, into: ChangeSet) -> tuple[JournalEntry, ...]:
        def work(connection: Connection) -> tuple[list[Entries], list[AuditDraft]]:
            crud.journal.line_up(connection)
            heads = crud.incidents.heads(connection, [change.incident_id, into.incident_id])
            for one in (change, into):
                check(one, heads.get(one.incident_id), connection, now=self._store.moment(connection))
            refuse_ended(heads[into.incident_id])
            bundle = Bundle(heads={IncidentId(each): head for each, head in heads.items()})
            alerts = map(filed_alert_of, crud.alerts.of_incidents(connection, [change.incident_id]))
            bundle.move([moved(each, into.incident_id) for each in alerts], origin=change.incident_id)
            bundle.change(change)
            bundle.change(into)
            entries = write(connection, bundle)
            return entries, [*told_by(change, entries[0]), *told_by(into, entries[1])]

        entries = await self._store.write_audited(work)
        self._ring(entries)
        return tuple(entry for new in entries for entry in new)

    async def keep(
        self, incident_id: IncidentId, key: str, specialist: Specialist, kept: KeptAnswer
    ) -> Evidence:
        """Raises NotFound where there is no such incident."""
        raw = _bytes(kept.body)
        digest = Digest(hashlib.sha256(raw).hexdigest())
        body = {
            "digest": digest,
            "encoding": "zlib",
            "size_bytes": len(raw),
            "body": zlib.compress(raw, _QUICK),
        }

        def work(connection: Connection) -> Evidence:
            if incident_id not in crud.incidents.heads(connection, [incident_id]):
                raise NotFound(f"there is no incident {incident_id}")
            if row := crud.evidence.by_key(connection, incident_id, plain(key)):
                return evidence_of(row)
            number = crud.evidence.next_number(connection, incident_id)
            evidence = _evidence(incident_id, number, specialist, kept, body)
            crud.evidence.add_body(connection, body)
            crud.evidence.add(connection, rows.evidence_row(evidence, number=number, key=key))
            return evidence

        return await self._store.write(work)

    async def _file(self, batch: Batch) -> None:
        """File a batch in one transaction; an empty one takes what waits once the database is ours."""

        def work(connection: Connection) -> tuple[Table, list[Entries]]:
            crud.journal.line_up(connection)
            self._deliveries.fill(batch)
            alerts = [alert for delivery in batch.deliveries for alert in delivery.alerts]
            table = Table(connection, self._shelf, alerts, now=self._store.moment(connection))
            batch.results = [_placed(table, delivery) for delivery in batch.deliveries]
            return table, write(connection, table.bundle)

        # Alertmanager waits for this answer; an investigation that keeps its evidence can wait for its turn.
        table, entries = await self._store.write(work, urgent=True)
        self._shelf.keep(table.pages, table.bundle.heads, table.bundle.revision)
        self._ring(entries)

    def _ring(self, entries: Sequence[Entries]) -> None:
        if position := max((entry.position for new in entries for entry in new), default=0):
            self._bulletin.ring(position)


def _placed(table: Table, delivery: Delivery) -> Receipt | Exception:
    try:
        return table.take(delivery.alerts, delivery.place(table.desk(delivery.alerts), delivery.alerts))
    except Exception as failure:  # noqa: BLE001 - bulkhead: one bad delivery must not fail the others
        return failure


def _bytes(body: JsonObject) -> bytes:
    """The same value in the same bytes. Not RFC 8785, whose pure Python form takes 150 ms for a megabyte."""
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except (TypeError, UnicodeEncodeError):
        return orjson.dumps(plain_json(body), option=orjson.OPT_SORT_KEYS)


def _evidence(
    incident_id: IncidentId, number: int, specialist: Specialist, kept: KeptAnswer, body: dict[str, object]
) -> Evidence:
    return Evidence(
        id=EvidenceId(f"{EVIDENCE_PREFIX}{number}"),
        incident_id=incident_id,
        specialist=specialist,
        server=kept.server,
        tool=kept.tool,
        arguments=kept.arguments,
        window=kept.window,
        excerpt=plain(kept.excerpt),
        digest=Digest(str(body["digest"])),
        size_bytes=len(_bytes(kept.body)),
        taken_at=kept.taken_at,
        turn=kept.turn,
    )
