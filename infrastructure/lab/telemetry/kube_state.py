"""kube-state-metrics: a subset of it, under its own names, from the API's objects. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from infrastructure.lab.kube.objects.quantity import parse
from infrastructure.lab.telemetry.exposition import Exposition, Labels
from infrastructure.lab.telemetry.kube_pods import UNITS, Object, add_pods, seconds

Read = Callable[[str], Iterable[Object]]
"""plural → all objects of that kind."""
NODE_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


def kube_state_page(read: Read) -> str:
    page = Exposition()
    add_pods(page, read("pods"))
    for plural, add in _FAMILIES.items():
        for thing in read(plural):
            add(page, thing)
    return page.text()


def _named(thing: Object, label: str) -> Labels:
    meta = thing["metadata"]
    place = {"namespace": meta["namespace"]} if meta.get("namespace") else {}
    return {**place, label: meta["name"]}


def _numbers(page: Exposition, prefix: str, labels: Labels, numbers: dict[str, Any]) -> None:
    for name, value in numbers.items():
        page.add(f"{prefix}_{name}", float(value or 0), labels)


def _deployment(page: Exposition, thing: Object) -> None:
    at, spec, status = _named(thing, "deployment"), thing["spec"], thing.get("status") or {}
    numbers = {
        "spec_replicas": spec.get("replicas", 1),
        "spec_paused": spec.get("paused", False),
        "status_replicas": status.get("replicas"),
        "status_replicas_ready": status.get("readyReplicas"),
        "status_replicas_available": status.get("availableReplicas"),
        "status_replicas_unavailable": status.get("unavailableReplicas"),
        "status_replicas_updated": status.get("updatedReplicas"),
        "status_observed_generation": status.get("observedGeneration"),
        "metadata_generation": thing["metadata"].get("generation"),
        "created": seconds(thing["metadata"].get("creationTimestamp")),
    }
    _numbers(page, "kube_deployment", at, numbers)
    for one in status.get("conditions") or ():
        for answer in ("true", "false", "unknown"):
            labels = {**at, "condition": one["type"], "status": answer}
            page.add("kube_deployment_status_condition", float(one["status"].lower() == answer), labels)


def _replicaset(page: Exposition, thing: Object) -> None:
    at, status = _named(thing, "replicaset"), thing.get("status") or {}
    owner: Object = next(iter(thing["metadata"].get("ownerReferences") or ()), {})
    whose = {"owner_kind": owner.get("kind", ""), "owner_name": owner.get("name", "")}
    page.add("kube_replicaset_owner", 1, {**at, **whose, "owner_is_controller": "true"})
    numbers = {
        "spec_replicas": thing["spec"].get("replicas"),
        "status_ready_replicas": status.get("readyReplicas"),
    }
    _numbers(page, "kube_replicaset", at, numbers)


def _statefulset(page: Exposition, thing: Object) -> None:
    status = thing.get("status") or {}
    numbers = {
        "replicas": thing["spec"].get("replicas", 1),
        "status_replicas": status.get("replicas"),
        "status_replicas_ready": status.get("readyReplicas"),
        "status_replicas_available": status.get("availableReplicas"),
        "status_replicas_updated": status.get("updatedReplicas"),
        "metadata_generation": thing["metadata"].get("generation"),
        "status_observed_generation": status.get("observedGeneration"),
    }
    _numbers(page, "kube_statefulset", _named(thing, "statefulset"), numbers)


def _node(page: Exposition, thing: Object) -> None:
    at, spec, status = _named(thing, "node"), thing.get("spec") or {}, thing.get("status") or {}
    about = status.get("nodeInfo") or {}
    info = {"kubelet_version": about.get("kubeletVersion", ""), "os_image": about.get("osImage", "")}
    page.add("kube_node_info", 1, {**at, **info})
    page.add("kube_node_spec_unschedulable", float(spec.get("unschedulable", False)), at)
    for taint in spec.get("taints") or ():
        labels = {"key": taint["key"], "value": taint.get("value", ""), "effect": taint["effect"]}
        page.add("kube_node_spec_taint", 1, {**at, **labels})
    found = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    for condition in NODE_CONDITIONS:
        for answer in ("true", "false", "unknown"):
            value = float(found.get(condition, "Unknown").lower() == answer)
            page.add("kube_node_status_condition", value, {**at, "condition": condition, "status": answer})
    for part in ("allocatable", "capacity"):
        for resource, amount in (status.get(part) or {}).items():
            labels = {**at, "resource": resource, "unit": UNITS.get(resource, "integer")}
            page.add(f"kube_node_status_{part}", float(parse(amount)), labels)


def _service(page: Exposition, thing: Object) -> None:
    page.add(
        "kube_service_info", 1, {**_named(thing, "service"), "cluster_ip": thing["spec"].get("clusterIP", "")}
    )


def _endpoints(page: Exposition, thing: Object) -> None:
    at = _named(thing, "endpoint")
    subsets = thing.get("subsets") or ()
    page.add("kube_endpoint_info", 1, at)
    page.add("kube_endpoint_address_available", sum(len(s.get("addresses") or ()) for s in subsets), at)
    page.add(
        "kube_endpoint_address_not_available", sum(len(s.get("notReadyAddresses") or ()) for s in subsets), at
    )


def _config_map(page: Exposition, thing: Object) -> None:
    at, meta = _named(thing, "configmap"), thing["metadata"]
    page.add("kube_configmap_info", 1, at)
    page.add("kube_configmap_created", seconds(meta.get("creationTimestamp")), at)


def _ingress(page: Exposition, thing: Object) -> None:
    at = _named(thing, "ingress")
    page.add("kube_ingress_info", 1, at)
    for tls in thing["spec"].get("tls") or ():
        for host in tls.get("hosts") or ():
            page.add("kube_ingress_tls", 1, {**at, "tls_host": host, "secret": tls.get("secretName", "")})


def _disruption_budget(page: Exposition, thing: Object) -> None:
    status = thing.get("status") or {}
    numbers = {
        "status_current_healthy": status.get("currentHealthy"),
        "status_desired_healthy": status.get("desiredHealthy"),
        "status_pod_disruptions_allowed": status.get("disruptionsAllowed"),
        "status_expected_pods": status.get("expectedPods"),
    }
    _numbers(page, "kube_poddisruptionbudget", _named(thing, "poddisruptionbudget"), numbers)


_FAMILIES: dict[str, Callable[[Exposition, Object], None]] = {
    "deployments": _deployment,
    "replicasets": _replicaset,
    "statefulsets": _statefulset,
    "nodes": _node,
    "services": _service,
    "endpoints": _endpoints,
    "configmaps": _config_map,
    "ingresses": _ingress,
    "poddisruptionbudgets": _disruption_budget,
}
