"""The ledger on the database: one change set, one transaction; one delivery, one durable answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backend import crud
from backend.database import Connection
from sre_agent.adapters import rows
from sre_agent.adapters.archive_rows import filed_alert_of, incident_of
from sre_agent.adapters.ledger_batch import MOST_ALERTS, Batch, Delivery, GroupCommit
from sre_agent.adapters.ledger_bundle import Bundle, Entries, check, refuse_ended, write
from sre_agent.adapters.ledger_desk import Shelf, Table
from sre_agent.adapters.ledger_evidence import MOST_ANSWERS, Keeping, keep_all, keeping
from sre_agent.adapters.store import Store
from sre_agent.domain.alert import Alert
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Evidence, Specialist
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, leader_of
from sre_agent.domain.journal import JournalEntry
from sre_agent.errors import BadInput
from sre_agent.ports.audit import told_by
from sre_agent.ports.ledger import ChangeSet, Desk, KeptAnswer, Placement, Receipt, moved
from sre_agent.ports.streams import Bulletin


class SqlLedger:
    """Implements `ports.ledger.Ledger`. Rings the bulletin after each commit that adds to a journal."""

    def __init__(self, store: Store, bulletin: Bulletin) -> None:
        self._store = store
        self._bulletin = bulletin
        self._shelf = Shelf()
        self._deliveries = GroupCommit(self._file, most=MOST_ALERTS)
        self._answers = GroupCommit(self._keep, most=MOST_ANSWERS)

    async def accept(
        self, alerts: Sequence[Alert], place: Callable[[Desk, Sequence[Alert]], Placement]
    ) -> Receipt:
        return await self._deliveries.send(Delivery(tuple(alerts), place))

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
        return await self._answers.send(keeping(incident_id, key, specialist, kept))

    async def _keep(self, batch: Batch[Keeping, Evidence]) -> None:
        def work(connection: Connection) -> None:
            self._answers.fill(batch)
            batch.results = keep_all(connection, batch.letters)

        await self._store.write(work)

    async def _file(self, batch: Batch[Delivery, Receipt]) -> None:
        """File a batch in one transaction; an empty one takes what waits once the database is ours."""

        def work(connection: Connection) -> tuple[Table, list[Entries]]:
            crud.journal.line_up(connection)
            self._deliveries.fill(batch)
            alerts = [alert for delivery in batch.letters for alert in delivery.alerts]
            table = Table(connection, self._shelf, alerts, now=self._store.moment(connection))
            batch.results = [_placed(table, delivery) for delivery in batch.letters]
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
