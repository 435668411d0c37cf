"""The draft of a post-mortem, made anew from the record at every call."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.parts import ApiParts
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import JournalEntry
from sre_agent.ports.archive import PlanRecord
from sre_agent.reports.markdown import as_markdown
from sre_agent.reports.postmortem import Case, PostMortem, ReportedPlan, postmortem

router = APIRouter(route_class=GuardedRoute, tags=["reports"])

_PAGE: Final = 1000
_MOST_ENTRIES: Final = 50_000
"""More than any incident has; a bound on what one call may read."""


@router.get("/incidents/{incident_id}/postmortem", operation_id="get_postmortem")
async def get_postmortem(parts: Parts, incident_id: IncidentId) -> PostMortem:
    """What happened, why, what was done, and what is left to do: a draft to edit, nothing in it that is not on file."""
    return postmortem(await _case(parts, incident_id))


@router.get(
    "/incidents/{incident_id}/postmortem.md",
    operation_id="get_postmortem_markdown",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
)
async def get_postmortem_markdown(parts: Parts, incident_id: IncidentId) -> Response:
    """The same draft as Markdown."""
    text = as_markdown(postmortem(await _case(parts, incident_id)))
    name = f'attachment; filename="postmortem-{incident_id}.md"'
    return Response(text, media_type="text/markdown; charset=utf-8", headers={"Content-Disposition": name})


async def _case(parts: ApiParts, incident_id: IncidentId) -> Case:
    incident = await parts.archive.incident(incident_id)
    return Case(
        incident=incident,
        alerts=await parts.archive.alerts(incident_id),
        journal=await _journal(parts, incident_id),
        hypotheses=await parts.archive.hypotheses(incident_id),
        plans=tuple(map(_reported, await parts.archive.plans(incident_id))),
    )


async def _journal(parts: ApiParts, incident_id: IncidentId) -> tuple[JournalEntry, ...]:
    entries: list[JournalEntry] = []
    while len(entries) < _MOST_ENTRIES:
        after = entries[-1].seq if entries else 0
        found = await parts.archive.journal(incident_id, after=after, limit=_PAGE)
        entries += found
        if len(found) < _PAGE:
            break
    return tuple(entries)


def _reported(record: PlanRecord) -> ReportedPlan:
    return ReportedPlan(
        plan=record.plan,
        ruling=record.ruling,
        approvals=record.approvals,
        steps=record.steps,
        verifications=record.verifications,
    )
