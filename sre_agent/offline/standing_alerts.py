"""Which of a recording's alerts its incident is about: not those that fire to prove that alerting works, nor those that have stood for days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sre_agent.domain.alert import Alert
from sre_agent.intake.settings import IntakeSettings

STANDING = timedelta(hours=12)
"""An alert that began so long before the newest one was there before the incident, and tells nothing of when that began."""
_MARKS = IntakeSettings()
_NEVER = _MARKS.heartbeats | _MARKS.inhibitors


def of_incident(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """Those that speak of the incident; all of them where none would be left."""
    telling = [one for one in alerts if one.name not in _NEVER] or list(alerts)
    newest = max((one.starts_at for one in telling), default=None)
    if newest is None:
        return ()
    return tuple(one for one in telling if newest - one.starts_at <= STANDING)
