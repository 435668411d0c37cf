"""Investigations that people began by a question: their history, and the report of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.incidents import IncidentQuery, shown
from sre_agent.api.parts import ApiParts
from sre_agent.api.reports import case_of
from sre_agent.api.views import View
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin
from sre_agent.reports.postmortem import postmortem
from sre_agent.reports.run import RunReport, asked_by, lasted, run_report

router = APIRouter(route_class=GuardedRoute, tags=["reports"])


class RunLine(View):
    """One run of the history."""

    incident: Incident
    asked_by: str
    seconds: float | None = Field(description="from the question to the end; null while it goes on")


class RunList(View):
    items: tuple[RunLine, ...]
    total: int
    page: int
    size: int


@router.get("/runs", operation_id="list_runs")
async def list_runs(parts: Parts, query: Annotated[IncidentQuery, Query()]) -> RunList:
    """One page of the questions that were asked, newest first where nothing else is said, with what became of each."""
    where = query.where().model_copy(update={"origin": Origin.QUESTION})
    found = await parts.archive.incidents(where, query.wanted_page())
    items = [await _line(parts, shown(incident)) for incident in found.items]
    return RunList(items=tuple(items), total=found.total, page=query.page, size=query.size)


@router.get("/incidents/{incident_id}/report", operation_id="get_run_report")
async def get_run_report(parts: Parts, incident_id: IncidentId) -> RunReport:
    """What was asked, the answer with its evidence, what could not be seen, the turns, and the tools with their latencies."""
    case = await case_of(parts, incident_id)
    evidence = await parts.archive.evidence(incident_id)
    return run_report(shown(case.incident), case.journal, evidence, postmortem(case))


async def _line(parts: ApiParts, incident: Incident) -> RunLine:
    first = await parts.archive.journal(incident.id, limit=1)
    return RunLine(
        incident=incident, asked_by=asked_by(first[0] if first else None), seconds=lasted(incident)
    )
