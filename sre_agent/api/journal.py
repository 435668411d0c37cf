"""The journal of an incident, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.views import JournalPage
from sre_agent.domain.ids import IncidentId

router = APIRouter(route_class=GuardedRoute, tags=["journal"])


@router.get("/incidents/{incident_id}/journal", operation_id="get_journal")
async def get_journal(
    parts: Parts,
    incident_id: IncidentId,
    after: Annotated[int, Query(ge=0, description="`seq` of the last entry you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> JournalPage:
    """Entries in order, from the one after `after`."""
    await parts.archive.incident(incident_id)
    found = await parts.archive.journal(incident_id, after=after, limit=limit + 1)
    entries = found[:limit]
    return JournalPage(entries=entries, last=entries[-1].seq if entries else after, more=len(found) > limit)
