"""The larger application: thirty services behind a gateway, eight stores, several namespaces, and years of noise; imports no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

from sre_agent.snapshots.content import Snapshot
from tests.synthetic.cluster import Cluster
from tests.synthetic.talk import says
from tests.worlds import NOW, ONSET, stamp

CALLS = {
    "web-ui": ("edge-gateway",),
    "edge-gateway": ("accounts", "catalog", "basket", "orders", "search", "profile", "reviews"),
    "accounts": ("sessions", "profile", "maria-core"),
    "sessions": ("redis-sessions",),
    "catalog": ("pricing", "stock", "mongo-docs"),
    "pricing": ("promos", "currency", "redis-prices"),
    "promos": ("maria-core",),
    "basket": ("pricing", "stock", "redis-prices"),
    "orders": ("billing", "stock", "shipping", "pg-ledger", "kafka-bus", "fraud"),
    "billing": ("tax", "invoices", "pg-ledger"),
    "invoices": ("rabbit-tasks", "pg-ledger"),
    "fraud": ("risk", "geo"),
    "risk": ("pg-ledger",),
    "shipping": ("geo", "labels", "rabbit-tasks"),
    "labels": ("media",),
    "stock": ("maria-core",),
    "warehouse": ("kafka-bus", "stock"),
    "returns": ("orders", "kafka-bus"),
    "mailer": ("rabbit-tasks",),
    "texter": ("rabbit-tasks",),
    "profile": ("mongo-docs", "media"),
    "reviews": ("mongo-docs",),
    "search": ("elastic-find", "recommend"),
    "recommend": ("catalog",),
    "audit": ("kafka-bus",),
    "reports": ("pg-ledger",),
}
"""Who calls whom; what stands only on the right calls nobody."""
STORES = {
    "maria-core": ("mariadb:11.4", 3306),
    "pg-ledger": ("bitnami/postgresql:16", 5432),
    "mongo-docs": ("mongo:7", 27017),
    "redis-sessions": ("redis:7-alpine", 6379),
    "redis-prices": ("redis:7-alpine", 6379),
    "kafka-bus": ("confluentinc/cp-kafka:7.6.0", 9092),
    "rabbit-tasks": ("rabbitmq:3.13-management", 5672),
    "elastic-find": ("elasticsearch:8.13.0", 9200),
}
SERVICES = tuple(
    dict.fromkeys(name for pair in CALLS.items() for name in (pair[0], *pair[1]) if name not in STORES)
)
WORKERS = tuple(f"worker-{letter}" for letter in "abcdefgh")


@dataclass
class Town(Cluster):
    """The application in the namespace `market`, well until a fault is put in. `complaint`: what a person said."""

    namespace: str = "market"
    complaint: str = "Service Availability Disruption."
    told: list[dict[str, Any]] = field(default_factory=list)
    """Alerts as Alertmanager sends them."""
    turns: Any = field(default_factory=count)

    def pod(self, owner: str, name: str, template: Mapping[str, Any], **status: Any) -> dict[str, Any]:
        made = super().pod(owner, name, template, **status)
        made["spec"]["nodeName"] = WORKERS[next(self.turns) % len(WORKERS)]
        return made

    def on(self, node: str, *names: str) -> None:
        """All pods of these workloads stand on this node."""
        for name in names:
            for pod in self.pods_of(name):
                pod["spec"]["nodeName"] = node

    def says(self, name: str, *lines: str, times: int = 4) -> None:
        says(self, name, *lines, times=times)

    def level(self, name: str, labels: Mapping[str, str], value: float, before: float | None = None) -> None:
        """A gauge whose value was another before, or always this one."""
        self.series(name, labels, value if before is None else before, value, steady=_whole(value, before))

    def counter(self, name: str, labels: Mapping[str, str], rate: float, before: float = 0.0) -> None:
        """A counter that grew by so much a second, and before the onset by so much."""
        start, onset = (NOW - timedelta(minutes=20)).timestamp(), ONSET.timestamp() - 5
        self.series(name, labels, 0.0, 0.0)
        total, values = 1000.0, []
        for number in range(240):
            at = start + number * 5
            total += 5 * (rate if at >= onset else before)
            values.append([at, str(total)])
        self.answers[-1].answer["series"][0]["values"] = values

    def fires(self, name: str, words: str = "", expr: str = "", /, **labels: str) -> None:
        """An alert with these labels; `expr` is its rule's, which Prometheus puts into the generator's address."""
        address = f"http://prometheus:9090/graph?g0.expr={quote(expr)}&g0.tab=1" if expr else ""
        self.told.append(
            {
                "status": "firing",
                "labels": {"alertname": name, "severity": "critical", **labels},
                "annotations": {"summary": name, "description": words},
                "startsAt": stamp(ONSET),
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": address,
                "fingerprint": f"f{len(self.told)}",
            }
        )

    def only(self, *kinds: str) -> None:
        """Nobody collected other kinds of objects than these."""
        kept = set(kinds)
        self.absent = {kind for kind in (*self.collected(),) if kind not in kept}

    def snapshot(self) -> Snapshot:
        payload = {
            "version": "4",
            "status": "firing",
            "receiver": "sre",
            "groupLabels": {},
            "alerts": self.told,
        }
        made = super().snapshot()
        return replace(made, alerts=(payload,) if self.told else (), complaint=self.complaint or None)


def _whole(value: float, before: float | None) -> bool:
    return float(value).is_integer() and (before is None or float(before).is_integer())


def town(*, meshed: bool = False) -> Town:
    """The application, well, with its noise."""
    made = Town()
    for number in (1, 2, 3):
        made.node(f"control-{number}", labels={"node-role.kubernetes.io/control-plane": ""})
        made.taint(f"control-{number}", "node-role.kubernetes.io/control-plane")
    for name in WORKERS:
        made.node(name)
    for name in SERVICES:
        _service(made, name)
    for name, (image, port) in STORES.items():
        _store(made, name, image, port)
    made.edges = [(caller, one) for caller, callees in CALLS.items() for one in callees]
    made.named("serviceaccounts", "ServiceAccount", "default")
    for space in (made.namespace, "kube-system", "monitoring", "gateways"):
        made.named("namespaces", "Namespace", space, namespaced=False, status={"phase": "Active"})
    for name in SERVICES:
        for pod in made.pods_of(name):
            made.log(
                pod["metadata"]["name"], [f'{stamp(NOW)} {{"level":"info","msg":"GET / 200","took_ms":12}}']
            )
    _noise(made)
    _beside(made)
    return made


def _service(made: Town, name: str) -> None:
    env = [
        {"name": f"{callee.upper().replace('-', '_')}_ADDR", "value": _address(callee)}
        for callee in CALLS.get(name, ())
    ]
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10, "timeoutSeconds": 2}
    image = "ghcr.io/market/edge-gateway:4.2" if name == "edge-gateway" else f"ghcr.io/market/{name}:2.14.0"
    made.deployment(
        name, env=env, image=image, readinessProbe=probe, livenessProbe={**probe, "failureThreshold": 5},
        resources={"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
    )  # fmt: skip


def _address(callee: str) -> str:
    port = STORES[callee][1] if callee in STORES else 80
    return f"{callee}:{port}" if callee in STORES else f"http://{callee}.market.svc.cluster.local:{port}"


def _store(made: Town, name: str, image: str, port: int) -> None:
    made.stateful_set(name, image=image, ports=[{"containerPort": port}], claim=f"data-{name}-0")
    spec = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": port}]}
    made.named("services", "Service", name, spec=spec)
    wants = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}
    made.named(
        "persistentvolumeclaims", "PersistentVolumeClaim", f"data-{name}-0",
        spec={**wants, "storageClassName": "fast", "volumeName": f"pv-{name}"}, status={"phase": "Bound"},
    )  # fmt: skip


def _noise(made: Town) -> None:
    """What lies about in every system that has run for years."""
    old = NOW - timedelta(days=4)
    for name in ("media", "geo", "texter"):
        for pod in made.pods_of(name):
            ended = {"terminated": {"exitCode": 143, "reason": "Error", "finishedAt": stamp(old)}}
            pod["status"]["containerStatuses"][0] |= {"restartCount": 6, "lastState": ended}
    made.event(
        "Pod",
        "reports-r1-0",
        "Unhealthy",
        "Readiness probe failed: HTTP probe failed with statuscode: 503",
        NOW - timedelta(hours=7),
    )
    made.event(
        "Node", "worker-h", "NodeHasDiskPressure", "Node worker-h status is now: NodeHasDiskPressure", old
    )
    made.event(
        "HorizontalPodAutoscaler",
        "search",
        "SuccessfulRescale",
        "New size: 3; reason: cpu resource utilization (percentage of request) above target",
        NOW - timedelta(hours=2),
    )
    made.lists["events"][-1]["type"] = "Normal"
    done = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
    for number in range(3):
        made.job(f"backup-2900{number}", owner="backup", status=done)
        made.job_pod(f"backup-2900{number}", f"backup-2900{number}-x", exit_code=0, reason="Completed")
    made.cron_job("backup", "0 2 * * *", status={"lastScheduleTime": stamp(NOW - timedelta(hours=10))})  # fmt: skip


def _beside(made: Town) -> None:
    """Namespaces that other teams look after."""
    own = made.namespace
    made.namespace = "kube-system"
    made.deployment("coredns", image="registry.k8s.io/coredns/coredns:v1.11.3")
    made.deployment("metrics-server", replicas=1)
    made.daemon_set("cilium", image="quay.io/cilium/cilium:v1.16.3")
    made.daemon_set("kube-proxy", image="registry.k8s.io/kube-proxy:v1.31.2")
    made.namespace = "gateways"
    made.deployment("public-ingress", image="registry.k8s.io/ingress-nginx/controller:v1.11.3")
    made.namespace = "monitoring"
    made.deployment("prometheus", replicas=1, image="quay.io/prometheus/prometheus:v2.55.0")
    made.daemon_set("node-exporter", image="quay.io/prometheus/node-exporter:v1.8.2")
    made.namespace = own
