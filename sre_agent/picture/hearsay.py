"""Workloads that nobody listed, as far as events, logs, series and alerts tell of them: there they are, and nothing more is known."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sre_agent.domain.alert import Alert
from sre_agent.picture.events import EventView
from sre_agent.picture.logs import LogChunk
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.source import Source

_PLURAL = {
    "ReplicaSet": "replicasets",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Job": "jobs",
    "CronJob": "cronjobs",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
    "Service": "services",
}
_LISTED = ("pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs")
"""Where any of these was listed, whoever recorded it looked at workloads, and what is missing there is not drawn."""
_DRAWN = r"bcdfghjklmnpqrstvwxz2456789"
_OF_TEMPLATE = re.compile(rf"(.+)-(?=[a-z]*\d)[{_DRAWN}a-f0-9]{{6,10}}")
"""How a Deployment names its ReplicaSets."""
_PODS = (
    (re.compile(r"(.+)-(?=[a-z]*\d)[a-z0-9]{6,10}-[a-z0-9]{5}"), "Deployment"),
    (re.compile(r"(.+)-\d{1,3}"), "StatefulSet"),
)
"""How controllers name pods, as far as the name alone tells which of them it was."""
_KINDS = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}
_WORKLOADS = (*_KINDS, "destination_workload", "workload")
_PODS_TOLD = ("exported_pod", "pod", "pod_name")
_SERVICES = ("exported_service", "destination_service_name", "service", "service_name", "app", "application")
_SPACES = ("exported_namespace", "destination_workload_namespace", "namespace", "kubernetes_namespace")
_OF_PLATFORM = re.compile(r"^(?:node|kube_node|kubelet_node|apiserver|etcd|scheduler|coredns|up$|ALERTS)_?")
_FAMILY = "app.kubernetes.io/name"
MOST = 400
"""Names drawn at most: more of them are no incident's."""


def told_of(objects: Iterable[Obj], collected: Collection[str]) -> list[Obj]:
    """Objects that events are about, of kinds that were not listed: an object missing from a list is gone."""
    found: dict[tuple[str, str, str], Obj] = {}
    for event in objects:
        if event.kind != "Event":
            continue
        kind, namespace, name = EventView(event).about
        if name and _PLURAL.get(kind, "events") not in collected:
            found.setdefault((kind, namespace, name), _maker(kind, namespace, name, event.source))
    return list(found.values())


def _maker(kind: str, namespace: str, name: str, source: Source) -> Obj:
    owner = _OF_TEMPLATE.fullmatch(name) if kind == "ReplicaSet" else None
    return _drawn(kind, namespace, name, source, ("Deployment", owner[1]) if owner else None)


def _drawn(kind: str, namespace: str, name: str, source: Source, owner: tuple[str, str] | None = None) -> Obj:
    meta: dict[str, object] = {"name": name, "namespace": namespace}
    if owner is not None:
        meta["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]
    return Obj(kind, namespace, name, {"kind": kind, "metadata": meta}, source, implied=True)


@dataclass(frozen=True)
class Talk:
    """Where names of workloads stand beside the objects of the API. `namespace`: where a name belongs that tells none."""

    logs: Sequence[LogChunk]
    series: Sequence[Series]
    alerts: Sequence[Alert]
    calls: Mapping[str, Sequence[str]]
    namespace: str


def spoken_of(talk: Talk, collected: Collection[str]) -> list[Obj]:
    """Workloads, their pods and their Services that logs, series, alerts and calls name, where nobody listed any."""
    if any(kind in collected for kind in _LISTED):
        return []
    found: dict[tuple[str, str, str], Obj] = {}
    for kind, namespace, name, source in _names(talk):
        owner = _owner_of_pod(name) if kind == "Pod" else None
        family = owner[1] if owner else name
        if len(found) < MOST:
            found.setdefault((kind, namespace, name), _worker(kind, namespace, name, source, owner))
            if "services" not in collected:
                found.setdefault(("Service", namespace, family), _service(namespace, family, source))
    return list(found.values())


def _worker(kind: str, namespace: str, name: str, source: Source, owner: tuple[str, str] | None) -> Obj:
    """A pod or a workload, labelled for its family so that its Service finds it."""
    labels = {_FAMILY: owner[1] if owner else name}
    drawn = _drawn(kind, namespace, name, source, owner)
    meta = {**drawn.mapping("metadata"), "labels": labels}
    spec = {} if kind == "Pod" else {"template": {"metadata": {"labels": labels}}}
    return Obj(kind, namespace, name, {"kind": kind, "metadata": meta, "spec": spec}, source, implied=True)


def _service(namespace: str, name: str, source: Source) -> Obj:
    meta = {"name": name, "namespace": namespace}
    raw = {"kind": "Service", "metadata": meta, "spec": {"selector": {_FAMILY: name}}}
    return Obj("Service", namespace, name, raw, source, implied=True)


def _owner_of_pod(name: str) -> tuple[str, str] | None:
    return next(((kind, match[1]) for form, kind in _PODS if (match := form.fullmatch(name))), None)


def _names(talk: Talk) -> Iterator[tuple[str, str, str, Source]]:
    unread = Source("", "")
    for chunk in talk.logs:
        yield "Pod", chunk.namespace, chunk.pod, chunk.source
    for alert in talk.alerts:
        yield from _labelled(alert.labels, talk.namespace, unread)
    for series in talk.series:
        if not _OF_PLATFORM.match(series.name):
            yield from _labelled(series.labels, talk.namespace, series.source)
    known = {chunk.pod for chunk in talk.logs}
    owners = {owner[1] for name in known if (owner := _owner_of_pod(name))}
    for name in dict.fromkeys([*talk.calls, *(one for several in talk.calls.values() for one in several)]):
        if name not in owners:
            yield "Deployment", talk.namespace, name, unread


def _labelled(
    labels: Mapping[str, str], namespace: str, source: Source
) -> Iterator[tuple[str, str, str, Source]]:
    """What the most telling label names."""
    space = next((labels[one] for one in _SPACES if labels.get(one)), namespace)
    for label in (*_WORKLOADS, *_PODS_TOLD, *_SERVICES):
        if name := labels.get(label, ""):
            kind = "Pod" if label in _PODS_TOLD else _KINDS.get(label, "Deployment")
            yield kind, space, name.split(".")[0], source
            return
