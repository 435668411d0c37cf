"""Incidents: the list, one of them with its alerts, and what a person may do with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from sre_agent.api import answers
from sre_agent.api.answers import Word
from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.views import AlertList, Form, IncidentList, Instant, ReasonForm, Slug, Text
from sre_agent.domain.alert import Severity
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.ports.archive import IncidentFilter, Order, Page

router = APIRouter(route_class=GuardedRoute, tags=["incidents"])


class IncidentQuery(Form):
    """A filter that is given several times is met by any of its values; all filters must be met."""

    status: list[Status] = Field([], description="`open`, `investigating`, `awaiting_approval` …")
    severity: list[Severity] = []
    origin: Origin | None = None
    namespace: Slug = ""
    cluster: Annotated[Text, Field(max_length=253)] = ""
    text: Annotated[Text, Field(max_length=200)] = Field(
        "", description="words in title, summary, namespace or cause"
    )
    opened_after: Instant | None = None
    opened_before: Instant | None = None
    order: Order = Field(Order.NEWEST, description="of the whole list, before it is cut into pages")
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(50, ge=1, le=200)

    def where(self) -> IncidentFilter:
        return IncidentFilter(
            statuses=tuple(self.status),
            severities=tuple(self.severity),
            **self.model_dump(exclude={"status", "severity", "order", "page", "size"}),
        )

    def wanted_page(self) -> Page:
        return Page(number=self.page, size=self.size, order=self.order)


@router.get("/incidents", operation_id="list_incidents")
async def list_incidents(parts: Parts, query: Annotated[IncidentQuery, Query()]) -> IncidentList:
    """One page of the whole list, newest first where nothing else is said."""
    found = await parts.archive.incidents(query.where(), query.wanted_page())
    items = tuple(shown(incident) for incident in found.items)
    return IncidentList(items=items, total=found.total, page=query.page, size=query.size)


@router.get("/incidents/{incident_id}", operation_id="get_incident")
async def get_incident(parts: Parts, incident_id: IncidentId) -> Incident:
    """One incident's row; its journal says how it came about."""
    return shown(await parts.archive.incident(incident_id))


@router.get("/incidents/{incident_id}/alerts", operation_id="list_incident_alerts")
async def list_incident_alerts(parts: Parts, incident_id: IncidentId) -> AlertList:
    """Its alerts in the order of arrival, each with the rule that grouped it."""
    await parts.archive.incident(incident_id)
    return AlertList(items=await parts.archive.alerts(incident_id))


@router.get("/alerts/left-alone", operation_id="list_alerts_left_alone")
async def list_alerts_left_alone(
    parts: Parts, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> AlertList:
    """Alerts that opened no incident, newest first, each with the exact reason."""
    return AlertList(items=await parts.archive.unfiled_alerts(limit))


@router.post("/incidents/{incident_id}/cancel", operation_id="cancel_incident")
async def cancel_incident(parts: Parts, who: Who, incident_id: IncidentId, form: ReasonForm) -> Incident:
    """Stop working on an incident. The runner stops before its next step; steps that are done stay done."""
    incident = await parts.archive.incident(incident_id)
    plans = await parts.archive.plans(incident_id)
    word = Word(who.actor, parts.clock.now(), parts.redact(form.reason))
    await parts.ledger.write(answers.cancelled(incident, plans, word))
    return shown(await parts.archive.incident(incident_id))


@router.post("/incidents/{incident_id}/retry", operation_id="retry_incident", status_code=202)
async def retry_incident(parts: Parts, who: Who, incident_id: IncidentId, form: ReasonForm) -> Incident:
    """Investigate an escalated or closed incident again, or hurry one that is under way."""
    incident = await parts.archive.incident(incident_id)
    word = Word(who.actor, parts.clock.now(), parts.redact(form.reason))
    await parts.ledger.write(answers.tried_again(incident, word))
    return shown(await parts.archive.incident(incident_id))


def shown(incident: Incident) -> Incident:
    """One that was taken up again after its end has no end; its row still holds the former one."""
    if incident.status.is_final or incident.closed_at is None:
        return incident
    return incident.model_copy(update={"closed_at": None, "outcome": None})
