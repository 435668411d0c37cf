"""What helps to understand an incident: its map, what its logs say, and past ones that were like it."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import SimilarIncidents
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.plan import StepState
from sre_agent.offline.desk import picture_of_recording
from sre_agent.offline.incidents import snapshot_of_incident
from sre_agent.offline.signatures import LogSignatures, signatures_of
from sre_agent.offline.topology import Topology, topology_of
from sre_agent.picture.world import Picture
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.reports.similar import Remembered, likeness_of, similar_to

router = APIRouter(route_class=GuardedRoute, tags=["understanding"])

_REMEMBERED: Final = 200
_LOOKED_INTO: Final = 25
"""Of so many past incidents the alerts and deeds are read too: those that are most alike by their rows."""


@router.get("/incidents/{incident_id}/topology", operation_id="get_topology")
async def get_topology(parts: Parts, incident_id: IncidentId) -> Topology:
    """Services, workloads and nodes as they were when it was diagnosed, and the path to what is blamed."""
    incident = await parts.archive.incident(incident_id)
    picture = await _picture(parts, incident_id)
    return await asyncio.to_thread(topology_of, picture, incident.cause_entity)


@router.get("/incidents/{incident_id}/signatures", operation_id="list_log_signatures")
async def list_log_signatures(parts: Parts, incident_id: IncidentId) -> LogSignatures:
    """What programs complained of, with counts, and whether that is new or more than before."""
    picture = await _picture(parts, incident_id)
    return await asyncio.to_thread(signatures_of, picture, parts.templates)


@router.get("/incidents/{incident_id}/similar", operation_id="list_similar_incidents")
async def list_similar_incidents(parts: Parts, incident_id: IncidentId) -> SimilarIncidents:
    """Past incidents with the same cause, object, alerts or namespace: score 0 to 1, and in what they are alike."""
    incident = await parts.archive.incident(incident_id)
    found = await parts.archive.incidents(
        IncidentFilter(opened_before=incident.opened_at), Page(size=_REMEMBERED)
    )
    mine = Remembered(incident)
    near = sorted(found.items, key=lambda each: -likeness_of(mine, Remembered(each)).score)
    whole = await asyncio.gather(*(_remembered(parts, each) for each in [incident, *near[:_LOOKED_INTO]]))
    return SimilarIncidents(items=similar_to(whole[0], whole[1:]))


async def _picture(parts: ApiParts, incident_id: IncidentId) -> Picture:
    snapshot = await snapshot_of_incident(parts.archive, incident_id)
    return await asyncio.to_thread(picture_of_recording, snapshot)


async def _remembered(parts: ApiParts, incident: Incident) -> Remembered:
    alerts = await parts.archive.alerts(incident.id)
    plans = await parts.archive.plans(incident.id)
    done = [
        step.statement
        for record in plans
        for step in record.plan.steps
        for kept in record.steps
        if kept.index == step.index and kept.state is StepState.DONE
    ]
    return Remembered(incident, frozenset(each.alert.name for each in alerts), tuple(dict.fromkeys(done)))
