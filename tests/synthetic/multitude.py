"""`python -m tests.synthetic.multitude [PODS]`: a cluster of many namespaces in which one workload is broken, and what its diagnosis costs."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sre_agent.offline.desk import diagnosis_of
from sre_agent.snapshots.content import LogFile, Snapshot

NOW = datetime(2027, 5, 4, 9, 30, tzinfo=UTC)
ONSET = NOW - timedelta(minutes=20)
REPLICAS, WORKS, PODS_OF_NODE, SAMPLES = 5, 20, 50, 60
"""Pods of a workload, workloads of a namespace, pods of a node, samples of a series (one every half minute)."""
CAUSE, SPACE, BROKEN = "missing_secret_binding", "space-0", "work-0-0"
Obj = dict[str, Any]


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


class Multitude:
    """Deployments that call each other in a row, spread over namespaces; the first lacks a Secret, the second complains."""

    def __init__(self, pods: int) -> None:
        self.lists: dict[str, list[Obj]] = {}
        self.logs: list[LogFile] = []
        self.series: dict[str, list[Obj]] = {}
        self.edges: list[tuple[str, str]] = []
        self.nodes = max(1, pods // PODS_OF_NODE)
        for number in range(self.nodes):
            self._node(f"node-{number}")
        for number in range(max(1, pods // (REPLICAS * WORKS))):
            self._namespace(number)

    def _add(self, plural: str, kind: str, name: str, space: str = "", **fields: Any) -> None:
        meta: Obj = {"name": name, "uid": f"uid-{kind}-{space}-{name}", "labels": {"app": name}}
        meta |= {"creationTimestamp": stamp(NOW - timedelta(days=9)), **fields.pop("metadata", {})}
        meta |= {"namespace": space} if space else {}
        self.lists.setdefault(plural, []).append({"kind": kind, "metadata": meta, **fields})

    def _node(self, name: str) -> None:
        ready = [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]
        room = {"cpu": "32", "memory": "128Gi", "pods": "110"}
        status = {"conditions": ready, "allocatable": room, "capacity": room}
        self._add("nodes", "Node", name, spec={}, status=status)
        self._sample("node_load1", {"node": name}, 4.0)

    def _namespace(self, number: int) -> None:
        space = f"space-{number}"
        self._add("namespaces", "Namespace", space, status={"phase": "Active"})
        for place in range(WORKS):
            self._work(space, f"work-{number}-{place}", f"work-{number}-{(place + 1) % WORKS}")

    def _work(self, space: str, name: str, callee: str) -> None:
        box = {
            "name": "main",
            "image": f"registry.example/{name}:1.4.2",
            "ports": [{"containerPort": 8080}],
            "env": [
                {"name": "PEER_URL", "value": f"http://{callee}.{space}.svc:80"},
                {"name": "LOG_LEVEL", "value": "info"},
                {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": f"{name}-token", "key": "token"}}},
            ],
            "resources": {
                "limits": {"memory": "512Mi", "cpu": "1"},
                "requests": {"memory": "256Mi", "cpu": "100m"},
            },
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10},
        }
        spec = {"containers": [box], "serviceAccountName": "default"}
        template = {"metadata": {"labels": {"app": name}}, "spec": spec}
        selector = {"matchLabels": {"app": name}}
        told = {"replicas": REPLICAS, "selector": selector, "template": template}
        self._add("deployments", "Deployment", name, space, spec=told)
        owners = [{"kind": "Deployment", "name": name, "controller": True}]
        self._add("replicasets", "ReplicaSet", f"{name}-5f6d7", space, metadata={"ownerReferences": owners}, spec={"replicas": REPLICAS, "template": template})  # fmt: skip
        self._add("services", "Service", name, space, spec={"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]})  # fmt: skip
        self._add("configmaps", "ConfigMap", f"{name}-settings", space, data={"timeout": "5s", "peer": callee})  # fmt: skip
        if name != BROKEN:
            self._add("secrets", "Secret", f"{name}-token", space, data={"token": ""})
        pods = [f"{name}-5f6d7-{letters}" for letters in ("bcdfg", "hjklm", "npqrs", "tvwxz", "24567")]
        for seat, pod in enumerate(pods):
            self._pod(space, name, pod, spec, seat)
        key = "notReadyAddresses" if name == BROKEN else "addresses"
        self._add("endpoints", "Endpoints", name, space, subsets=[{key: [{"ip": "10.0.0.1", "targetRef": {"kind": "Pod", "name": pod}} for pod in pods], "ports": [{"port": 8080}]}])  # fmt: skip
        self.edges.append((name, callee))
        failing = callee == BROKEN
        self._sample("http_requests_total", {"namespace": space, "service": name, "status": "200"}, 40.0, counts=True)  # fmt: skip
        self._sample("http_requests_total", {"namespace": space, "service": name, "status": "500"}, 9.0 if failing else 0.0, counts=True, since=ONSET)  # fmt: skip

    def _pod(self, space: str, name: str, pod: str, spec: Obj, seat: int) -> None:
        is_well, node = name != BROKEN, f"node-{hash_of(pod) % self.nodes}"
        running: Obj = {"running": {"startedAt": stamp(NOW - timedelta(days=2))}}
        words = f'secret "{name}-token" not found'
        state = running if is_well else {"waiting": {"reason": "CreateContainerConfigError", "message": words}}  # fmt: skip
        status = {
            "phase": "Running" if is_well else "Pending",
            "podIP": f"10.{seat}.0.1",
            "conditions": [{"type": kind, "status": "True" if is_well or kind == "PodScheduled" else "False"} for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")],
            "containerStatuses": [{"name": "main", "ready": is_well, "restartCount": 0, "state": state}],
        }  # fmt: skip
        owners = [{"kind": "ReplicaSet", "name": f"{name}-5f6d7", "controller": True}]
        meta: Obj = {"ownerReferences": owners, "labels": {"app": name}}
        if not is_well:
            meta["creationTimestamp"] = stamp(ONSET)
        self._add("pods", "Pod", pod, space, metadata=meta, spec={**spec, "nodeName": node}, status=status)
        about = {"kind": "Pod", "namespace": space, "name": pod}
        reason, message = ("Pulled", "Container image already present on machine") if is_well else ("Failed", f"Error: {words}")  # fmt: skip
        self._add("events", "Event", f"{pod}.1", space, involvedObject=about, reason=reason, message=message, type="Normal" if is_well else "Warning", count=3, lastTimestamp=stamp(NOW - timedelta(seconds=50)))  # fmt: skip
        labels = {"namespace": space, "pod": pod, "container": "main"}
        self._sample("container_memory_working_set_bytes", labels, 2e8)
        self._sample("container_cpu_usage_seconds_total", labels, 0.2, counts=True)
        if is_well:
            self.logs.append(LogFile(space, pod, "main", False, f"logs/{space}/{pod}/main.log", tuple(self._said(name, seat))))  # fmt: skip

    def _said(self, name: str, seat: int) -> Iterator[str]:
        fails = self.edges and name == f"work-0-{WORKS - 1}"
        for number in range(20):
            at = stamp(NOW - timedelta(seconds=20 * (20 - number)))
            yield f'{{"time":"{at}","level":"info","msg":"served","path":"/items/{number * 7 + seat}","status":200,"ms":{number + 3}}}'
            yield f'10.{seat}.0.9 - - [04/May/2027:09:{number + 10}:00 +0000] "GET /items/{number} HTTP/1.1" 200 512 "-" "probe/1.0"'
            if fails:
                yield f'{{"time":"{at}","level":"error","msg":"call failed","error":"dial tcp: connect to http://{BROKEN}.{SPACE}.svc:80: connection refused"}}'

    def _sample(
        self, metric: str, labels: Obj, value: float, *, counts: bool = False, since: datetime | None = None
    ) -> None:
        start, total, values = NOW.timestamp() - 30 * (SAMPLES - 1), 1000.0, []
        for number in range(SAMPLES):
            at = start + 30 * number
            total += 30 * value if since is None or at >= since.timestamp() else 0.0
            values.append([at, f"{total if counts else value * (1 + 0.01 * (number % 5)):.6g}"])
        self.series.setdefault(metric, []).append({"metric": {"__name__": metric, **labels}, "values": values})  # fmt: skip

    def snapshot(self) -> Snapshot:
        alert = {
            "status": "firing", "labels": {"alertname": "HighErrorRate", "namespace": SPACE, "service": f"work-0-{WORKS - 1}"},
            "annotations": {"summary": "many requests fail"}, "startsAt": stamp(ONSET), "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "a1b2",
        }  # fmt: skip
        payload = {"version": "4", "status": "firing", "receiver": "r", "groupLabels": {}, "alerts": [alert]}
        return Snapshot(
            captured_at=NOW, cluster="many", namespace=SPACE, complaint=None, kubernetes=self.lists, logs=tuple(self.logs),
            metrics={name: {"status": "success", "data": {"resultType": "matrix", "result": told}} for name, told in self.series.items()},
            alerts=(payload,), topology=tuple(self.edges), probes=None, changes=None,
        )  # fmt: skip


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(text))


def main(words: list[str]) -> None:
    pods = int(words[0]) if words else 5000
    snapshot = Multitude(pods).snapshot()
    began = time.process_time()
    diagnosis, _ = diagnosis_of(snapshot)
    spent = time.process_time() - began
    found = f"{diagnosis.root.cause} of {diagnosis.root.entity}" if diagnosis.root else diagnosis.outcome.value  # fmt: skip
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{pods} pods: {found}; {spent:.2f} s of processor, {most:.0f} MB at most")


if __name__ == "__main__":
    main(sys.argv[1:])
