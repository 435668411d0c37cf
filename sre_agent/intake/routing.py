"""One delivery routed: what each alert is about, and whom the supervisor would wake with which first queries; pure."""

from __future__ import annotations

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Specialist
from sre_agent.domain.frozen import Frozen
from sre_agent.intake.payload import Delivery
from sre_agent.intake.screening import reason_to_ignore
from sre_agent.intake.settings import IntakeSettings
from sre_agent.intake.subject import subject_of
from sre_agent.supervisor import Lead, leads, specialists_of


class Routed(Frozen):
    """`investigate` is False where the alert would open no incident; `why` says it in a sentence."""

    specialists: tuple[Specialist, ...]
    entity: EntityRef | None
    queries: tuple[Lead, ...]
    investigate: bool
    why: str


def routed(delivery: Delivery, settings: IntakeSettings) -> Routed:
    """The delivery's first alert that is worth an investigation decides; where none is, the first one."""
    reasons = [(alert, _reason(alert, settings)) for alert in delivery.alerts]
    alert, reason = next((each for each in reasons if not each[1]), reasons[0])
    entity = subject_of(alert, default_cluster=settings.default_cluster).entity
    found = leads(alert, entity)
    return Routed(
        specialists=specialists_of(found),
        entity=entity,
        queries=found,
        investigate=not reason,
        why=reason or _why(alert, entity),
    )


def _reason(alert: Alert, settings: IntakeSettings) -> str:
    if alert.status is AlertStatus.RESOLVED:
        return f"{alert.name or 'the alert'} is resolved: nothing is left to look into"
    return reason_to_ignore(alert, settings)


def _why(alert: Alert, entity: EntityRef | None) -> str:
    name = alert.name or "an alert without a name"
    return f"{name} fires for {entity}" if entity else f"{name} fires, and its labels name no object"
