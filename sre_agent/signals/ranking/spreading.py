"""How symptoms spread along the calls: whose are covered by those it calls, whose are its own, whom one reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

Graph = Sequence[tuple[str, str]]
"""Calls: (caller, callee)."""
_TAKEN_OFF: Final = 0.85


def covered_by_callees(symptoms: Mapping[str, float], graph: Graph) -> defaultdict[str, float]:
    """The share of all symptoms that stand at the service or at those that call it, directly or through others."""
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for caller, callee in graph:
        callers[callee].add(caller)
    total = sum(symptoms.values())
    covered: defaultdict[str, float] = defaultdict(float)
    for service in symptoms if total else ():
        above = _all_from(service, callers)
        covered[service] = sum(symptoms.get(each, 0.0) for each in above) / total
    return covered


def _all_from(service: str, steps: Mapping[str, set[str]]) -> set[str]:
    """The service and all that can be reached from it."""
    found, ahead = {service}, [service]
    while ahead:
        new = steps.get(ahead.pop(), set()) - found
        found |= new
        ahead += sorted(new)
    return found


def own_symptoms(
    symptoms: Mapping[str, float], graph: Graph, explained: Mapping[tuple[str, str], float] | None = None
) -> defaultdict[str, float]:
    """What is left of a service's symptoms when those of its callees are taken off.

    `explained`: for a call, the share of the caller's that the callee accounts for however small its own figure is.
    """
    shares = explained or {}
    callees: defaultdict[str, set[str]] = defaultdict(set)
    for caller, callee in graph:
        callees[caller].add(callee)
    own: defaultdict[str, float] = defaultdict(float)
    for service, strength in symptoms.items():
        below = max(
            (
                max(symptoms.get(callee, 0.0), shares.get((service, callee), 0.0) * strength)
                for callee in callees[service]
            ),
            default=0.0,
        )
        own[service] = max(0.0, strength - _TAKEN_OFF * min(below, strength))
    return own


def reached_from(target: str, graph: Graph) -> set[str]:
    """The target and all that it calls, directly or through others; empty where that is not known."""
    callees: defaultdict[str, set[str]] = defaultdict(set)
    for caller, callee in graph:
        callees[caller].add(callee)
    return _all_from(target, callees) if any(target in edge for edge in graph) else set()
