"""An investigation started by a person's question."""

from __future__ import annotations

from fastapi import APIRouter

from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.views import AskForm
from sre_agent.domain.incident import Incident
from sre_agent.intake.question import Asked, investigation_of

router = APIRouter(route_class=GuardedRoute, tags=["incidents"])


@router.post("/ask", operation_id="ask_question", status_code=202)
async def ask_question(parts: Parts, who: Who, form: AskForm) -> Incident:
    """Open an investigation of a question; follow its journal to see the answer come. It changes nothing anywhere."""
    asked = Asked(question=parts.redact(form.question), namespace=form.namespace, service=form.service)
    calls = await parts.archive.calls()
    incident, change = investigation_of(asked, by=who.actor, at=parts.clock.now(), calls=calls)
    opened = await parts.ledger.open(incident, change)
    parts.telemetry.incidents_opened.labels(opened.origin).inc()
    return opened
