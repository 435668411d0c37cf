"""The application of a ferry and freight company: who runs where, in which language, and who calls whom; imports no rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.synthetic.harbour.place import NOW, PLURAL, Obj, Place, Work, hashed, stamp

NODES = tuple(
    f"ip-10-20-{row}-{seat}.eu-north-1.compute.internal"
    for row, seat in ((3, 41), (3, 77), (3, 112), (4, 18), (4, 63), (4, 201), (5, 9), (5, 150), (5, 233))
)
MASTERS = (
    "ip-10-20-1-10.eu-north-1.compute.internal",
    "ip-10-20-1-11.eu-north-1.compute.internal",
    "ip-10-20-1-12.eu-north-1.compute.internal",
)


def address_of(node: str) -> str:
    return ".".join(node.split(".")[0].split("-")[1:])


@dataclass(frozen=True)
class Team:
    language: str
    sidecar: str
    members: dict[str, tuple[str, ...]]
    """Workload → whom it calls."""


TEAMS = {
    "edge": Team("envoy", "", {
        "front-proxy": ("harbour-web", "berths", "quotes", "voyages", "itinerary", "login", "members", "wallet", "cargo-search"),
        "harbour-web": (),
    }),
    "booking": Team("go", "istio-proxy", {
        "quotes": ("tariffs", "fx-rates", "loyalty"), "tariffs": ("tariff-redis", "voyages-mysql"), "voyages": ("voyages-mysql", "availability"),
        "availability": ("voyages-mysql", "berths"), "berths": ("tariff-redis",), "itinerary": ("voyages", "documents", "weather", "charges"),
        "manifests": ("freight-kafka", "customs"), "customs": ("ledger-pg",), "cargo-search": ("cargo-es",),
    }),
    "payments": Team("java", "vault-agent", {
        "wallet": ("ledger-api", "charges"), "charges": ("antifraud", "ledger-api", "jobs-rabbit"), "ledger-api": ("ledger-pg",),
        "settlement": ("ledger-pg", "freight-kafka"), "payouts": ("ledger-api", "jobs-rabbit"), "fx-rates": ("tariff-redis",), "antifraud": ("session-valkey",),
    }),
    "people": Team("dotnet", "", {
        "login": ("session-valkey", "members"), "members": ("members-mongo",), "loyalty": ("members-mongo",), "preferences": ("members-mongo",),
        "notifier": ("jobs-rabbit", "letters"), "letters": ("documents",),
    }),
    "platform": Team("python", "", {
        "documents": ("render",), "render": (), "geo-index": ("cargo-es",), "weather": (), "schedule-import": ("voyages-mysql", "freight-kafka"),
        "events-relay": ("freight-kafka",), "audit-trail": ("freight-kafka", "ledger-pg"), "reports": ("ledger-pg",),
    }),
}  # fmt: skip
STORES = {
    "ledger-pg": ("data", "ghcr.io/zalando/spilo-16:3.3-p1", 5432, 2), "voyages-mysql": ("data", "percona/percona-server:8.0.36", 3306, 2),
    "members-mongo": ("data", "mongo:7.0.14", 27017, 3), "tariff-redis": ("data", "redis:7.2-bookworm", 6379, 1),
    "session-valkey": ("data", "valkey/valkey:8.0", 6379, 1), "cargo-es": ("data", "docker.elastic.co/elasticsearch/elasticsearch:8.15.1", 9200, 3),
    "freight-kafka": ("bus", "quay.io/strimzi/kafka:0.43.0-kafka-3.8.0", 9092, 3), "jobs-rabbit": ("bus", "rabbitmq:3.13.7-management", 5672, 3),
}  # fmt: skip
SPACE = {
    **{name: space for space, team in TEAMS.items() for name in team.members},
    **{name: told[0] for name, told in STORES.items()},
}
CALLS = {name: callees for team in TEAMS.values() for name, callees in team.members.items()}
IMAGES = {"go": "registry.harbour.example/booking/{}:v3.18.2", "java": "registry.harbour.example/payments/{}:2024.11.4", "dotnet": "registry.harbour.example/people/{}:9.1.0",
          "python": "registry.harbour.example/platform/{}:0.44.1", "envoy": "envoyproxy/envoy:v1.31.2"}  # fmt: skip
PORTS = {"go": 8080, "java": 8081, "dotnet": 5000, "python": 8000, "envoy": 10000}
PROBES = {
    "go": "/readyz",
    "java": "/actuator/health/readiness",
    "dotnet": "/health/ready",
    "python": "/healthz",
    "envoy": "/ready",
}
SIDECARS = {"istio-proxy": "docker.io/istio/proxyv2:1.23.2", "vault-agent": "hashicorp/vault:1.18.0"}


def callers_of(name: str) -> list[str]:
    return [caller for caller, callees in CALLS.items() if name in callees]


def settle(place: Place) -> None:
    """Everything that stands in this cluster while all is well."""
    for name in MASTERS:
        _node(place, name, "control-plane")
    for name in NODES:
        _node(place, name, "")
    for space in (
        "default",
        "kube-system",
        "edge",
        "booking",
        "payments",
        "people",
        "platform",
        "data",
        "bus",
        "observability",
        "team-ml",
        "istio-system",
    ):
        place.put("namespaces", "Namespace", space, status={"phase": "Active"})
        place.put("serviceaccounts", "ServiceAccount", "default", space)
    for space, team in TEAMS.items():
        for name, callees in team.members.items():
            _service(place, space, name, team, callees)
    for name, (space, image, port, replicas) in STORES.items():
        _store(place, name, space, image, port, replicas)
    place.edges = [(caller, one) for caller, callees in CALLS.items() for one in callees]
    _platform(place)


def _node(place: Place, name: str, role: str) -> None:
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"eu-north-1{'abc'[len(place.lists.get('nodes', ())) % 3]}",
    }
    if role:
        labels[f"node-role.kubernetes.io/{role}"] = ""
    conditions = [
        {"type": kind, "status": "True" if kind == "Ready" else "False", "reason": f"Kubelet{'Ready' if kind == 'Ready' else 'Has' + kind}", "lastHeartbeatTime": stamp(NOW - timedelta(seconds=20)), "lastTransitionTime": stamp(NOW - timedelta(days=41)),
         "message": "kubelet is posting ready status" if kind == "Ready" else f"kubelet has sufficient resources ({kind})"}
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    ]  # fmt: skip
    room = {"cpu": "16", "memory": "65843084Ki", "pods": "110", "ephemeral-storage": "104845292Ki"}
    spec: Obj = {"providerID": f"aws:///eu-north-1a/i-0{hashed(name, 12, '0123456789abcdef')}"}
    if role:
        spec["taints"] = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    addresses = [{"type": "InternalIP", "address": address_of(name)}, {"type": "Hostname", "address": name}]
    status = {"capacity": room, "allocatable": {**room, "cpu": "15890m", "memory": "58Gi"}, "conditions": conditions, "addresses": addresses,
              "nodeInfo": {"architecture": "amd64", "kubeletVersion": "v1.30.4", "containerRuntimeVersion": "containerd://1.7.22", "osImage": "Bottlerocket OS 1.24.0"}}  # fmt: skip
    place.put("nodes", "Node", name, metadata={"labels": labels}, spec=spec, status=status)


def work(
    place: Place, kind: str, space: str, name: str, image: str, port: int, *, replicas: int = 2, language: str = "", sidecar: str = "",
    service: bool = True, age: timedelta = timedelta(days=6), **box: Any,
) -> Obj:  # fmt: skip
    """A workload with its pods (all well) and its Service."""
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": space}
    own = {
        "name": name if language != "java" else "app",
        "image": image,
        "ports": [{"name": "http", "containerPort": port}],
        **box,
    }
    boxes = [own]
    if sidecar:
        boxes.append(
            {
                "name": sidecar,
                "image": SIDECARS[sidecar],
                "ports": [{"containerPort": 15090 if sidecar == "istio-proxy" else 8200}],
            }
        )
    template = {
        "metadata": {"labels": labels},
        "spec": {"serviceAccountName": "default", "containers": boxes},
    }
    place.works[name] = Work(kind, space, name, port, language)
    selector = {"matchLabels": {"app.kubernetes.io/name": name}}
    spec: Obj = {"selector": selector, "template": template}
    status: Obj = {
        "replicas": replicas,
        "readyReplicas": replicas,
        "availableReplicas": replicas,
        "updatedReplicas": replicas,
        "observedGeneration": 7,
    }
    if kind == "DaemonSet":
        status = {
            "desiredNumberScheduled": len(NODES),
            "numberReady": len(NODES),
            "numberAvailable": len(NODES),
            "currentNumberScheduled": len(NODES),
        }
    else:
        spec["replicas"] = replicas
    made = place.put(PLURAL[kind], kind, name, space, metadata={"labels": labels}, spec=spec, status=status)
    owner = (kind, name)
    if kind == "Deployment":
        place.lists.setdefault("replicasets", [])
        for revision, days in ((6, 20), (7, age.days)):
            label = {**labels, "pod-template-hash": hashed(f"{name}{revision}", 9)}
            meta = {"labels": label, "annotations": {"deployment.kubernetes.io/revision": str(revision)}, "age": timedelta(days=days) if revision == 6 else age,
                    "ownerReferences": [{"kind": kind, "name": name, "controller": True}]}  # fmt: skip
            old = (
                {
                    **template,
                    "spec": {
                        **template["spec"],
                        "containers": [{**own, "image": image + "-prev"}, *boxes[1:]],
                    },
                }
                if revision == 6
                else template
            )
            many = replicas if revision == 7 else 0
            place.put(
                "replicasets",
                "ReplicaSet",
                f"{name}-{label['pod-template-hash']}",
                space,
                metadata=meta,
                spec={"replicas": many, "template": old},
                status={"replicas": many, "readyReplicas": many},
            )
        owner = ("ReplicaSet", place.lists_replica(name))
    count = len(NODES) if kind == "DaemonSet" else replicas
    for number in range(count):
        pod = f"{name}-{number}" if kind == "StatefulSet" else f"{owner[1]}-{hashed(name + str(number), 5)}"
        _pod(place, space, pod, template, owner, number, age)
    if service:
        place.put("services", "Service", name, space, spec={"type": "ClusterIP", "clusterIP": f"172.20.{100 + len(place.works)}.17", "selector": selector["matchLabels"],
                                                             "ports": [{"name": "http", "port": port, "targetPort": port, "protocol": "TCP"}]})  # fmt: skip
    return made


def _pod(
    place: Place, space: str, name: str, template: Obj, owner: tuple[str, str], number: int, age: timedelta
) -> None:
    import copy

    spec = copy.deepcopy(template["spec"])
    turn = len(place.lists.get("pods", ()))
    spec["nodeName"] = NODES[number] if owner[0] == "DaemonSet" else NODES[turn % len(NODES)]
    since = stamp(NOW - age)
    states = [
        {
            "name": box["name"],
            "ready": True,
            "started": True,
            "restartCount": 0,
            "image": box["image"],
            "state": {"running": {"startedAt": since}},
        }
        for box in spec["containers"]
    ]
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": since}
        for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    meta = {
        "labels": dict(template["metadata"]["labels"]),
        "ownerReferences": [{"kind": owner[0], "name": owner[1], "controller": True}],
        "age": age,
    }
    address = f"10.44.{turn // 200}.{turn % 200 + 10}"
    place.put(
        "pods",
        "Pod",
        name,
        space,
        metadata=meta,
        spec=spec,
        status={
            "phase": "Running",
            "podIP": address,
            "startTime": since,
            "conditions": conditions,
            "containerStatuses": states,
            "qosClass": "Burstable",
        },
    )


def host_of(name: str) -> str:
    return f"{name}.{SPACE[name]}.svc.cluster.local"


def _variable(callee: str, language: str) -> Obj:
    key = callee.upper().replace("-", "_")
    if callee == "ledger-pg":
        return {
            "name": "SPRING_DATASOURCE_URL" if language == "java" else "DATABASE_URL",
            "value": f"{'jdbc:postgresql' if language == 'java' else 'postgres'}://{host_of(callee)}:5432/ledger",
        }
    if callee in STORES:
        return {"name": f"{key}_HOSTS", "value": f"{host_of(callee)}:{STORES[callee][2]}"}
    port = PORTS[TEAMS[SPACE[callee]].language]
    name = f"Clients__{key.title().replace('_', '')}__BaseUrl" if language == "dotnet" else f"{key}_BASE_URL"
    return {"name": name, "value": f"http://{host_of(callee)}:{port}"}


def _service(place: Place, space: str, name: str, team: Team, callees: tuple[str, ...]) -> None:
    port = PORTS[team.language]
    image = "nginx:1.27-alpine" if name == "harbour-web" else IMAGES[team.language].format(name)
    probe = {
        "httpGet": {"path": PROBES[team.language], "port": port},
        "periodSeconds": 10,
        "timeoutSeconds": 3,
        "failureThreshold": 3,
    }
    live = {
        **probe,
        "httpGet": {"path": PROBES[team.language].replace("ready", "live"), "port": port},
        "failureThreshold": 5,
    }
    work(
        place, "Deployment", space, name, image, port, replicas=3 if name in ("front-proxy", "voyages", "login") else 2, language=team.language, sidecar=team.sidecar,
        env=[{"name": "TZ", "value": "UTC"}, *(_variable(callee, team.language) for callee in callees)] if team.language != "envoy" else [],
        readinessProbe=probe, livenessProbe=live, resources={"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}},
        volumeMounts=[{"name": "config", "mountPath": "/etc/envoy"}] if name == "front-proxy" else [],
    )  # fmt: skip


def _store(place: Place, name: str, space: str, image: str, port: int, replicas: int) -> None:
    work(place, "StatefulSet", space, name, image, port, replicas=replicas, language="store", age=timedelta(days=33),
         resources={"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "8Gi"}}, volumeMounts=[{"name": "data", "mountPath": "/data"}])  # fmt: skip
    for pod in place.pods(name):
        claim = f"data-{pod['metadata']['name']}"
        pod["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3",
            "volumeName": f"pvc-{hashed(claim, 8)}",
            "resources": {"requests": {"storage": "100Gi"}},
        }
        place.put(
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            claim,
            space,
            spec=spec,
            status={"phase": "Bound", "capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"]},
        )
        volume = {
            "capacity": {"storage": "100Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3",
            "claimRef": {"namespace": space, "name": claim},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-0{hashed(claim, 12)}"},
        }
        place.put(
            "persistentvolumes",
            "PersistentVolume",
            str(spec["volumeName"]),
            spec=volume,
            status={"phase": "Bound"},
        )


def _platform(place: Place) -> None:
    place.put(
        "storageclasses",
        "StorageClass",
        "gp3",
        provisioner="ebs.csi.aws.com",
        volumeBindingMode="WaitForFirstConsumer",
        metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    )
    for space, kind, name, image, replicas in (
        (
            "kube-system",
            "Deployment",
            "coredns",
            "602401143452.dkr.ecr.eu-north-1.amazonaws.com/eks/coredns:v1.11.3",
            2,
        ),
        (
            "kube-system",
            "DaemonSet",
            "kube-proxy",
            "602401143452.dkr.ecr.eu-north-1.amazonaws.com/eks/kube-proxy:v1.30.3",
            0,
        ),
        ("kube-system", "DaemonSet", "cilium", "quay.io/cilium/cilium:v1.16.2", 0),
        (
            "kube-system",
            "Deployment",
            "ebs-csi-controller",
            "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.35.0",
            2,
        ),
        (
            "kube-system",
            "Deployment",
            "metrics-server",
            "registry.k8s.io/metrics-server/metrics-server:v0.7.2",
            1,
        ),
        ("istio-system", "Deployment", "istiod", "docker.io/istio/pilot:1.23.2", 2),
        ("observability", "StatefulSet", "prometheus", "quay.io/prometheus/prometheus:v2.54.1", 1),
        ("observability", "DaemonSet", "otel-collector", "otel/opentelemetry-collector-contrib:0.110.0", 0),
        (
            "observability",
            "Deployment",
            "kube-state-metrics",
            "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.13.0",
            1,
        ),
    ):
        work(place, kind, space, name, image, 9090, replicas=replicas or 1, age=timedelta(days=33))
