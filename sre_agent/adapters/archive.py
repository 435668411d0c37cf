"""The archive on the database: every read is one short look at one consistent state."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import orjson

from backend import crud, models
from backend.crud import Search
from backend.database import Connection
from sre_agent.adapters.archive_rows import (
    cluster_work_of,
    entry_of,
    evidence_number,
    evidence_of,
    filed_alert_of,
    hypothesis_of,
    incident_of,
    mitigation_of,
    plan_record,
    revision_of,
)
from sre_agent.adapters.store import Store
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId, StepKey
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.revision import Revision
from sre_agent.errors import NotFound
from sre_agent.ports.archive import ClusterWork, IncidentFilter, IncidentPage, Page, PlanRecord, by_cluster

T = TypeVar("T")


class SqlArchive:
    """Implements `ports.archive.Archive`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def incident(self, incident_id: IncidentId) -> Incident:
        def work(connection: Connection) -> Incident | None:
            return next(map(incident_of, crud.incidents.by_ids(connection, [incident_id])), None)

        return _found(await self._store.read(work), f"incident {incident_id}")

    async def incidents(self, where: IncidentFilter, page: Page) -> IncidentPage:
        wanted = Search(
            statuses=tuple(status.value for status in where.statuses),
            severities=tuple(severity.value for severity in where.severities),
            origin=where.origin.value if where.origin else "",
            namespace=where.namespace,
            cluster=where.cluster,
            text=where.text,
            opened_after=where.opened_after,
            opened_before=where.opened_before,
            order=page.order.value,
        )
        offset = (max(page.number, 1) - 1) * page.size

        def work(connection: Connection) -> IncidentPage:
            rows, total = crud.incidents.search(connection, wanted, offset=offset, limit=page.size)
            return IncidentPage(items=tuple(map(incident_of, rows)), total=total, page=page)

        return await self._store.read(work)

    async def clusters(self) -> tuple[ClusterWork, ...]:
        def work(connection: Connection) -> tuple[ClusterWork, ...]:
            return by_cluster(map(cluster_work_of, crud.incidents.unfinished(connection)))

        return await self._store.read(work)

    async def alerts(self, incident_id: IncidentId) -> tuple[FiledAlert, ...]:
        return await self._store.read(
            lambda connection: tuple(map(filed_alert_of, crud.alerts.of_incidents(connection, [incident_id])))
        )

    async def unfiled_alerts(self, limit: int) -> tuple[FiledAlert, ...]:
        return await self._store.read(
            lambda connection: tuple(map(filed_alert_of, crud.alerts.unfiled(connection, limit)))
        )

    async def journal(
        self, incident_id: IncidentId, *, after: int = 0, limit: int = 1000
    ) -> tuple[JournalEntry, ...]:
        def work(connection: Connection) -> tuple[JournalEntry, ...]:
            rows = crud.journal.of_incident(connection, incident_id, after=after, limit=limit)
            return tuple(map(entry_of, rows))

        return await self._store.read(work)

    async def journal_of_all(self, *, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        return await self._store.read(
            lambda connection: tuple(map(entry_of, crud.journal.of_all(connection, after=after, limit=limit)))
        )

    async def recent_entries(
        self, kinds: Sequence[Kind], *, since: datetime, limit: int
    ) -> tuple[JournalEntry, ...]:
        wanted = [kind.value for kind in kinds]

        def work(connection: Connection) -> tuple[JournalEntry, ...]:
            rows = crud.journal.recent(connection, wanted, since=since, limit=limit)
            return tuple(map(entry_of, rows))

        return await self._store.read(work)

    async def evidence(self, incident_id: IncidentId) -> tuple[Evidence, ...]:
        return await self._store.read(
            lambda connection: tuple(map(evidence_of, crud.evidence.of_incident(connection, incident_id)))
        )

    async def evidence_body(self, incident_id: IncidentId, evidence_id: EvidenceId) -> JsonObject:
        number = evidence_number(evidence_id)

        def work(connection: Connection) -> models.EvidenceBody | None:
            return crud.evidence.body(connection, incident_id, number)

        row = _found(await self._store.read(work), f"evidence {evidence_id} of incident {incident_id}")
        body: JsonObject = orjson.loads(zlib.decompress(row.body))
        return body

    async def hypotheses(self, incident_id: IncidentId) -> tuple[Hypothesis, ...]:
        return await self._store.read(
            lambda connection: tuple(map(hypothesis_of, crud.plans.hypotheses(connection, incident_id)))
        )

    async def plans(self, incident_id: IncidentId) -> tuple[PlanRecord, ...]:
        def work(connection: Connection) -> tuple[PlanRecord, ...]:
            rows = crud.plans.of_incident(connection, incident_id)
            return tuple(
                plan_record(plan, rows.rulings, rows.approvals, rows.steps, rows.verifications)
                for plan in rows.plans
            )

        return await self._store.read(work)

    async def plan(self, incident_id: IncidentId, digest: Digest) -> PlanRecord:
        plans = await self.plans(incident_id)
        wanted = next((record for record in plans if record.plan.digest == digest), None)
        return _found(wanted, f"plan {digest} of incident {incident_id}")

    async def mitigations(
        self,
        *,
        incident_id: IncidentId | None = None,
        states: Sequence[MitigationState] = (),
        limit: int = 500,
    ) -> tuple[Mitigation, ...]:
        wanted = [state.value for state in states]

        def work(connection: Connection) -> tuple[Mitigation, ...]:
            rows = crud.mitigations.search(connection, incident_id=incident_id, states=wanted, limit=limit)
            return tuple(map(mitigation_of, rows))

        return await self._store.read(work)

    async def mitigation(self, key: StepKey) -> Mitigation:
        row = await self._store.read(lambda connection: crud.mitigations.named(connection, key))
        return mitigation_of(_found(row, f"mitigation {key}"))

    async def revisions(self, incident_id: IncidentId) -> tuple[Revision, ...]:
        def work(connection: Connection) -> tuple[Revision, ...]:
            return tuple(map(revision_of, crud.revisions.of_incident(connection, incident_id)))

        return await self._store.read(work)

    async def calls(self) -> dict[str, tuple[str, ...]]:
        return await self._store.read(crud.calls.graph)

    async def keep_calls(self, namespace: str, calls: dict[str, tuple[str, ...]]) -> None:
        await self._store.write(lambda connection: crud.calls.replace(connection, namespace, calls))


def _found(value: T | None, what: str) -> T:
    if value is None:
        raise NotFound(f"there is no {what}; look at the list for the right name")
    return value
