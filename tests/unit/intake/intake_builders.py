"""Alerts, desks and a filing cabinet of dictionaries for the tests of intake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert
from sre_agent.domain.incident import Incident, Status
from sre_agent.intake.identity import fingerprint_of
from sre_agent.intake.placement import place
from sre_agent.intake.settings import IntakeSettings
from sre_agent.ports.ledger import Desk, Placement
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SETTINGS = IntakeSettings()


def alert(
    name: str = "HighErrorRate",
    *,
    status: str = "firing",
    at: datetime = NOW - timedelta(minutes=1),
    expression: str = "",
    summary: str = "",
    **labels: str,
) -> Alert:
    labels = {"alertname": name, "severity": "warning", **labels}
    return Alert(
        fingerprint=fingerprint_of(labels),
        status=AlertStatus(status),
        labels=labels,
        annotations={"summary": summary} if summary else {},
        starts_at=at,
        generator_url=f"http://prometheus:9090/graph?g0.expr={expression}" if expression else "",
    )


def resolved(firing: Alert) -> Alert:
    return firing.model_copy(update={"status": AlertStatus.RESOLVED, "ends_at": NOW})


def wire(alerts: Sequence[dict[str, object]] | None = None, **fields: object) -> bytes:
    one = {"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-03-01T11:59:00Z"}
    body = {"version": "4", "status": "firing", "alerts": [one] if alerts is None else alerts, **fields}
    return json.dumps(body).encode()


class Cabinet:
    """Applies placements as a ledger would, so that a second delivery meets what the first one left."""

    def __init__(
        self, *, settings: IntakeSettings = SETTINGS, calls: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        self.settings = settings
        self.calls = calls or {}
        self.now = NOW
        self.incidents: dict[str, Incident] = {}
        self.filed: dict[tuple[str, datetime], FiledAlert] = {}
        self.journal: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.firings: dict[str, int] = {}

    def desk(self, alerts: Sequence[Alert]) -> Desk:
        asked = {(each.fingerprint, each.starts_at) for each in alerts}
        known = [filed for identity, filed in self.filed.items() if identity in asked]
        unfinished = [each for each in self.incidents.values() if not each.status.is_final]
        return Desk(
            now=self.now,
            open_incidents=OpenIncidents(
                OpenIncident(incident=each, alerts=self.alerts(each)) for each in unfinished
            ),
            known=tuple(known),
            recent_firings=self.firings,
            calls=self.calls,
            earlier=self.earlier(alerts),
            handed_over=self.handed_over,
        )

    def handed_over(self, key: str) -> OpenIncident | None:
        theirs = [
            each
            for each in self.incidents.values()
            if each.status is Status.ESCALATED and each.group_key == key
        ]
        return OpenIncident(incident=theirs[-1], alerts=self.alerts(theirs[-1])) if theirs else None

    def earlier(self, alerts: Sequence[Alert]) -> dict[str, Incident]:
        found: dict[str, Incident] = {}
        asked = {each.fingerprint for each in alerts}
        for filed in self.filed.values():
            incident = self.incidents.get(filed.incident_id or "")
            if incident and incident.status.is_final and filed.alert.fingerprint in asked:
                found[filed.alert.fingerprint] = incident
        return found

    def alerts(self, incident: Incident) -> tuple[Alert, ...]:
        return tuple(filed.alert for filed in self.filed.values() if filed.incident_id == incident.id)

    def deliver(self, *alerts: Alert, truncated: int = 0) -> Placement:
        placement = place(self.desk(alerts), alerts, settings=self.settings, truncated=truncated)
        self.incidents |= {each.id: each for each in placement.opened}
        for filed in placement.filed:
            self.filed[filed.alert.fingerprint, filed.alert.starts_at] = filed
        for change in placement.changes:
            keys = self.journal.setdefault(change.incident_id, [])
            fresh = [entry for entry in change.entries if entry.key not in keys]
            keys += [entry.key for entry in fresh]
            self.texts += [entry.text for entry in fresh]
            said = change.update.model_dump(exclude_none=True)
            self.incidents[change.incident_id] = self.incidents[change.incident_id].model_copy(update=said)
        return placement

    def set_status(self, status: Status, **more: object) -> None:
        for each, incident in self.incidents.items():
            self.incidents[each] = incident.model_copy(update={"status": status, **more})

    def grouped(self) -> list[set[str]]:
        """The names of alerts that share an incident, incident by incident."""
        return [
            {filed.alert.name for filed in self.filed.values() if filed.incident_id == each}
            for each in self.incidents
        ]
