"""Why a program is slow by its own account: then neither the network nor its load is to blame for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.hearing import sayings
from sre_agent.catalogue.once import once
from sre_agent.catalogue.said import pattern
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

_WAITS = pattern(
    r"(?:connection|pool).{0,60}(?:is not available, request )?timed out .{0,60}(?:active|waiting|idle)=\d|pool (?:is )?(?:exhausted|timeout)|QueuePool limit",
    r"RejectedExecutionException|TaskRejectedException|(?:thread|worker)s?[ -]?pool.{0,40}(?:exhausted|is full|saturated|starvation)",
    r"Pause Full .{0,80}\d{4,}(?:\.\d+)?ms|GC overhead limit exceeded|overhead, spent \[\d+(?:\.\d+)?s\]|GC pause .{0,60}\d{4,}(?:\.\d+)? ?ms",
    r"Ineffective mark-compacts near heap limit|lock wait timeout exceeded|deadlock (?:found|detected)",
)
_QUERIES = pattern(
    r"duration: \d{4,}(?:\.\d+)? ms\s+(?:statement|execute|parse|bind)", r"# Query_time: (?:[3-9]|\d{2,})", r"\bslow query\b", r"\bCOLLSCAN\b"
)  # fmt: skip
_MEMORY = re.compile(r"memory.*(?:working_set|rss)|resident.*bytes", re.I)
SWOLLEN = 2.0
"""Memory so many times the usual, in a program that became slow, is not the network's doing."""


def slow_by_itself(picture: Picture, workload: Obj) -> bool:
    """It says so, or its memory has swollen."""
    return workload.ref in _waiting(picture) or _is_swollen(picture, workload)


def slow_by_queries(picture: Picture, ref: EntityRef) -> bool:
    """A store that logs its slow queries: its processor is busy with them."""
    return ref in _querying(picture)


@once
def _waiting(picture: Picture) -> frozenset[EntityRef]:
    return _saying(picture, _WAITS)


@once
def _querying(picture: Picture) -> frozenset[EntityRef]:
    return _saying(picture, _QUERIES)


def _saying(picture: Picture, words: re.Pattern[str]) -> frozenset[EntityRef]:
    return frozenset(one.speaker.ref for one in sayings(picture) if not one.usual and words.search(one.text))


def _is_swollen(picture: Picture, workload: Obj) -> bool:
    for series in picture.series:
        if _MEMORY.search(series.name) and _is_about(series.labels.values(), workload.name):
            shift = shift_of(series, picture)
            if shift and shift.before > 0 and shift.during >= SWOLLEN * shift.before:
                return True
    return False


def _is_about(values: Iterable[str], name: str) -> bool:
    return any(one == name or one.startswith(f"{name}-") for one in values)
