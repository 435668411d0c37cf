"""Which alerts belong to an incident that a person has in hand already; pure."""

from __future__ import annotations

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.incident import IN_A_PERSONS_HANDS
from sre_agent.intake.grouping import Match
from sre_agent.intake.severity import severity_of
from sre_agent.intake.subject import Subject
from sre_agent.ports.ledger import Desk
from sre_agent.ports.open_incidents import OpenIncident


def in_a_persons_hands(alert: Alert, subject: Subject, desk: Desk) -> Match | None:
    """Where its object's trouble was found, handed over, and is still there: one more alert tells nothing new.

    One that is graver than what was handed over does, and so does one that comes when all is quiet.
    """
    page = desk.handed_over(subject.key)
    if page is None or not _still_stands(page, desk) or _is_graver(alert, page):
        return None
    what = subject.entity or alert.name
    sentence = (
        f"it is about {what}, as is the incident, which was handed over with its cause "
        f"({page.incident.cause}) and whose alerts still fire"
    )
    return Match(page.incident.id, "handed-over", sentence)


def _still_stands(page: OpenIncident, desk: Desk) -> bool:
    handed = page.incident.closed_at
    is_late = handed is None or desk.now - handed > IN_A_PERSONS_HANDS
    fires = any(alert.status is AlertStatus.FIRING for alert in page.alerts)
    return bool(page.incident.cause) and fires and not is_late


def _is_graver(alert: Alert, page: OpenIncident) -> bool:
    severity = severity_of(alert.labels)
    return severity is not None and severity.rank < page.incident.severity.rank
