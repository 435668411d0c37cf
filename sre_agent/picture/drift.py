"""Settings that are no longer what was last applied.

`kubectl apply` keeps the applied form in an annotation
(https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/); an edit by hand leaves it as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sre_agent.domain.evidence import Citation
from sre_agent.picture.inventory import Inventory
from sre_agent.picture.objects import Obj, items, mapping
from sre_agent.picture.source import as_written
from sre_agent.picture.topology import config_maps_of

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Drift:
    """One key of a ConfigMap: its value now, and when it was last applied (None: the key was not there)."""

    holder: Obj
    key: str
    now: str
    applied: str | None

    def quote_now(self) -> Citation:
        return self.holder.source.quote(as_written(self.key, self.now))

    def quote_applied(self) -> tuple[Citation, ...]:
        if self.applied is None:
            return ()
        inside = json.dumps(f'"{self.key}":{json.dumps(self.applied)}')[1:-1]
        return (self.holder.source.quote(inside),)


def last_applied(obj: Obj) -> Mapping[str, Any] | None:
    """The form in which the object was last applied; None where it was not applied, or cannot be read."""
    text = obj.annotations.get(LAST_APPLIED)
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def config_maps_read_by(workload: Obj, inventory: Inventory) -> Iterator[Obj]:
    """ConfigMaps that a workload's containers bind or mount."""
    names = [
        name
        for init in (True, False)
        for one in workload.containers(init=init)
        for name in config_maps_of(one)
    ]
    for volume in items(workload.pod_template(), "volumes"):
        if name := mapping(volume, "configMap").get("name"):
            names.append(str(name))
    for name in dict.fromkeys(names):
        if found := inventory.get("ConfigMap", name, workload.namespace):
            yield found


def drifts_of(workload: Obj, inventory: Inventory) -> Iterator[Drift]:
    """Keys of its ConfigMaps that differ from what was last applied."""
    for holder in config_maps_read_by(workload, inventory):
        applied = last_applied(holder)
        if applied is None:
            continue
        before = mapping(applied, "data")
        for key, now in holder.mapping("data").items():
            if now != before.get(key):
                yield Drift(holder, str(key), str(now), before.get(key))
