"""Whether an alert flaps, with hysteresis: it takes many firings to begin, and a quiet or a steady time to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sre_agent.domain.law import Input
from sre_agent.policy.restraints import FLAPPING

WINDOW: Final = timedelta(minutes=30)
FIRINGS: Final = 3
"""So many beginnings within the window, and it flaps from then on …"""
STEADY: Final = timedelta(minutes=15)
"""… until it has neither begun nor ended for so long."""
LOOKED_BACK: Final = timedelta(hours=2)

Firing = tuple[datetime, datetime]


def flaps(firings: Sequence[Firing], now: datetime) -> bool:
    """Whether it flaps now, by when it fired; stretches may overlap the window's edges."""
    known = sorted(firing for firing in firings if firing[0] <= now)
    begins = [begin for begin, _ in known]
    edges = sorted({edge for firing in known for edge in firing if edge <= now} | {now})
    flapping = False
    for before, edge in pairwise(edges):
        flapping = flapping or _began_often(begins, before)
        if edge - before >= STEADY:
            flapping = False
    return flapping


def _began_often(begins: Sequence[datetime], at: datetime) -> bool:
    return sum(at - WINDOW < begin <= at for begin in begins) >= FIRINGS


def flapping_of(histories: Sequence[tuple[str, Sequence[Firing]]], now: datetime) -> Input:
    """For each alert its name and when it fired; alerts of one name with other labels are others."""
    if not histories:
        return Input(name=FLAPPING, value="no", why="no alert of this incident fires")
    restless = sorted({name for name, firings in histories if flaps(firings, now)})
    if restless:
        why = f"{', '.join(restless)} began to fire again and again within the last two hours"
        return Input(name=FLAPPING, value="yes", why=why)
    most = max(len(firings) for _, firings in histories)
    return Input(name=FLAPPING, value="no", why=f"no alert of it fired more than {most} times in two hours")
