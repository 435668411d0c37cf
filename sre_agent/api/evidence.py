"""What was seen and what was made of it: evidence, its bodies, and the hypotheses it speaks for and against."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.views import EvidenceBody, EvidenceList, HypothesisList
from sre_agent.domain.ids import EvidenceId, IncidentId
from sre_agent.errors import NotFound
from sre_agent.offline.incidents import snapshot_of_incident
from sre_agent.snapshots.writing import files_of, packed

router = APIRouter(route_class=GuardedRoute, tags=["evidence"])


@router.get("/incidents/{incident_id}/evidence", operation_id="list_evidence")
async def list_evidence(parts: Parts, incident_id: IncidentId) -> EvidenceList:
    """Kept tool answers, in the order of keeping, without their bodies."""
    await parts.archive.incident(incident_id)
    return EvidenceList(items=await parts.archive.evidence(incident_id))


@router.get("/incidents/{incident_id}/evidence/{evidence_id}", operation_id="get_evidence_body")
async def get_evidence_body(parts: Parts, incident_id: IncidentId, evidence_id: EvidenceId) -> EvidenceBody:
    """The whole answer of the tool, as it was kept."""
    known = {each.id: each for each in await parts.archive.evidence(incident_id)}
    if evidence_id not in known:
        raise NotFound(f"incident {incident_id} has no evidence {evidence_id}")
    body = await parts.archive.evidence_body(incident_id, evidence_id)
    return EvidenceBody(evidence_id=evidence_id, digest=known[evidence_id].digest, body=body)


@router.get("/incidents/{incident_id}/hypotheses", operation_id="list_hypotheses")
async def list_hypotheses(parts: Parts, incident_id: IncidentId) -> HypothesisList:
    """As last ranked, the likeliest first."""
    await parts.archive.incident(incident_id)
    return HypothesisList(items=await parts.archive.hypotheses(incident_id))


@router.get(
    "/incidents/{incident_id}/snapshot",
    operation_id="get_snapshot",
    response_class=Response,
    responses={200: {"content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_snapshot(parts: Parts, incident_id: IncidentId) -> Response:
    """What was known when it was diagnosed, as a .tar.gz that `sre-agent diagnose --from` reads."""
    snapshot = await snapshot_of_incident(parts.archive, incident_id)
    body = await asyncio.to_thread(lambda: packed(files_of(snapshot)))
    told = {"Content-Disposition": f'attachment; filename="{incident_id}.tar.gz"'}
    return Response(body, media_type="application/gzip", headers=told)
