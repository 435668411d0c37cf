"""What an alert is about: the object its labels name, and the key by which alerts of one owner meet."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from sre_agent.domain.alert import Alert
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen
from sre_agent.intake.expression import expression_of
from sre_agent.intake.machines import (
    address_of,
    is_machine,
    is_name,
    is_of_cluster,
    names_a_place,
    program_of_job,
    service_in,
)
from sre_agent.intake.owner_names import Owner, owner_of_job, owner_of_pod, owner_of_replicaset
from sre_agent.intake.scraped import Messenger, Told, told_by


class Subject(Frozen):
    """`key` is the same for alerts of one owner; `service` is its name in the call graph, `node` where it runs."""

    entity: EntityRef | None
    key: str
    by: str
    namespace: str = ""
    cluster: str = ""
    service: str = ""
    node: str = ""


class _Named(NamedTuple):
    """What one label names. `family`: the name shared by a workload, its pods and its service."""

    kind: str
    name: str
    family: str = ""
    by: str = ""


_WORKLOAD_KINDS: Final = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
}
_NAMESAKES: Final = {
    # Objects that by custom carry the name of the workload they serve.
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "hpa": "HorizontalPodAutoscaler",
    "poddisruptionbudget": "PodDisruptionBudget",
}
_OWN_KINDS: Final = {
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "persistentvolume": "PersistentVolume",
    "resourcequota": "ResourceQuota",
    "ingress": "Ingress",
}
_SERVICE_LABELS: Final = (
    "service",
    "service_name",
    "destination_service_name",
    "app",
    "app_kubernetes_io_name",
    "application",
    "app_name",
)
_NODE_LABELS: Final = ("node", "nodename", "kubernetes_node")
_HOST_LABELS: Final = ("host", "hostname", "fqdn")
_CLUSTER_SCOPED: Final = frozenset({"Node", "PersistentVolume"})


def subject_of(alert: Alert, *, default_cluster: str = "") -> Subject:
    """Decided by the most telling label; an alert that names no object meets only alerts of its own name."""
    return _subject(tuple(sorted(alert.labels.items())), alert.generator_url, default_cluster)


# In a storm the alerts of an open incident are looked at again for every alert that comes in.
@lru_cache(maxsize=4096)
def _subject(labels: tuple[tuple[str, str], ...], generator_url: str, default_cluster: str) -> Subject:
    told = told_by(dict(labels), expression_of(generator_url))
    cluster = "" if told["cluster"] == default_cluster else told["cluster"]
    named = next((found for reader in _READERS if (found := reader(told)) is not None), None)
    if named is None:
        return _nameless(told, cluster)
    namespace = "" if named.kind in _CLUSTER_SCOPED else told["namespace"]
    return Subject(
        entity=EntityRef(kind=named.kind, name=named.name, namespace=namespace, cluster=cluster),
        key=key_of(cluster, _meeting_place(named, namespace)),
        by=named.by,
        namespace=namespace,
        cluster=cluster,
        service=f"{namespace}/{named.family}" if named.family else "",
        node=_node_of(told) if told["pod"] else "",
    )


def key_of(cluster: str, place: str) -> str:
    """`place` is `namespace/name` of a workload's family, or `kind:…` of anything else."""
    return f"{cluster}|{place}"


def _meeting_place(named: _Named, namespace: str) -> str:
    """Of a workload, its pods and its service: the name they share; of anything else: itself."""
    if named.family:
        return f"{namespace}/{named.family}"
    place = f"{namespace}/" if namespace else ""
    return f"{named.kind.lower()}:{place}{named.name}"


def _nameless(told: Told, cluster: str) -> Subject:
    namespace = told["namespace"]
    entity = EntityRef(kind="Namespace", name=namespace, cluster=cluster) if namespace else None
    return Subject(
        entity=entity,
        key=key_of(cluster, f"alert:{namespace}/{told['alertname']}"),
        by="namespace" if namespace else "",
        namespace=namespace,
        cluster=cluster,
    )


def _workload(told: Told) -> _Named | None:
    for label, kind in _WORKLOAD_KINDS.items():
        if told[label]:
            return _Named(kind, told[label], told[label], label)
    kind = _WORKLOAD_KINDS.get(told["workload_type"].lower(), "Workload")
    return _Named(kind, told["workload"], told["workload"], "workload") if told["workload"] else None


def _owned(told: Told) -> _Named | None:
    for label, owner_of in (("replicaset", owner_of_replicaset), ("job_name", owner_of_job)):
        if told[label]:
            owner = owner_of(told[label])
            return _Named(owner.kind, owner.name, owner.name, label)
    return None


def _namesake(told: Told) -> _Named | None:
    found = next((label for label in _NAMESAKES if told[label]), None)
    return _Named(_NAMESAKES[found], told[found], told[found], found) if found else None


def _own_kind(told: Told) -> _Named | None:
    found = next((label for label in _OWN_KINDS if told[label]), None)
    return _Named(_OWN_KINDS[found], told[found], by=found) if found else None


def _messengers_node(told: Told) -> _Named | None:
    if not told.messenger.speaks_of_nodes:
        return None
    host = _host(told["instance"])
    return _node(told) or (_Named("Node", host, by="instance") if host else None)


def _pod(told: Told) -> _Named | None:
    if not told["pod"]:
        return None
    owner = owner_of_pod(told["pod"])
    entity = owner if owner.kind else Owner("Pod", told["pod"])
    return _Named(entity.kind, entity.name, owner.name, "pod")


def _probed(told: Told) -> _Named | None:
    """The target of a probe, or of an exporter that names a server by its URL, is an address: `checkout`, `checkout.shop.svc:8080`, or something outside the cluster."""
    if told.messenger is not Messenger.BLACKBOX and "://" not in told["instance"]:
        return None
    host = _host(told["target"] or told["instance"])
    name, _, domain = host.partition(".")
    if host and (not domain or is_of_cluster(host)):
        return _Named("Service", name, name, "instance")
    return _service(told) or (_Named("Host", host, by="instance") if host else None)


def _service(told: Told) -> _Named | None:
    found = next((label for label in _SERVICE_LABELS if told[label]), None)
    return _Named("Service", told[found], told[found], found) if found else None


def _node(told: Told) -> _Named | None:
    name = _node_of(told)
    return _Named("Node", name, by="node") if name else None


def _container(told: Told) -> _Named | None:
    name = told["container"]
    return _Named("Workload", name, name, "container") if name and told["namespace"] else None


def _instance(told: Told) -> _Named | None:
    """A named instance outside any namespace is a machine or a service's address; a bare address may be anything's."""
    host, port = address_of(told["instance"])
    is_device = "snmp" in told["job"].lower()
    if not host or told["namespace"] or not (is_device or names_a_place(host)):
        return None
    if is_of_cluster(host):
        name = service_in(host)
        return _Named("Service", name, name, "instance")
    return _Named("Node" if is_machine(told, port) else "Host", host, by="instance")


def _host_label(told: Told) -> _Named | None:
    found = next((label for label in _HOST_LABELS if told[label]), None)
    return _Named("Host", _host(told[found]) or told[found], by=found) if found else None


def _job(told: Told) -> _Named | None:
    """Where nothing else is told, the scrape job is what people call a program by."""
    name = program_of_job(told)
    return _Named("Service", name, name, "job") if name else None


_READERS: Final[tuple[Callable[[Told], _Named | None], ...]] = (
    _workload,
    _owned,
    _namesake,
    _own_kind,
    _messengers_node,
    _pod,
    _probed,
    _service,
    _node,
    _container,
    _host_label,
    _instance,
    _job,
)


def _node_of(told: Told) -> str:
    return next((told[label] for label in _NODE_LABELS if is_name(told[label])), "")


def _host(address: str) -> str:
    return address_of(address)[0]
