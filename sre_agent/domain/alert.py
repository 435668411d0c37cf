"""What Prometheus sent, by way of Alertmanager's webhook (version 4)."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId


class AlertStatus(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the most severe."""
        return list(Severity).index(self)


class Alert(Frozen):
    """One alert of one delivery. Identity is (fingerprint, starts_at)."""

    fingerprint: str
    status: AlertStatus
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: Moment
    ends_at: Moment | None = None
    generator_url: str = ""

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")


class FiledAlert(Frozen):
    """An alert as it was filed: what it is about, which rule grouped it, or why it was left alone."""

    alert: Alert
    severity: Severity
    entity: EntityRef | None
    incident_id: IncidentId | None
    grouped_by: str
    not_investigated_because: str = ""
    received_at: Moment
