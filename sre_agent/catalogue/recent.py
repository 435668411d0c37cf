"""What people changed shortly before it began, and whether the workload that it touched began to suffer after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_agent.catalogue.addresses import workload_at
from sre_agent.catalogue.cause import FAIR
from sre_agent.catalogue.hearing import Saying, sayings
from sre_agent.catalogue.rollouts import CLOCKS
from sre_agent.catalogue.slowness import conditions
from sre_agent.domain.evidence import Citation
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import ChangeSeen, Picture

BEFORE = timedelta(hours=2)
"""A change this long before the onset may still have brought it about."""

SOON = timedelta(minutes=30)


def staleness(picture: Picture, seen: ChangeSeen) -> float:
    """Doubt of a change that ran well for a while before anything was wrong."""
    return FAIR if picture.onset - seen.change.at > SOON else 0.0


@dataclass(frozen=True, eq=False)
class Suffering:
    """How a workload suffers since a moment: measured, unready, or in its own words."""

    words: tuple[Saying, ...]
    citations: tuple[Citation, ...]

    def __bool__(self) -> bool:
        return bool(self.citations)


def changed_before(picture: Picture, *kinds: str) -> Iterator[tuple[ChangeSeen, Obj]]:
    """(change, workload) of those kinds shortly before the onset; what came after the first symptom is innocent."""
    for seen in picture.changes:
        change = seen.change
        if change.kind in kinds and picture.onset - BEFORE <= change.at <= picture.onset + CLOCKS:
            workload = touched(picture, seen)
            if workload is not None:
                yield seen, workload


def touched(picture: Picture, seen: ChangeSeen) -> Obj | None:
    """The workload that a change is for: by its service, else the one whose name stands in title or diff."""
    if seen.change.service:
        return workload_at(picture, seen.change.service, picture.frame.namespace)
    text = f"{seen.change.title}\n{seen.change.diff or ''}"
    named = [
        one
        for one in picture.inventory.workloads
        if one.namespace == picture.frame.namespace
        and re.search(rf"(?<![\w-]){re.escape(one.name)}(?![\w-])", text)
    ]
    return named[0] if len(named) == 1 else None


def quote_change(seen: ChangeSeen) -> Citation:
    return seen.source.quote(
        seen.change.title.split(" ", 1)[-1] if seen.change.title[:1] == "#" else seen.change.title
    )


def suffering(picture: Picture, workload: Obj, since: datetime) -> Suffering:
    """Its own signs of illness that began after a moment."""
    condition = conditions(picture).get(workload.name)
    measured = tuple(one.quote() for one in condition.told()[:2]) if condition and condition.suffers else ()
    words = tuple(
        one
        for one in sayings(picture)
        if one.speaker.ref == workload.ref
        and one.line.is_error
        and not one.usual
        and _began_after(one, since)
    )
    unready = [pod for pod in picture.inventory.live_pods_of(workload) if not is_ready(pod)]
    states = (unready[0].quote("metadata", "name"),) if unready else ()
    return Suffering(words, (*(one.quote() for one in words[-2:]), *measured, *states))


def _began_after(saying: Saying, since: datetime) -> bool:
    return saying.first is None or saying.first >= since - CLOCKS
