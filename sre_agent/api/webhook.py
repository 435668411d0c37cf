"""The door for Alertmanager: answers 200 only when the delivery is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sre_agent.api.callers import Caller, GuardedRoute, Parts
from sre_agent.api.parts import ApiParts
from sre_agent.api.views import WebhookReceipt
from sre_agent.domain.incident import Origin
from sre_agent.intake.receive import receive
from sre_agent.ports.ledger import Receipt
from sre_agent.telemetry import Telemetry


class DeliveryRoute(GuardedRoute):
    """Calls the endpoint itself: it needs nothing of what the framework works out for one, which costs as much again."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        self._check_role(scope)
        parts: ApiParts = scope["app"].state.parts
        receipt = await receive_alerts(parts, Request(scope, receive))
        response = Response(receipt.model_dump_json(), media_type="application/json")
        await response(scope, receive, send)


router = APIRouter(route_class=DeliveryRoute, tags=["webhook"])

_PAYLOAD: Final[Mapping[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "Alertmanager's webhook payload, version 4.",
                    "required": ["version", "status", "alerts"],
                },
                "example": {
                    "version": "4",
                    "status": "firing",
                    "receiver": "sre-agent",
                    "groupKey": '{}:{alertname="HighErrorRate"}',
                    "truncatedAlerts": 0,
                    "alerts": [
                        {
                            "status": "firing",
                            "labels": {
                                "alertname": "HighErrorRate",
                                "namespace": "shop",
                                "service": "checkout",
                            },
                            "annotations": {"summary": "checkout answers 12 % errors"},
                            "startsAt": "2026-03-01T12:00:00Z",
                            "endsAt": "0001-01-01T00:00:00Z",
                            "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
                            "fingerprint": "97dfbc0fab1e0938",
                        }
                    ],
                },
            }
        },
    }
}


@router.post("/webhook/alert", operation_id="receive_alerts", openapi_extra=dict(_PAYLOAD))
async def receive_alerts(parts: Parts, request: Request) -> WebhookReceipt:
    """File one delivery in one durable transaction; nothing is acknowledged before, and nothing half-stored.

    Sending the same delivery again adds nothing. A 4xx answer names the field that is wrong; on 429 (more at
    once than can be filed) and 503 nothing was kept: send it again (Alertmanager does). Both the webhook's token
    and an account with the role of a responder open this door; what an account sent stands in its name.
    """
    parts.note_delivery()
    who: Caller = request.state.caller
    with parts.gate.entered():
        filed = await receive(
            await request.body(),
            ledger=parts.ledger,
            settings=parts.settings.intake,
            redact=parts.redact,
            by=who.name,
        )
    _count(parts.telemetry, filed.receipt)
    return WebhookReceipt(truncated=filed.truncated, **dict(filed.receipt))


def _count(telemetry: Telemetry, receipt: Receipt) -> None:
    telemetry.alerts.labels("filed").inc(receipt.accepted - len(receipt.left_alone))
    telemetry.alerts.labels("left_alone").inc(len(receipt.left_alone))
    telemetry.alerts.labels("duplicate").inc(receipt.duplicates)
    telemetry.incidents_opened.labels(Origin.ALERT).inc(len(receipt.opened))
