"""The grocer's shop while all is well: sixteen services and seven stores in one namespace on five nodes; imports no rule."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta

from tests.synthetic.foreign.sheet import Sheet
from tests.synthetic.harbour.place import NOW, Obj, Work, hashed, stamp

SPACE = "larder"
NODES = ("kn-cp", "kn-01", "kn-02", "kn-03", "kn-04")
UNITS = ("kubelet.service", "containerd.service", "kube-proxy.service")
# name → language, port, whom it calls
SERVICES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "edge-gate": ("envoy", 8443, ("shopfront", "accounts", "images")),
    "shopfront": ("node", 3000, ("basket", "catalog", "search", "reviews", "checkout")),
    "basket": ("go", 8080, ("basket-redis",)),
    "catalog": ("java", 8081, ("catalog-pg",)),
    "search": ("python", 8000, ("search-es",)),
    "accounts": ("dotnet", 5000, ("orders-mysql", "mailer")),
    "checkout": ("go", 8080, ("basket", "pricing", "payments", "stock", "orders")),
    "pricing": ("python", 8000, ("catalog-pg",)),
    "payments": ("java", 8081, ("orders-mysql",)),
    "stock": ("java", 8081, ("catalog-pg",)),
    "orders": ("dotnet", 5000, ("orders-mysql", "orders-kafka")),
    "fulfil": ("go", 8080, ("orders-kafka", "delivery")),
    "delivery": ("node", 3000, ("jobs-rabbit",)),
    "mailer": ("node", 3000, ("jobs-rabbit",)),
    "reviews": ("python", 8000, ("reviews-mongo",)),
    "images": ("nginx", 8080, ()),
}
STORES = {
    "basket-redis": ("redis:7.4-alpine", 6379), "catalog-pg": ("postgres:16.4", 5432), "search-es": ("docker.elastic.co/elasticsearch/elasticsearch:8.15.3", 9200),
    "orders-mysql": ("mysql:8.4", 3306), "reviews-mongo": ("mongo:7.0", 27017), "orders-kafka": ("apache/kafka:3.8.0", 9092), "jobs-rabbit": ("rabbitmq:3.13", 5672),
}  # fmt: skip
PROBES = {"envoy": "/ready", "node": "/healthz", "go": "/readyz", "java": "/actuator/health/readiness", "python": "/health", "dotnet": "/health/ready", "nginx": "/"}  # fmt: skip


def language_of(name: str) -> str:
    return SERVICES[name][0]


def address_of(name: str) -> str:
    """Of its Service."""
    return f"10.96.{len(name)}.{sum(map(ord, name)) % 250}"


def callers_of(name: str) -> list[str]:
    return [caller for caller, told in SERVICES.items() if name in told[2]]


@dataclass
class Shop(Sheet):
    """`measured`: (metric, service) → its value since the onset, in place of the usual one."""

    measured: dict[tuple[str, str], float] = field(default_factory=dict)
    climbing: set[tuple[str, str]] = field(default_factory=set)
    units: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        """Ten seconds apart, for as long before the onset as after it."""
        count = int(2 * self.since.total_seconds()) // 10
        return [NOW.timestamp() - 10 * (count - number) for number in range(count + 1)]


def furnished(since: timedelta) -> Shop:
    """Everything that stands in the namespace while all is well, and the bare list of the system's pods."""
    shop = Shop(since=since, namespace=SPACE)
    for name in NODES:
        _node(shop, name)
    for space in ("default", "kube-system", SPACE):
        shop.put("namespaces", "Namespace", space, status={"phase": "Active"})
    shop.put("serviceaccounts", "ServiceAccount", "default", SPACE)
    for name, (language, port, callees) in SERVICES.items():
        env = [{"name": "PORT", "value": str(port)}] + [
            {"name": f"{one.upper().replace('-', '_')}_ADDR", "value": f"{one}:{_port(one)}"}
            for one in callees
        ]
        _work(shop, "Deployment", name, f"ghcr.io/larder/{name}:2.14.0", port, language, 2, env)
    for name, (image, port) in STORES.items():
        _work(shop, "StatefulSet", name, image, port, "store", 1, [])
    for kind in ("jobs", "cronjobs", "daemonsets", "networkpolicies", "ingresses", "resourcequotas", "limitranges", "poddisruptionbudgets", "rolebindings", "roles"):  # fmt: skip
        shop.lists.setdefault(kind, [])
    shop.put("storageclasses", "StorageClass", "standard", provisioner="ebs.csi.aws.com")
    for name in ("shopfront", "catalog"):
        _scaled(shop, name)
    _system(shop)
    shop.edges = [(caller, one) for caller, told in SERVICES.items() for one in told[2]]
    return shop


def _port(name: str) -> int:
    return STORES[name][1] if name in STORES else SERVICES[name][1]


def _node(shop: Shop, name: str) -> None:
    usual = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
    conditions = [
        {"type": kind, "status": status, "lastHeartbeatTime": stamp(NOW - timedelta(seconds=20)), "lastTransitionTime": stamp(NOW - timedelta(days=41)),
         "reason": "KubeletReady" if kind == "Ready" else f"KubeletHasNo{kind}", "message": "kubelet is posting ready status" if kind == "Ready" else ""}
        for kind, status in usual.items()
    ]  # fmt: skip
    room = {"cpu": "8", "memory": "16Gi", "pods": "110", "ephemeral-storage": "83Gi"}
    is_master = name == "kn-cp"
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}
    if is_master:
        labels["node-role.kubernetes.io/control-plane"] = ""
    taints = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}] if is_master else []
    shop.put(
        "nodes", "Node", name, metadata={"labels": labels}, spec={"taints": taints} if taints else {},
        status={"conditions": conditions, "capacity": room, "allocatable": room,
                "addresses": [{"type": "InternalIP", "address": f"192.168.40.{10 + NODES.index(name)}"}],
                "nodeInfo": {"architecture": "amd64", "kubeletVersion": "v1.31.2", "containerRuntimeVersion": "containerd://1.7.23"}},
    )  # fmt: skip


def _work(
    shop: Shop, kind: str, name: str, image: str, port: int, language: str, many: int, env: list[Obj]
) -> None:
    labels = {"app": name, "app.kubernetes.io/name": name}
    box: Obj = {
        "name": "server", "image": image, "ports": [{"containerPort": port, "protocol": "TCP"}], "env": env,
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
    }  # fmt: skip
    if language in PROBES:
        probe = {"httpGet": {"path": PROBES[language], "port": port, "scheme": "HTTP"}, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 2}  # fmt: skip
        box |= {"readinessProbe": dict(probe), "livenessProbe": {**probe, "httpGet": dict(probe["httpGet"])}}  # type: ignore[call-overload]
    shop.works[name] = Work(kind, SPACE, name, port, language)
    spec: Obj = {"containers": [box], "serviceAccountName": "default"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    plural = "deployments" if kind == "Deployment" else "statefulsets"
    body = {"replicas": many, "selector": {"matchLabels": {"app": name}}, "template": template}
    shop.put(plural, kind, name, SPACE, metadata={"labels": labels}, spec=body,
             status={"replicas": many, "readyReplicas": many, "availableReplicas": many, "updatedReplicas": many})  # fmt: skip
    maker = f"{name}-{hashed(name, 9)}" if kind == "Deployment" else name
    if kind == "Deployment":
        owned = [{"kind": kind, "name": name, "controller": True}]
        shop.put("replicasets", "ReplicaSet", maker, SPACE, metadata={"labels": labels, "ownerReferences": owned},
                 spec=body, status={"replicas": many, "readyReplicas": many})  # fmt: skip
    shop.lists.setdefault("replicasets", [])
    for number in range(many):
        _pod(shop, kind, name, maker, number, labels, spec)
    shop.put(
        "services", "Service", name, SPACE,
        spec={"type": "ClusterIP", "clusterIP": address_of(name), "selector": {"app": name},
              "ports": [{"name": "main", "port": port, "targetPort": port, "protocol": "TCP"}]},
    )  # fmt: skip


def _pod(shop: Shop, kind: str, name: str, maker: str, number: int, labels: Obj, spec: Obj) -> None:
    own = f"{maker}-{hashed(name + str(number), 5)}" if kind == "Deployment" else f"{name}-{number}"
    node = NODES[1 + (sum(map(ord, name)) + number) % 4]
    made = {"type": "", "status": "True", "lastTransitionTime": stamp(NOW - timedelta(days=6))}
    box = spec["containers"][0]
    running = {"running": {"startedAt": stamp(NOW - timedelta(days=6))}}
    shop.put(
        "pods", "Pod", own, SPACE,
        metadata={"labels": dict(labels), "age": timedelta(days=6),
                  "ownerReferences": [{"kind": "ReplicaSet" if kind == "Deployment" else kind, "name": maker, "controller": True}]},
        spec={**copy.deepcopy(spec), "nodeName": node},
        status={"phase": "Running", "podIP": f"10.244.{NODES.index(node)}.{10 + len(shop.lists.get('pods', ()))}", "hostIP": f"192.168.40.{10 + NODES.index(node)}",
                "conditions": [{**made, "type": one} for one in ("Initialized", "Ready", "ContainersReady", "PodScheduled")],
                "containerStatuses": [{"name": box["name"], "ready": True, "started": True, "restartCount": 0, "image": box["image"], "state": running}]},
    )  # fmt: skip


def _scaled(shop: Shop, name: str) -> None:
    target = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}  # fmt: skip
    shop.put(
        "horizontalpodautoscalers", "HorizontalPodAutoscaler", name, SPACE,
        spec={"scaleTargetRef": {"kind": "Deployment", "name": name}, "minReplicas": 2, "maxReplicas": 8, "metrics": [target]},
        status={"currentReplicas": 2, "desiredReplicas": 2, "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 41}}}],
                "conditions": [{"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"}, {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}, {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange"}]},
    )  # fmt: skip


def _system(shop: Shop) -> None:
    """Name, phase and node of the system's pods, and nothing else."""
    placed = [("etcd-kn-cp", "kn-cp"), ("kube-apiserver-kn-cp", "kn-cp"), ("kube-scheduler-kn-cp", "kn-cp"), ("kube-controller-manager-kn-cp", "kn-cp"),
              ("coredns-7c65d6cfc9-4kzqx", "kn-01"), ("coredns-7c65d6cfc9-w8mvd", "kn-03"), ("metrics-server-6d94bc8694-tq2lm", "kn-02"), ("ebs-csi-controller-5b8f9c6d7-pk4xs", "kn-02")]  # fmt: skip
    for node in NODES:
        placed += [(f"calico-node-{hashed(node, 5)}", node), (f"kube-proxy-{hashed(node + 'p', 5)}", node)]
    for name, node in placed:
        shop.put("pods", "Pod", name, "kube-system", metadata={"labels": {}}, spec={"nodeName": node, "containers": []}, status={"phase": "Running", "conditions": []})  # fmt: skip
