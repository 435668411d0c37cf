"""Where a delivery goes: every alert into an incident, or left alone with a reason; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sre_agent.domain.alert import Alert, AlertStatus, Severity
from sre_agent.intake.settings import IntakeSettings
from sre_agent.intake.severity import severity_of
from sre_agent.intake.sheet import Sheet
from sre_agent.ports.ledger import Desk, Placement


def placing(settings: IntakeSettings, *, truncated: int = 0) -> Callable[[Desk, Sequence[Alert]], Placement]:
    """What `Ledger.accept` is given for one delivery."""
    return partial(place, settings=settings, truncated=truncated)


def place(desk: Desk, alerts: Sequence[Alert], *, settings: IntakeSettings, truncated: int = 0) -> Placement:
    """The same desk and alerts give the same placement, in whatever order the alerts came."""
    sheet = Sheet(desk, settings)
    for alert in in_order(alerts):
        sheet.add(alert)
    return sheet.placement(truncated)


def in_order(alerts: Sequence[Alert]) -> list[Alert]:
    """Each firing once, firing before resolved, earliest and gravest first.

    Firing goes first so that an alert which comes back in the delivery that ends it keeps its incident.
    Of a firing that is also reported resolved, the end counts.
    """
    newest: dict[tuple[str, object], Alert] = {}
    for alert in alerts:
        rival = newest.get((alert.fingerprint, alert.starts_at))
        if rival is None or _strength(alert) > _strength(rival):
            newest[alert.fingerprint, alert.starts_at] = alert
    return sorted(newest.values(), key=_turn)


def _strength(alert: Alert) -> tuple[bool, str]:
    """The text breaks the tie between two that contradict each other, whatever their order."""
    return alert.status is AlertStatus.RESOLVED, alert.model_dump_json()


def _turn(alert: Alert) -> tuple[bool, object, int, str]:
    severity = severity_of(alert.labels)
    rank = len(Severity) if severity is None else severity.rank
    return alert.status is AlertStatus.RESOLVED, alert.starts_at, rank, alert.fingerprint
