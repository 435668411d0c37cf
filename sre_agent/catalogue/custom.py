"""Objects of kinds that the picture has no name for: custom resources, under their kind or their plural."""

from __future__ import annotations

from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture


def of_kind(picture: Picture, kind: str, plural: str) -> tuple[Obj, ...]:
    """All of a kind; in a list whose items do not say their kind, the plural stands for it."""
    return (*picture.inventory.of(kind), *picture.inventory.of(plural))
