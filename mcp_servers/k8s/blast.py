"""What a change can hurt: pods touched, replicas before and after, and what disruption budgets say. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from mcp_servers.k8s import shape
from mcp_servers.k8s.shape import Json
from mcp_servers.kit.contract import Blast, Budget

if TYPE_CHECKING:
    from mcp_servers.k8s.change import Around


def of_scaling(item: Json, replicas: int, around: Around) -> Blast:
    before = int(shape.spec(item).get("replicas", 1))
    notes = list(around.notes)
    if replicas < before:
        notes += budget_notes(around.budgets, around.pods)
    if replicas == 0:
        notes.append("No pod is left to serve.")
    return Blast(
        pods=abs(replicas - before),
        replicas_before=before,
        replicas_after=replicas,
        notes=notes,
        **_hurt(max(before - replicas, 0), around.pods, around),
    )


def of_template(item: Json, around: Around) -> Blast:
    """A new template replaces every pod, as fast as the strategy allows."""
    replicas = shape.spec(item).get("replicas")
    count = len(_live(around.pods)) if replicas is None else int(replicas)
    notes = [_strategy(item), *budget_notes(around.budgets, around.pods), *around.notes]
    return Blast(
        pods=max(count, len(_live(around.pods))),
        replicas_before=count,
        replicas_after=count,
        notes=notes,
        **_hurt(at_one_time(item, count), around.pods, around),
    )


def of_selection(before: dict[str, str], after: dict[str, str], pods: Sequence[Json]) -> Blast:
    """A Service's selector: the pods that come, and the pods that go."""
    old = {shape.name_of(pod) for pod in _live(pods) if shape.selects(before, pod)}
    new = [pod for pod in _live(pods) if shape.selects(after, pod)]
    names = {shape.name_of(pod) for pod in new}
    ready = _ready(new)
    served = [pod for pod in _live(pods) if shape.name_of(pod) in old and shape.is_ready(pod)]
    gone = sum(1 for pod in served if shape.name_of(pod) not in names)
    notes = [f"It selects {len(old)} pods now and {len(names)} after, of which {ready} are ready."]
    if not names:
        notes.append("No pod has these labels: the Service would have nobody to send to.")
    return Blast(pods=len(old ^ names), away=gone, ready=len(served), budget="none", notes=notes)


def of_service(selector: dict[str, str], pods: Sequence[Json]) -> Blast:
    chosen = [pod for pod in _live(pods) if shape.selects(selector, pod)]
    ready = _ready(chosen)
    notes = [f"Traffic to {len(chosen)} pods goes this way."]
    return Blast(pods=len(chosen), away=ready, ready=ready, budget="none", notes=notes)


def of_config(name: str, key: str, pods: Sequence[Json]) -> Blast:
    """A ConfigMap's key: which pods read it, and when they would notice."""
    readers = [pod for pod in _live(pods) if _reads(pod, name)]
    at_start = [pod for pod in readers if _reads_at_start(pod, name)]
    notes = [f"{len(readers)} pods read this ConfigMap."]
    if at_start:
        notes.append(
            f"{len(at_start)} of them read it only when they start; restart them for {key} to count."
        )
    if len(readers) > len(at_start):
        notes.append("Where it is mounted as files, the kubelet brings the new text within about a minute.")
    return Blast(pods=len(readers), away=0, ready=_ready(readers), budget="none", notes=notes)


def of_pod(pod: Json, around: Around) -> Blast:
    owner = shape.controller(pod)
    notes = [*budget_notes(around.budgets, [pod]), *around.notes]
    if owner is None:
        notes.append("Nothing manages this pod: it will not come back.")
    else:
        notes.append(f"{owner.get('kind')} {owner.get('name')} makes another in its place.")
    return Blast(pods=1, notes=notes, **_hurt(int(shape.is_ready(pod)), around.pods, around, [pod]))


def of_node(pods: Sequence[Json]) -> Blast:
    notes = [f"{len(pods)} pods run there and stay; no new one comes."]
    return Blast(pods=0, away=0, budget="none", notes=notes)


def at_one_time(item: Json, count: int) -> int:
    """Most pods of a workload that are away at one time while its template changes, by its strategy.

    As the controllers count: of a Deployment a quarter, rounded down, but never nothing at all where it may
    not surge either; of a DaemonSet one, percentages rounded up; of a StatefulSet one.
    """
    told = shape.spec(item).get("strategy") or shape.spec(item).get("updateStrategy") or {}
    kind, limits = told.get("type", "RollingUpdate"), told.get("rollingUpdate") or {}
    if kind in ("Recreate", "OnDelete"):
        return count if kind == "Recreate" else 0
    if item.get("kind") != "Deployment":
        return min(count, _share(limits.get("maxUnavailable", 1), count, math.ceil))
    away = _share(limits.get("maxUnavailable", "25%"), count, math.floor)
    surge = _share(limits.get("maxSurge", "25%"), count, math.ceil)
    return min(count, away or (0 if surge else 1))


def _share(limit: Any, count: int, rounded: Callable[[float], int]) -> int:
    text = str(limit)
    return rounded(int(text[:-1]) * count / 100) if text.endswith("%") else int(text)


def _hurt(away: int, pods: Sequence[Json], around: Around, covered: Sequence[Json] = ()) -> Harm:
    """`covered`: the pods that budgets are asked about, where it is not all of them."""
    ready = None if "pods" in around.gaps else _ready(_live(pods))
    return Harm(away=away, ready=ready, budget=_budget(away, covered or pods, around))


class Harm(TypedDict):
    away: int
    ready: int | None
    budget: Budget


def _budget(away: int, pods: Sequence[Json], around: Around) -> Budget:
    if "poddisruptionbudgets" in around.gaps or "pods" in around.gaps:
        return "unknown"
    allowed = [
        int(shape.status(budget).get("disruptionsAllowed") or 0)
        for budget in around.budgets
        if any(_covers(shape.spec(budget).get("selector") or {}, pod) for pod in pods)
    ]
    if not allowed:
        return "none"
    return "exceeded" if away > min(allowed) else "allows"


def _ready(pods: Iterable[Json]) -> int:
    return sum(1 for pod in pods if shape.is_ready(pod))


def budget_notes(budgets: Iterable[Json], pods: Sequence[Json]) -> list[str]:
    """What each PodDisruptionBudget that covers one of these pods still allows."""
    notes = []
    for budget in budgets:
        selector = shape.spec(budget).get("selector") or {}
        if any(_covers(selector, pod) for pod in pods):
            allowed = shape.status(budget).get("disruptionsAllowed", 0)
            notes.append(f"PodDisruptionBudget {shape.name_of(budget)} allows {allowed} disruptions now.")
    return notes


def _covers(selector: Json, pod: Json) -> bool:
    wanted = selector.get("matchLabels") or {}
    found = shape.labels(pod)
    return all(found.get(key) == value for key, value in wanted.items())


def _strategy(item: Json) -> str:
    told = shape.spec(item).get("strategy") or shape.spec(item).get("updateStrategy") or {}
    kind = told.get("type", "RollingUpdate")
    if kind == "Recreate":
        return "All pods stop before new ones start (Recreate)."
    if kind == "OnDelete":
        return "Pods are replaced only as they are deleted (OnDelete)."
    limits = told.get("rollingUpdate") or {}
    told_limits = ", ".join(
        f"{name} {limits[name]}" for name in ("maxUnavailable", "maxSurge") if name in limits
    )
    return f"Pods are replaced step by step ({told_limits or kind})."


def _live(pods: Iterable[Json]) -> list[Json]:
    return [pod for pod in pods if shape.is_live(pod)]


def _reads(pod: Json, name: str) -> bool:
    mounted = any(
        (volume.get("configMap") or {}).get("name") == name
        or any((part.get("configMap") or {}).get("name") == name for part in _projected(volume))
        for volume in shape.spec(pod).get("volumes") or []
    )
    return mounted or _reads_at_start(pod, name)


def _projected(volume: Json) -> list[Json]:
    return (volume.get("projected") or {}).get("sources") or []


def _reads_at_start(pod: Json, name: str) -> bool:
    for container in shape.containers(pod):
        whole = (entry.get("configMapRef") or {} for entry in container.get("envFrom") or [])
        single = (
            (entry.get("valueFrom") or {}).get("configMapKeyRef") or {}
            for entry in container.get("env") or []
        )
        if any(reference.get("name") == name for reference in (*whole, *single)):
            return True
    return False
