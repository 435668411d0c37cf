"""Whether an alert comes and goes again and again, and never stays."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.picture.world import Picture

FLAPS = 3
"""So many firings within the window make an alert flap."""


FLAP_WINDOW = timedelta(minutes=30)


def flaps(picture: Picture) -> str | None:
    """Why this is flapping: the alert fired again and again and never for long; None where it did not."""
    end = picture.frame.now.timestamp()
    start = end - FLAP_WINDOW.total_seconds()
    for name in {alert.name for alert in picture.frame.alerts}:
        recent = [one for one in picture.firings if one.alertname == name and one.end >= start]
        if len(recent) >= FLAPS:
            longest = max(one.end - one.start for one in recent)
            return f"{name} fired {len(recent)} times within {FLAP_WINDOW}, for {longest:.0f} s at most"
    return None
