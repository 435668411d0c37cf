"""A test alert: through the same door as every alert, marked as one, and over before anybody has to act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import orjson

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.frozen import Frozen
from sre_agent.domain.ids import IncidentId
from sre_agent.intake.payload import delivery_of
from sre_agent.intake.placement import placing
from sre_agent.intake.settings import IntakeSettings
from sre_agent.ports.ledger import Desk, Ledger, Placement

ALERTNAME: Final = "SreAgentTestAlert"
MARK: Final = "sre_agent_test"
"""The label that says it is one; its value tells one test from another."""


class Trial(Frozen):
    """Where a test alert went; without an incident, why it opened none."""

    alertname: str
    incident_id: IncidentId | None
    left_alone: tuple[str, ...]


def payload(*, by: str, at: datetime, status: AlertStatus) -> bytes:
    """As Alertmanager would send it. Both calls with the same `at` are about the same firing."""
    alert = {
        "status": status.value,
        "labels": {"alertname": ALERTNAME, "severity": "info", MARK: at.strftime("%Y%m%dT%H%M%S%fZ")},
        "annotations": {
            "summary": "A test: nothing is broken, and nothing is done about it.",
            "description": f"{by} sent it to see whether alerts arrive.",
        },
        "startsAt": at.isoformat(),
        "endsAt": at.isoformat() if status is AlertStatus.RESOLVED else "0001-01-01T00:00:00Z",
    }
    return orjson.dumps({"version": "4", "status": status.value, "receiver": MARK, "alerts": [alert]})


async def send(
    *, by: str, at: datetime, ledger: Ledger, settings: IntakeSettings, redact: Callable[[str], str]
) -> Trial:
    """File it firing, then resolved: two deliveries, each in one durable transaction. Raises as a delivery does."""

    def read(status: AlertStatus) -> Sequence[Alert]:
        body = payload(by=by, at=at, status=status)
        return delivery_of(body, redact=redact, relabel=settings.relabel).alerts

    fired = await ledger.accept(read(AlertStatus.FIRING), without_work(placing(settings)))
    await ledger.accept(read(AlertStatus.RESOLVED), placing(settings))
    went_to = next(iter((*fired.opened, *fired.joined)), None)
    return Trial(alertname=ALERTNAME, incident_id=went_to, left_alone=fired.left_alone)


def without_work(
    place: Callable[[Desk, Sequence[Alert]], Placement],
) -> Callable[[Desk, Sequence[Alert]], Placement]:
    """The same placement, and no job: a runner that took a test up would keep it from ending at once."""

    def placed(desk: Desk, alerts: Sequence[Alert]) -> Placement:
        found = place(desk, alerts)
        changes = tuple(each.model_copy(update={"jobs": ()}) for each in found.changes)
        return found.model_copy(update={"changes": changes})

    return placed
