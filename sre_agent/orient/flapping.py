"""Whether an alert comes and goes again and again, and never stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sre_agent.picture.world import Firing, Picture

FLAPS = 3
"""So many firings within the window make an alert flap."""
COMES_BACK = 2
"""So many, and it may be about to flap: it ended and began again."""
FLAP_WINDOW = timedelta(minutes=30)


def flaps(picture: Picture) -> str | None:
    """Why this is flapping: the alert fired again and again and never for long; None where it did not."""
    for name, recent in _recent(picture).items():
        if len(recent) >= FLAPS:
            longest = max(one.end - one.start for one in recent)
            return f"{name} fired {len(recent)} times within {FLAP_WINDOW}, for {longest:.0f} s at most"
    return None


def comes_back(picture: Picture) -> str | None:
    """The alert that ended and began again, too seldom yet to call it flapping; None where none did so."""
    for name, recent in _recent(picture).items():
        if COMES_BACK <= len(recent) < FLAPS:
            return f"{name} fired {len(recent)} times within {FLAP_WINDOW}: it flaps, or what it told of has recovered"
    return None


def _recent(picture: Picture) -> Mapping[str, list[Firing]]:
    """Alert → its firings within the window."""
    start = picture.frame.now.timestamp() - FLAP_WINDOW.total_seconds()
    names = sorted({alert.name for alert in picture.frame.alerts})
    return {
        name: [one for one in picture.firings if one.alertname == name and one.end >= start] for name in names
    }
