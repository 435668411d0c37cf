"""Failures handed on by something that is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.looking import series_of
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

_CALL_FAILED = re.compile(
    r"connection refused|no such host|timed? ?out|timeout|deadline exceeded|unavailable|bad gateway|\b50[0234]\b"
    r"|upstream|connect error|reset by peer|no route to host",
    re.I,
)


def _failing_callees(picture: Picture) -> Iterable[Lead]:
    for caller in picture.inventory.workloads:
        for callee in picture.calls.get(caller.name, ()):
            lines = list(_complaints(picture, caller, callee))
            target = picture.inventory.workload_named(callee, caller.namespace)
            if not lines or target is None:
                continue
            ill = _is_ill(picture, target)
            yield Lead(
                cause="upstream_dependency_failure",
                entity=target.ref,
                weight=STRONG if ill else FAIR - SLIGHT,
                statement=f"{caller.ref} fails because its calls to {callee} fail.",
                citations=tuple(line.quote() for line in lines[-2:]),
                hints={"caller": caller.name, "callee": callee},
            )


def _complaints(picture: Picture, caller: Obj, callee: str) -> Iterator[LogLine]:
    named = re.compile(rf"\b{re.escape(callee)}\b", re.I)
    for line in picture.errors_of(caller):
        if named.search(line.words) and _CALL_FAILED.search(line.words):
            yield line


def _is_ill(picture: Picture, workload: Obj) -> bool:
    """Whether its own errors or latency rose too."""
    shifts = (shift_of(one, picture) for one in series_of(picture, workload, "errors", "latency"))
    return any(shift and shift.is_marked and shift.z > 0 for shift in shifts)


ENTRIES = (
    Entry(
        Cause(
            code="upstream_dependency_failure",
            layer=Layer.INTEGRATION,
            entity_kinds=("Deployment", "StatefulSet", "Service"),
            title="Something it calls fails",
            description="Callers fail because the named dependency fails, and nothing more exact is known of it.",
            supports=("callers' errors name the dependency",),
            rules_out=("the dependency answers as it did before",),
            neighbours=(
                Neighbour("upstream_timeout", "calls end by the caller's time limit, not by an error"),
            ),
            remedies=("tell_a_person",),
            depth=Depth.SYMPTOM,
        ),
        _failing_callees,
    ),
)
