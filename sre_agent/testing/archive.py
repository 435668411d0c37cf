"""The archive's understudy: reads what the ledger's understudy filed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId, StepKey
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.mitigation import Mitigation, MitigationState
from sre_agent.domain.plan import Plan
from sre_agent.domain.revision import Revision
from sre_agent.errors import NotFound
from sre_agent.ports.archive import (
    ClusterWork,
    IncidentFilter,
    IncidentPage,
    Order,
    Page,
    PlanRecord,
    by_cluster,
)
from sre_agent.testing.store import MemoryStore


class MemoryArchive:
    """Implements `ports.archive.Archive` for tests and demonstrations."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def incident(self, incident_id: IncidentId) -> Incident:
        incident = self._store.state.incidents.get(incident_id)
        if incident is None:
            raise NotFound(f"there is no incident {incident_id}")
        return incident

    async def incidents(self, where: IncidentFilter, page: Page) -> IncidentPage:
        found = [each for each in self._store.state.incidents.values() if all(_conditions(where, each))]
        found.sort(key=lambda each: (each.opened_at, each.id), reverse=page.order is not Order.OLDEST)
        if page.order is Order.WORST:
            found.sort(key=lambda each: each.severity.rank)
        start = (max(page.number, 1) - 1) * page.size
        return IncidentPage(items=tuple(found[start : start + page.size]), total=len(found), page=page)

    async def clusters(self) -> tuple[ClusterWork, ...]:
        return by_cluster(
            ClusterWork(
                cluster=each.cluster,
                unfinished=1,
                waiting=each.status is Status.AWAITING_APPROVAL,
                worst=each.severity,
                oldest=each.opened_at,
            )
            for each in self._store.state.incidents.values()
            if not each.status.is_final
        )

    async def alerts(self, incident_id: IncidentId) -> tuple[FiledAlert, ...]:
        return tuple(each for each in self._store.state.alerts.values() if each.incident_id == incident_id)

    async def unfiled_alerts(self, limit: int) -> tuple[FiledAlert, ...]:
        unfiled = [each for each in self._store.state.alerts.values() if each.incident_id is None]
        oldest_first = sorted(unfiled, key=lambda each: each.received_at)
        return tuple(oldest_first[::-1][:limit])

    async def journal(
        self, incident_id: IncidentId, *, after: int = 0, limit: int = 1000
    ) -> tuple[JournalEntry, ...]:
        return tuple(self._store.state.journal_of(incident_id)[after : after + limit])

    async def journal_of_all(self, *, after: int = 0, limit: int = 1000) -> tuple[JournalEntry, ...]:
        return tuple(self._store.state.journal[after : after + limit])

    async def recent_entries(
        self, kinds: Sequence[Kind], *, since: datetime, limit: int
    ) -> tuple[JournalEntry, ...]:
        newest_first = self._store.state.journal[::-1]
        return tuple(each for each in newest_first if each.kind in kinds and each.at >= since)[:limit]

    async def evidence(self, incident_id: IncidentId) -> tuple[Evidence, ...]:
        kept = self._store.state.evidence.items()
        return tuple(evidence for (about, _), evidence in kept if about == incident_id)

    async def evidence_body(self, incident_id: IncidentId, evidence_id: EvidenceId) -> JsonObject:
        for evidence in await self.evidence(incident_id):
            if evidence.id == evidence_id:
                return self._store.state.bodies[evidence.digest]
        raise NotFound(f"there is no evidence {evidence_id} of incident {incident_id}")

    async def hypotheses(self, incident_id: IncidentId) -> tuple[Hypothesis, ...]:
        return self._store.state.hypotheses.get(incident_id, ())

    async def plans(self, incident_id: IncidentId) -> tuple[PlanRecord, ...]:
        return tuple(map(self._record, reversed(self._store.state.plans_of(incident_id))))

    async def plan(self, incident_id: IncidentId, digest: Digest) -> PlanRecord:
        plan = self._store.state.plans.get((incident_id, digest))
        if plan is None:
            raise NotFound(f"there is no plan {digest} of incident {incident_id}")
        return self._record(plan)

    async def mitigations(
        self,
        *,
        incident_id: IncidentId | None = None,
        states: Sequence[MitigationState] = (),
        limit: int = 500,
    ) -> tuple[Mitigation, ...]:
        found = [
            each
            for each in self._store.state.mitigations.values()
            if incident_id in (None, each.incident_id) and (not states or each.state in states)
        ]
        return tuple(sorted(found, key=lambda each: (each.expires_at, each.key))[:limit])

    async def mitigation(self, key: StepKey) -> Mitigation:
        found = self._store.state.mitigations.get(key)
        if found is None:
            raise NotFound(f"there is no mitigation {key}")
        return found

    async def revisions(self, incident_id: IncidentId) -> tuple[Revision, ...]:
        return tuple(each for each in self._store.state.revisions if each.incident_id == incident_id)

    async def calls(self) -> dict[str, tuple[str, ...]]:
        graphs = self._store.state.calls.values()
        return {caller: callees for graph in graphs for caller, callees in graph.items()}

    async def keep_calls(self, namespace: str, calls: dict[str, tuple[str, ...]]) -> None:
        with self._store.transaction() as state:
            state.calls[namespace] = {caller: tuple(callees) for caller, callees in calls.items()}

    def _record(self, plan: Plan) -> PlanRecord:
        state, about = self._store.state, (plan.incident_id, plan.digest)
        steps = [step for key, step in sorted(state.steps.items()) if key[:2] == about]
        return PlanRecord(
            plan=plan,
            ruling=state.rulings.get(about),
            approvals=tuple(
                each for each in state.approvals if (each.incident_id, each.plan_digest) == about
            ),
            steps=tuple(steps),
            verifications=tuple(each for *of, each in state.verifications if tuple(of) == about),
        )


def _conditions(where: IncidentFilter, incident: Incident) -> Iterator[bool]:
    texts = (incident.title, incident.summary, incident.namespace, incident.cause)
    yield not where.statuses or incident.status in where.statuses
    yield not where.severities or incident.severity in where.severities
    yield where.origin in (None, incident.origin)
    yield where.namespace in ("", incident.namespace)
    yield where.cluster in ("", incident.cluster)
    yield where.opened_after is None or incident.opened_at >= where.opened_after
    yield where.opened_before is None or incident.opened_at < where.opened_before
    yield any(where.text.lower() in text.lower() for text in texts)
