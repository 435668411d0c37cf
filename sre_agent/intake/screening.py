"""Which alerts open nothing, and the exact reason each of them is given."""

from __future__ import annotations

from sre_agent.domain.alert import Alert, FiledAlert
from sre_agent.domain.incident import Outcome
from sre_agent.intake.settings import IntakeSettings
from sre_agent.intake.severity import severity_of
from sre_agent.ports.ledger import Desk


def reason_to_ignore(alert: Alert, settings: IntakeSettings) -> str:
    """Why this alert is never part of an incident; empty where it may be."""
    if alert.name in settings.heartbeats:
        return f"{alert.name} is a heartbeat: it always fires, to prove that alerting works"
    if alert.name in settings.inhibitors:
        return f"{alert.name} only silences other alerts"
    if severity_of(alert.labels) is None:
        return "its severity is none: its author says that nobody has to act on it"
    return ""


def reason_not_to_open(alert: Alert, desk: Desk, settings: IntakeSettings) -> str:
    """Why this alert, which fits no open incident, opens none either; empty where it does."""
    severity = severity_of(alert.labels)
    if severity is not None and severity.rank > settings.least_severity.rank:
        return f"its severity is {severity}, and incidents are opened from {settings.least_severity} up"
    earlier = desk.earlier.get(alert.fingerprint)
    firings = desk.recent_firings.get(alert.fingerprint, 0)
    if earlier is not None and earlier.outcome is Outcome.FLAPPING and firings >= settings.flapping_firings:
        return (
            f"it is flapping: it began to fire {firings} times within the last hour, "
            f"and incident {earlier.id} has already said so"
        )
    return ""


def reason_resolved(known: FiledAlert | None) -> str:
    """Why a resolved alert that belongs to no incident is left alone."""
    if known is not None:
        return known.not_investigated_because
    return "it is resolved, and was never seen firing"
