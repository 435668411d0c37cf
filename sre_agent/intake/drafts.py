"""The words intake writes into journals, and the jobs it defers."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.alert import Alert, Severity
from sre_agent.domain.frozen import Moment
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import ALERTMANAGER
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.intake.expression import expression_of

_URGENCY: Final = {Severity.CRITICAL: 10, Severity.HIGH: 20, Severity.WARNING: 50, Severity.INFO: 90}


def investigation(incident_id: IncidentId, *, at: Moment, priority: int) -> JobDraft:
    """The job that starts an incident's graph, or lets it go on; one of them at a time."""
    return JobDraft(
        kind=JobKind.INVESTIGATE, lock=incident_id, incident_id=incident_id, run_at=at, priority=priority
    )


def urgency(severity: Severity) -> int:
    """A job's priority; the smaller, the sooner."""
    return _URGENCY[severity]


def _draft(key: str, kind: Kind, text: str, at: Moment, **body: object) -> JournalDraft:
    return JournalDraft.model_validate(
        {
            "key": JournalKey(key),
            "kind": kind,
            "actor": ALERTMANAGER.name,
            "text": text,
            "at": at,
            "body": body,
        }
    )


def identity(alert: Alert) -> str:
    """What tells one firing from another, in a form that fits a key."""
    return f"{alert.fingerprint}:{alert.starts_at.isoformat()}"


def opened(incident: Incident, *, because: str) -> JournalDraft:
    return _draft(
        "opened",
        Kind.INCIDENT_OPENED,
        f"Opened: {incident.title}.",
        incident.opened_at,
        title=incident.title,
        severity=incident.severity,
        entity=incident.entity.model_dump(mode="json") if incident.entity else None,
        origin=incident.origin,
        question=incident.question,
        because=because,
    )


def received(alert: Alert, *, severity: Severity, grouped_by: str, firings: int, at: Moment) -> JournalDraft:
    """`recent_firings` is what whoever looks for flapping needs; `grouped_by` names the rule."""
    summary = alert.annotations.get("summary") or alert.annotations.get("description", "")
    return _draft(
        f"alert:{identity(alert)}:firing",
        Kind.ALERT_RECEIVED,
        f"{alert.name} fires ({severity}). {summary}".strip(),
        at,
        fingerprint=alert.fingerprint,
        alertname=alert.name,
        severity=severity,
        labels=alert.labels,
        annotations=alert.annotations,
        starts_at=alert.starts_at.isoformat(),
        expression=expression_of(alert.generator_url),
        grouped_by=grouped_by,
        recent_firings=firings,
    )


def resolved(alert: Alert, *, left: int, at: Moment) -> JournalDraft:
    rest = f"{left} of this incident still fire" if left else "none of this incident fires any more"
    return _draft(
        f"alert:{identity(alert)}:resolved",
        Kind.ALERT_RESOLVED,
        f"{alert.name} is resolved; {rest}.",
        at,
        fingerprint=alert.fingerprint,
        alertname=alert.name,
        starts_at=alert.starts_at.isoformat(),
        still_firing=left,
    )


def flapping(alert: Alert, *, firings: int, at: Moment) -> JournalDraft:
    return _draft(
        f"flapping:{identity(alert)}",
        Kind.NOTE_ADDED,
        f"{alert.name} is flapping: it began to fire {firings} times within the last hour.",
        at,
        fingerprint=alert.fingerprint,
        recent_firings=firings,
    )


def came_back(alert: Alert, earlier: Incident, *, at: Moment) -> JournalDraft:
    ended = f"{earlier.status}, {earlier.outcome}" if earlier.outcome else str(earlier.status)
    return _draft(
        f"earlier:{earlier.id}",
        Kind.NOTE_ADDED,
        f"{alert.name} has fired before: incident {earlier.id} ended {ended}.",
        at,
        earlier_incident=earlier.id,
    )


def truncated(count: int, alerts: list[Alert], *, at: Moment) -> JournalDraft:
    first = min(identity(alert) for alert in alerts)
    return _draft(
        f"truncated:{count}:{first}",
        Kind.NOTE_ADDED,
        f"Alertmanager cut {count} alerts off this delivery: the incident may be wider than it looks. "
        "Raise `max_alerts` of its webhook receiver, or set it to 0.",
        at,
        truncated=count,
    )


def graver(severity: Severity, before: Severity, alert: Alert, *, at: Moment) -> JournalDraft:
    return _draft(
        f"severity:{identity(alert)}",
        Kind.NOTE_ADDED,
        f"Severity raised from {before} to {severity} by {alert.name}.",
        at,
        severity=severity,
    )


def quiet_while_waiting(alert: Alert, *, at: Moment) -> JournalDraft:
    return _draft(
        f"quiet:{identity(alert)}",
        Kind.NOTE_ADDED,
        "All its alerts are resolved, but the plan still waits for an answer: approve, reject or cancel it.",
        at,
    )


def ended(alert: Alert, *, at: Moment) -> JournalDraft:
    text = "Its alerts are resolved before anybody, or anything, had to act."
    return _draft(
        f"ended:{identity(alert)}",
        Kind.INCIDENT_ENDED,
        text,
        at,
        status=Status.CLOSED,
        outcome=Outcome.RECOVERED_BY_ITSELF,
        summary=text,
    )
