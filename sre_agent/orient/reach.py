"""Whom a fault reaches: the names of workloads and services that would show it."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.binding import set_of_claim
from sre_agent.catalogue.families.front_doors import backends
from sre_agent.catalogue.families.services import meant_workload
from sre_agent.catalogue.machines import names_of_nodes
from sre_agent.catalogue.once import once
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj, items, mapping
from sre_agent.picture.world import Picture

WIDE = ("Namespace", "Cluster", "ResourceQuota", "LimitRange")
"""Naming one of these names no suspect."""
EVERYWHERE = frozenset(
    {
        "kube_scheduler_unavailable",
        "kube_controller_manager_unavailable",
        "kube_apiserver_unavailable",
        "etcd_unhealthy",
        "coredns_unavailable",
        "admission_webhook_unavailable",
        "api_server_throttling",
        "storage_provisioner_unavailable",
    }
)
"""Causes that lie in one place and are felt in every namespace."""
_PLACES = ("Node", "Namespace", "Cluster", "StorageClass", "PersistentVolume", "IngressClass")


@once
def names_at_home(picture: Picture) -> frozenset[str]:
    """Names of workloads and Services of the incident's own namespace."""
    home = picture.frame.namespace
    return frozenset(
        one.name
        for one in (*picture.inventory.workloads, *picture.inventory.of("Service"))
        if one.namespace == home
    )


def known_as(name: str, namespace: str, picture: Picture) -> str:
    """A name as the incident's namespace would say it: what bears the same name elsewhere is called with its namespace."""
    home = picture.frame.namespace
    if not home or namespace in ("", home) or name not in names_at_home(picture):
        return name
    return f"{namespace}/{name}"


def names_of(entity: EntityRef, picture: Picture) -> frozenset[str]:
    """Every name under which this entity goes: its workload's and its Services'."""
    if entity.kind == "Node":
        return frozenset({names_of_nodes(picture).get(entity.name, entity.name)})
    if entity.kind in _PLACES:
        return frozenset({entity.name})
    named = _bare_names(entity, picture)
    return frozenset(known_as(name, entity.namespace, picture) for name in named)


def _bare_names(entity: EntityRef, picture: Picture) -> frozenset[str]:
    inventory = picture.inventory
    obj = inventory.get(entity.kind, entity.name, entity.namespace)
    if obj is None:
        is_claim = entity.kind == "PersistentVolumeClaim"
        workload = (set_of_claim(picture, entity.name, entity.namespace) if is_claim else None) or (
            inventory.workload_named(entity.name, entity.namespace)
        )
        return frozenset({entity.name}) | (_bare(workload, picture) if workload else frozenset())
    if obj.kind == "Service":
        behind = inventory.workloads_behind(obj) or tuple(filter(None, [meant_workload(picture, obj)]))
        return frozenset({obj.name, *(workload.name for workload in behind)})
    if obj.kind == "Ingress":
        return frozenset({obj.name, *backends(obj), *_hosts(obj)})
    if users := _users(obj, picture):
        return frozenset({obj.name}) | _joined(_bare(user, picture) for user in users)
    return _bare(inventory.top_owner(obj), picture)


def _hosts(ingress: Obj) -> set[str]:
    """Names that people outside call it by."""
    told = {one.get("host") for one in ingress.items("spec", "rules")}
    return {str(one) for one in told if one}


def _bare(workload: Obj, picture: Picture) -> frozenset[str]:
    return frozenset({workload.name, *(service.name for service in picture.inventory.services_of(workload))})


def _workload_names(workload: Obj, picture: Picture) -> frozenset[str]:
    return frozenset(known_as(name, workload.namespace, picture) for name in _bare(workload, picture))


def _users(obj: Obj, picture: Picture) -> list[Obj]:
    """Workloads that a claim, a scaler or a budget is for."""
    workloads = [work for work in picture.inventory.workloads if work.namespace == obj.namespace]
    if obj.kind == "PersistentVolumeClaim":
        return [work for work in workloads if obj.name in claims_of(work) or _mounts(picture, work, obj.name)]
    if obj.kind == "HorizontalPodAutoscaler":
        return [work for work in workloads if work.name == obj.dig("spec", "scaleTargetRef", "name")]
    if obj.kind == "PodDisruptionBudget" and (wanted := obj.mapping("spec", "selector", "matchLabels")):
        return [work for work in workloads if wanted.items() <= work.template_labels().items()]
    return []


def _mounts(picture: Picture, workload: Obj, claim: str) -> bool:
    """Whether one of its pods does, whose template does not say so."""
    volumes = (one for pod in picture.inventory.pods_of(workload) for one in pod.items("spec", "volumes"))
    return any(mapping(one, "persistentVolumeClaim").get("claimName") == claim for one in volumes)


def claims_of(workload: Obj) -> set[str]:
    """Names of the claims that a workload mounts; those made from a template carry the workload's name."""
    named = {
        str(mapping(volume, "persistentVolumeClaim").get("claimName"))
        for volume in items(workload.pod_template(), "volumes")
        if mapping(volume, "persistentVolumeClaim").get("claimName")
    }
    made = {
        f"{template.get('metadata', {}).get('name')}-{workload.name}-{number}"
        for template in workload.items("spec", "volumeClaimTemplates")
        for number in range(10)
    }
    return named | made


def reached_by(entity: EntityRef, picture: Picture, *, everywhere: bool = False) -> frozenset[str]:
    """Names that a fault of this entity can make ill: its own, and everyone whose calls lead to them."""
    own = names_of(entity, picture)
    if everywhere:
        own |= _joined(_workload_names(workload, picture) for workload in picture.inventory.workloads)
    elif entity.kind == "Node":
        own |= _on_node(next(iter(own)), picture)
    elif entity.kind in WIDE:
        own |= _nodes_in_focus(entity, picture)
        within = [work for work in picture.inventory.workloads if _within(work, entity)]
        own |= _joined(_workload_names(workload, picture) for workload in within)
    return own | frozenset(name for one in own for name in picture.upstream_of(one))


def _nodes_in_focus(place: EntityRef, picture: Picture) -> frozenset[str]:
    """Nodes that the alerts are about: a fault of the whole cluster reaches each of them."""
    named = {one.name for one in picture.frame.entities if one.kind == "Node"}
    return frozenset(named if place.kind == "Cluster" else ())


def _within(workload: Obj, place: EntityRef) -> bool:
    return place.kind == "Cluster" or workload.namespace == place.name


def _on_node(node: str, picture: Picture) -> frozenset[str]:
    pods = [pod for pod in picture.inventory.pods if pod.dig("spec", "nodeName") == node]
    workloads = {id(top): top for pod in pods if (top := picture.inventory.top_owner(pod)) is not None}
    return _joined(_workload_names(workload, picture) for workload in workloads.values())


def focus_names(picture: Picture) -> frozenset[str]:
    """Names that the alerts or the question are about; empty where they name no suspect."""
    return _joined(names_of(entity, picture) for entity in picture.frame.entities if entity.kind not in WIDE)


def _joined(several: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*several)
