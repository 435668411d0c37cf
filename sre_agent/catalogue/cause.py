"""What the catalogue is made of: a cause as data, and the lead that a rule finds in a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from pydantic import JsonValue

from sre_agent.domain.diagnosis import Change, Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.world import Picture


class Depth(IntEnum):
    """How far down the causal chain a cause of this kind lies."""

    SYMPTOM = 0
    """Nearly always somebody else's doing: named only when nothing deeper explains it."""
    PROXIMATE = 1
    """The mechanism that broke; often brought about by something deeper."""
    ROOT = 2
    """What a person would change."""


DECISIVE = 6.0
"""The observation has no other common explanation."""
STRONG = 4.0
FAIR = 2.5
SLIGHT = 1.0
"""Weights are natural-log odds: what an observation adds to the belief in a cause."""


@dataclass(frozen=True)
class Neighbour:
    """What a cause is mistaken for, and the one observation that tells them apart."""

    code: str
    told_apart_by: str


@dataclass(frozen=True)
class Cause:
    """One failure mode, written so that two engineers would pick the same one."""

    code: str
    layer: Layer
    entity_kinds: tuple[str, ...]
    title: str
    description: str
    supports: tuple[str, ...]
    rules_out: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]
    remedies: tuple[str, ...]
    depth: Depth = Depth.ROOT


@dataclass(frozen=True)
class Lead:
    """One rule's finding: a cause that this picture supports, for one entity, with its words.

    `hints` are values read from objects that a remedy will need (container, key, port, old value). `unseen` names the
    source that would have refuted it and was not collected: such a lead is never believed enough to mislead.
    """

    cause: str
    entity: EntityRef
    weight: float
    statement: str
    citations: tuple[Citation, ...]
    change: Change | None = None
    hints: Mapping[str, JsonValue] = field(default_factory=dict)
    unseen: str = ""


Finder = Callable[[Picture], Iterable[Lead]]


@dataclass(frozen=True)
class Entry:
    """A cause and the pure rule that looks for it."""

    cause: Cause
    find: Finder
