"""Synthetic pictures for tests: small clusters as the Kubernetes API would tell them; imports no rule."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.reading import Kept, picture_of
from sre_agent.picture.world import Frame, Picture

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ONSET = NOW - timedelta(minutes=2)
LONG_AGO = NOW - timedelta(days=3)
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@dataclass
class World:
    """A namespace that is well until a test breaks it."""

    namespace: str = "acme"
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: list[Kept] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    entities: list[EntityRef] = field(default_factory=list)

    def add(self, plural: str, obj: dict[str, Any]) -> dict[str, Any]:
        self.lists.setdefault(plural, []).append(obj)
        return obj

    def meta(self, name: str, labels: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
        told = {"name": name, "namespace": self.namespace, "uid": f"uid-{name}", "labels": dict(labels or {})}
        return {**told, "creationTimestamp": stamp(LONG_AGO), **more}

    def deployment(
        self, name: str, *, replicas: int = 2, port: int = 8080, **container: Any
    ) -> dict[str, Any]:
        """A Deployment with its ReplicaSet, its pods (all ready) and its Service."""
        labels = {"app": name}
        spec = {
            "name": "main",
            "image": f"reg.example/{name}:1.0",
            "ports": [{"containerPort": port}],
            **container,
        }
        template = {"metadata": {"labels": labels}, "spec": {"containers": [spec]}}
        made = self.add(
            "deployments",
            {
                "kind": "Deployment",
                "metadata": self.meta(name, labels),
                "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
            },
        )
        self.replica_set(name, 1, template, LONG_AGO)
        for number in range(replicas):
            self.pod(name, f"{name}-r1-{number}", template)
        self.add(
            "services",
            {
                "kind": "Service",
                "metadata": self.meta(name),
                "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": port}]},
            },
        )
        return made

    def replica_set(
        self, name: str, revision: int, template: Mapping[str, Any], at: datetime
    ) -> dict[str, Any]:
        annotations = {"deployment.kubernetes.io/revision": str(revision)}
        meta = self.meta(f"{name}-r{revision}", {"app": name}, annotations=annotations)
        meta |= {"creationTimestamp": stamp(at)}
        meta |= {"ownerReferences": [{"kind": "Deployment", "name": name, "controller": True}]}
        return self.add(
            "replicasets", {"kind": "ReplicaSet", "metadata": meta, "spec": {"template": template}}
        )

    def pod(self, owner: str, name: str, template: Mapping[str, Any], **status: Any) -> dict[str, Any]:
        rs = name.rsplit("-", 1)[0]
        meta = self.meta(name, template["metadata"]["labels"])
        meta |= {"ownerReferences": [{"kind": "ReplicaSet", "name": rs, "controller": True}]}
        container = template["spec"]["containers"][0]["name"]
        running = {
            "name": container,
            "ready": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": stamp(LONG_AGO)}},
        }
        ready = {"type": "Ready", "status": "True"}
        told = {"phase": "Running", "conditions": [ready], "containerStatuses": [running], **status}
        spec = {"nodeName": "n1", **template["spec"]}
        return self.add("pods", {"kind": "Pod", "metadata": meta, "spec": spec, "status": told})

    def pods_of(self, name: str) -> list[dict[str, Any]]:
        return [pod for pod in self.lists.get("pods", []) if pod["metadata"]["labels"].get("app") == name]

    def break_pods(self, name: str, **container_status: Any) -> None:
        """All pods of a workload unready, with this container status."""
        for pod in self.pods_of(name):
            pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
            pod["status"]["containerStatuses"][0] |= {"ready": False, **container_status}

    def event(self, kind: str, name: str, reason: str, message: str, at: datetime = ONSET) -> None:
        about = {"kind": kind, "namespace": self.namespace, "name": name}
        self.add(
            "events",
            {
                "kind": "Event",
                "metadata": {
                    "name": f"{name}.{len(self.lists.get('events', []))}",
                    "namespace": self.namespace,
                },
                "involvedObject": about,
                "reason": reason,
                "message": message,
                "type": "Warning",
                "lastTimestamp": stamp(at),
            },
        )

    def config_map(
        self, name: str, data: Mapping[str, str], applied: Mapping[str, str] | None = None
    ) -> None:
        annotations = {APPLIED: json.dumps({"data": dict(applied or data)}, separators=(",", ":"))}
        meta = self.meta(name, annotations=annotations)
        self.add("configmaps", {"kind": "ConfigMap", "metadata": meta, "data": dict(data)})

    def log(self, pod: str, lines: Iterable[str], *, container: str = "main", previous: bool = False) -> None:
        place = {"namespace": self.namespace, "pod": pod, "container": container, "previous": previous}
        answer = {**place, "lines": list(lines)}
        self.answers.append(
            Kept(f"E{len(self.answers) + 10}", f"logs/{self.namespace}/{pod}/{container}", {}, answer)
        )

    def series(self, name: str, labels: Mapping[str, str], before: float, during: float) -> None:
        """A series with a step at the onset, a little alive on both sides."""
        start, onset = (NOW - timedelta(minutes=20)).timestamp(), ONSET.timestamp() - 5
        told = [[str(level * (1 + 0.01 * turn)) for turn in range(3)] for level in (before, during)]
        values = []
        for number in range(240):
            at = start + number * 5
            values.append([at, told[at >= onset][number % 3]])
        answer = {"series": [{"metric": dict(labels), "values": values}]}
        self.answers.append(Kept(f"E{len(self.answers) + 10}", f"metrics/{name}", {"promql": name}, answer))

    def healthy_signals(self, *services: str) -> None:
        for service in services:
            for name, level in (("traffic", 5.0), ("errors", 0.0), ("latency", 0.05)):
                self.series(name, {"service": service}, level, level)

    def alert(self, name: str, entity: EntityRef, **labels: str) -> None:
        self.entities.append(entity)
        told = {"alertname": name, "namespace": self.namespace, **labels}
        self.alerts.append(
            Alert(fingerprint=f"f{len(self.alerts)}", status=AlertStatus.FIRING, labels=told, starts_at=ONSET)
        )

    def picture(self) -> Picture:
        collected = {plural: list(objects) for plural, objects in self.lists.items()}
        for plural in (
            "pods",
            "deployments",
            "replicasets",
            "services",
            "configmaps",
            "events",
            "nodes",
            "ingresses",
        ):
            collected.setdefault(plural, [])
        whole = Kept("E1", "kubernetes/namespace", {}, {"collected": collected})
        frame = Frame(
            now=NOW,
            started_at=ONSET,
            entities=tuple(self.entities),
            namespace=self.namespace,
            alerts=tuple(self.alerts),
            baseline_seconds=900,
            guard_seconds=5,
        )
        return picture_of(frame, [whole, *self.answers])


def workload(name: str, kind: str = "Deployment", namespace: str = "acme") -> EntityRef:
    return EntityRef(kind=kind, namespace=namespace, name=name)
