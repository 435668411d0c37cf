"""Whom the labels of a series or an alert blame, by the kind of thing that was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sre_agent.catalogue.addresses import workload_at
from sre_agent.catalogue.binding import claims_of, set_of_claim
from sre_agent.catalogue.machines import control_plane_nodes, node_named
from sre_agent.catalogue.measures import Blame, Labels
from sre_agent.catalogue.roles import Role, having_role, role_of
from sre_agent.catalogue.subjects import subjects
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.ownership import makers_of_name
from sre_agent.picture.world import Picture

CLUSTER = EntityRef(kind="Cluster", name="cluster")
_STORE_LABELS = ("server", "target", "instance", "service", "pod", "cluster", "release", "job", "host")
_TRAPPINGS = re.compile(r"-(?:exporter|metrics|headless|client|primary|monitor)$")
"""Endings that installations give to what stands beside a store."""


def cluster(picture: Picture, labels: Labels) -> EntityRef | None:
    return CLUSTER


def node(picture: Picture, labels: Labels) -> EntityRef | None:
    """The node by any of its names; where nodes are known, one of them."""
    name = node_named(picture, labels)
    return EntityRef(kind="Node", name=name) if name else None


def control_plane(picture: Picture, labels: Labels) -> EntityRef | None:
    """The node of the control plane: the one that the labels name, else the first there is, else the cluster."""
    if told := node(picture, labels):
        return told
    known = control_plane_nodes(picture)
    return EntityRef(kind="Node", name=known[0]) if known else CLUSTER


def namespace(picture: Picture, labels: Labels) -> EntityRef | None:
    name = labels.get("exported_namespace") or labels.get("namespace")
    return EntityRef(kind="Namespace", name=name) if name else None


def _space(picture: Picture, labels: Labels) -> str:
    return labels.get("exported_namespace") or labels.get("namespace") or picture.frame.namespace


def workload(picture: Picture, labels: Labels) -> EntityRef | None:
    """The workload of a pod, or the one that a label names."""
    space = _space(picture, labels)
    name = labels.get("exported_pod") or labels.get("pod") or labels.get("pod_name") or ""
    if name:
        pod = picture.inventory.get("Pod", name, space)
        if pod is not None:
            return picture.inventory.top_owner(pod).ref
        for maker in makers_of_name("Pod", name):
            if owner := picture.inventory.workload_named(maker, space):
                return owner.ref
        return EntityRef(kind="Pod", namespace=space, name=name)
    return _labelled(picture, labels, space)


def _labelled(picture: Picture, labels: Labels, space: str) -> EntityRef | None:
    for label in (
        "deployment",
        "statefulset",
        "daemonset",
        "destination_workload",
        "workload",
        "app",
        "service",
    ):
        if name := labels.get(label):
            if owner := picture.inventory.workload_named(name, space):
                return owner.ref
            if label in ("deployment", "statefulset", "daemonset"):
                kind = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}[
                    label
                ]
                return EntityRef(kind=kind, namespace=space, name=name)
    return None


def named(kind: str, *keys: str) -> Blame:
    """The object of that kind that one of these labels names."""

    def blame(picture: Picture, labels: Labels) -> EntityRef | None:
        name = next((labels[key] for key in keys if labels.get(key)), "")
        return EntityRef(kind=kind, namespace=_space(picture, labels), name=name) if name else None

    return blame


def scaled(picture: Picture, labels: Labels) -> EntityRef | None:
    """What an autoscaler scales."""
    name, space = labels.get("horizontalpodautoscaler") or labels.get("hpa") or "", _space(picture, labels)
    scaler = picture.inventory.get("HorizontalPodAutoscaler", name, space)
    target = scaler.mapping("spec", "scaleTargetRef") if scaler else {}
    found = picture.inventory.workload_named(str(target.get("name") or name), space) if name else None
    return (
        found.ref
        if found
        else named("HorizontalPodAutoscaler", "horizontalpodautoscaler", "hpa")(picture, labels)
    )


def budgeted(picture: Picture, labels: Labels) -> EntityRef | None:
    """What a disruption budget guards."""
    name, space = labels.get("poddisruptionbudget", ""), _space(picture, labels)
    budget = picture.inventory.get("PodDisruptionBudget", name, space)
    wanted = budget.mapping("spec", "selector", "matchLabels") if budget else {}
    for one in picture.inventory.workloads:
        mine = wanted.items() <= one.template_labels().items() if wanted else one.name == name
        if one.namespace == space and mine:
            return one.ref
    return named("PodDisruptionBudget", "poddisruptionbudget")(picture, labels)


def mounting(picture: Picture, labels: Labels) -> EntityRef | None:
    """Who mounts a claim."""
    claim, space = labels.get("persistentvolumeclaim", ""), _space(picture, labels)
    for one in subjects(picture):
        if claim and one.owner.namespace == space and claim in claims_of(one):
            return one.owner.ref
    if owner := set_of_claim(picture, claim, space):
        return owner.ref
    return named("PersistentVolumeClaim", "persistentvolumeclaim")(picture, labels)


def store(role: Role) -> Blame:
    """The store that an exporter watches: the one its labels lead to, else the only one of its kind.

    The namespace of an exporter may be another than that of what it watches, so names count for more.
    """

    def blame(picture: Picture, labels: Labels) -> EntityRef | None:
        for host, space in _hosts(picture, labels):
            found = workload_at(picture, host, space)
            if found is not None and role_of(found) is role:
                return found.ref
        alone = [one for one in having_role(picture, role) if one.namespace == _space(picture, labels)]
        everywhere = alone or list(having_role(picture, role))
        made = everywhere if len(everywhere) == 1 else [one for one in everywhere if _is_of_make(one, labels)]
        return made[0].ref if len(made) == 1 else None

    return blame


_MAKES = (
    ("pg_", ("postgres", "spilo", "timescale", "pgsql", "cloudnative-pg")),
    ("mysql_", ("mysql", "mariadb", "percona", "galera")),
    ("mongodb_", ("mongo",)),
    ("redis_", ("redis", "valkey", "keydb", "dragonfly")),
    ("memcached_", ("memcache",)),
    ("kafka_", ("kafka", "redpanda")),
    ("rabbitmq_", ("rabbit",)),
    ("elasticsearch_", ("elastic", "opensearch")),
)
"""Beginning of a metric's name → words in the images of what it measures."""


def _is_of_make(workload: Obj, labels: Labels) -> bool:
    """Whether the workload runs what metrics of this name are about."""
    metric = labels.get("__name__", "")
    words = next((told for start, told in _MAKES if metric.startswith(start)), ())
    images = " ".join(str(one.get("image")) for one in workload.containers())
    return any(word in images for word in words)


def _hosts(picture: Picture, labels: Labels) -> Iterator[tuple[str, str]]:
    spaces = dict.fromkeys([_space(picture, labels), picture.frame.namespace])
    for label in _STORE_LABELS:
        told = labels.get(label, "").rsplit("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
        for name in dict.fromkeys([told, _TRAPPINGS.sub("", told), *makers_of_name("Pod", told)]):
            for space in spaces if name else ():
                yield name, space


def ingress(picture: Picture, labels: Labels) -> EntityRef | None:
    """The Ingress that serves a host with this certificate; else the host itself."""
    host = re.sub(
        r"^https?://|[:/].*$", "", labels.get("host") or labels.get("instance") or labels.get("target") or ""
    )
    secret = labels.get("secret_name") or labels.get("secret") or labels.get("name") or ""
    for one in picture.inventory.of("Ingress"):
        if _serves(one, host, secret):
            return one.ref
    return (
        EntityRef(kind="Ingress", namespace=_space(picture, labels), name=host or secret)
        if host or secret
        else None
    )


def _serves(one: Obj, host: str, secret: str) -> bool:
    hosts = {str(rule.get("host")) for rule in one.items("spec", "rules")}
    secrets = {str(tls.get("secretName")) for tls in one.items("spec", "tls")}
    return bool(host and host in hosts) or bool(secret and secret in secrets)
