"""All causes, in the order of their layers; the one place that knows the families."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sre_agent.catalogue.cause import Cause, Entry
from sre_agent.catalogue.families import (
    capacity,
    crashes,
    databases,
    dependencies,
    evictions,
    front_doors,
    images,
    load,
    nodes,
    probes,
    releases,
    replicas,
    scheduling,
    services,
    spreading,
)
from sre_agent.errors import NotFound

_FAMILIES = (
    nodes,
    scheduling,
    capacity,
    spreading,
    evictions,
    images,
    crashes,
    probes,
    replicas,
    load,
    services,
    front_doors,
    databases,
    dependencies,
    releases,
)


@cache
def entries() -> Mapping[str, Entry]:
    """Cause code → entry. Two entries of one code are a mistake that stops the program."""
    found: dict[str, Entry] = {}
    for family in _FAMILIES:
        for entry in family.ENTRIES:
            if entry.cause.code in found:
                raise ValueError(f"cause {entry.cause.code} stands in two families; keep one")
            found[entry.cause.code] = entry
    return found


def cause(code: str) -> Cause:
    """Raises NotFound for a code that the catalogue does not have."""
    try:
        return entries()[code].cause
    except KeyError:
        raise NotFound(f"no cause {code!r} in the catalogue; `sre-agent causes` lists them") from None
