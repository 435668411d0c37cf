"""Recorded incidents with known causes, and whether an answer is the right one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import items, mapping
from sre_agent.picture.ownership import makers_of_name
from sre_agent.picture.world import Picture

CONFIDENT = 0.8
"""From here on a wrong answer misleads."""
_PLACES = ("node", "namespace", "resourcequota", "limitrange", "cluster", "persistentvolume", "storageclass")


@dataclass(frozen=True)
class Case:
    """One incident: where it lies, and what was wrong. `kind` is `app`, `node` or `namespace`; no cause: none is to be named."""

    folder: Path
    cause: str
    kind: str
    name: str


@dataclass(frozen=True)
class Mark:
    """How one incident was answered."""

    case: str
    cause: str
    entity_right: bool
    both_right: bool
    in_three: bool
    answered: str
    confidence: float

    @property
    def misled(self) -> bool:
        return bool(self.answered) and not self.both_right and self.confidence >= CONFIDENT


def cases_in(folder: Path) -> list[Case]:
    """The labelled incidents of a set; empty where the set is not there."""
    labels = folder / "labels.json"
    if not labels.is_file():
        return []
    told: Mapping[str, Any] = json.loads(labels.read_text(encoding="utf-8"))
    return [
        Case(folder / name, str(one["cause"]), str(one["entity"]["kind"]), str(one["entity"]["name"]))
        for name, one in sorted(told.items())
        if "cause" in one
    ]


def mark(case: Case, diagnosis: Diagnosis, picture: Picture) -> Mark:
    """The mark for a diagnosis; no cause named counts as wrong, and misleads nobody."""
    root = diagnosis.root
    ranked = diagnosis.hypotheses[:3] if root else ()
    if not case.cause:
        quiet = root is None
        return Mark(
            case.folder.name,
            "(nothing to name)",
            quiet,
            quiet,
            quiet,
            root.cause if root else "",
            root.confidence if root else 0.0,
        )
    right = [(one.cause == case.cause, is_meant(one.entity, case, picture)) for one in ranked]
    return Mark(
        case=case.folder.name,
        cause=case.cause,
        entity_right=bool(right) and right[0][1],
        both_right=bool(right) and all(right[0]),
        in_three=any(all(one) for one in right),
        answered=root.cause if root else "",
        confidence=root.confidence if root else 0.0,
    )


def is_meant(entity: EntityRef, case: Case, picture: Picture) -> bool:
    """Whether the blamed object is, belongs to, or is mounted by what the label names."""
    kind = entity.kind.lower()
    if case.kind == "node":
        return kind == "node" and entity.name == case.name
    if case.kind == "namespace":
        named = entity.name if kind == "namespace" else entity.namespace
        return kind in ("namespace", "resourcequota", "limitrange") and named == case.name
    return kind not in _PLACES and case.name in _workload_names(entity, picture)


def _workload_names(entity: EntityRef, picture: Picture) -> set[str]:
    obj = picture.inventory.get(entity.kind, entity.name, entity.namespace)
    names = {entity.name}
    if entity.kind in ("Pod", "ReplicaSet", "Job"):
        names |= set(makers_of_name(entity.kind, entity.name))
    if obj is not None:
        names.add(picture.inventory.top_owner(obj).name)
    if entity.kind == "PersistentVolumeClaim":
        names |= {
            work.name for work in picture.inventory.workloads if entity.name in _claims(work.pod_template())
        }
    return names


def _claims(template: Mapping[str, Any]) -> list[Any]:
    return [
        mapping(volume, "persistentVolumeClaim").get("claimName") for volume in items(template, "volumes")
    ]
