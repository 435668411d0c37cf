"""What the first run needs: where Alertmanager sends alerts to, and a test alert that shows they arrive."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.views import View
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.incident import Origin
from sre_agent.intake import trial
from sre_agent.intake.trial import Trial
from sre_agent.ports.archive import IncidentFilter, Page

router = APIRouter(route_class=GuardedRoute, tags=["setup"])


class SetupFacts(View):
    """What a receiver's configuration is made of; the webhook's token itself is never told."""

    host: str = Field(description="the address that the API listens on; 0.0.0.0 is every one of this machine")
    port: int
    path: str = Field(description="of the webhook, below the API's own address")
    webhook_token: bool = Field(
        description="whether WEBHOOK_TOKEN is set; else only accounts may post alerts"
    )
    cluster: str
    alert_incidents: int = Field(description="incidents that alerts have opened so far")


@router.get("/setup", operation_id="get_setup")
async def get_setup(parts: Parts) -> SetupFacts:
    """Where alerts go, and whether any has come."""
    host, port = parts.settings.listens
    found = await parts.archive.incidents(IncidentFilter(origin=Origin.ALERT), Page(size=1))
    return SetupFacts(
        host=host,
        port=port,
        path="/webhook/alert",
        webhook_token=bool(parts.settings.webhook_token),
        cluster=parts.settings.cluster,
        alert_incidents=found.total,
    )


@router.post("/setup/test-alert", operation_id="send_test_alert", status_code=201)
async def send_test_alert(parts: Parts, who: Who) -> Trial:
    """File a marked test alert through the same intake, firing and then resolved: its incident ends without action."""
    sent = await trial.send(
        by=who.name,
        at=parts.clock.now(),
        ledger=parts.ledger,
        settings=parts.settings.intake,
        redact=parts.redact,
    )
    draft = AuditDraft(
        actor=who.name,
        action="test_alert.sent",
        subject=sent.incident_id or sent.alertname,
        detail="; ".join(sent.left_alone),
        reason="to see whether alerts arrive",
        at=parts.clock.now(),
    )
    await parts.audit.record(draft)
    return sent
