"""All remedies by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sre_agent.catalogue.index import cause
from sre_agent.catalogue.remedies import placement, places, workloads
from sre_agent.catalogue.remedy import Remedy


@cache
def remedies() -> Mapping[str, Remedy]:
    return {remedy.name: remedy for family in (workloads, places, placement) for remedy in family.REMEDIES}


def remedies_for(code: str) -> tuple[Remedy, ...]:
    """What may help against a cause, the best first; instructions for a person always come last."""
    named = dict.fromkeys((*cause(code).remedies, "tell_a_person"))
    return tuple(remedies()[name] for name in named)
