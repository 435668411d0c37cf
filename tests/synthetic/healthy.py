"""Clusters that are busy, old or just changed, and well: nothing in them is a cause; imports no rule."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import noisy_shop, shop
from tests.synthetic.talk import kept_shop, says
from tests.worlds import NOW, stamp

Raw = dict[str, Any]


def minutes_ago(minutes: float) -> str:
    return stamp(NOW - timedelta(minutes=minutes))


def normal(cluster: Cluster, kind: str, name: str, reason: str, message: str, minutes: float) -> None:
    """An event that warns of nothing."""
    cluster.event(kind, name, reason, message, NOW - timedelta(minutes=minutes))
    cluster.lists["events"][-1]["type"] = "Normal"


def restarted(
    cluster: Cluster, name: str, reason: str, exit_code: int, *, hours: float, times: int = 7
) -> None:
    """Its containers ended so many hours before, and have run since."""
    at = stamp(NOW - timedelta(hours=hours))
    for pod in cluster.pods_of(name):
        ended = {"terminated": {"exitCode": exit_code, "reason": reason, "finishedAt": at}}
        state = {"running": {"startedAt": at}}
        pod["status"]["containerStatuses"][0] |= {"restartCount": times, "lastState": ended, "state": state}


def rolled_out() -> Cluster:
    """A roll-out that has finished: new pods, the old ReplicaSet empty, a probe that failed once while they started."""
    cluster = shop()
    owner = cluster.any_workload("ledger")
    template = owner["spec"]["template"]
    old = copy.deepcopy(template)
    old["spec"]["containers"][0]["image"] = "reg.example/ledger:0.9"
    at = NOW - timedelta(minutes=40)
    cluster.lists["replicasets"][1]["spec"] |= {"template": old, "replicas": 0}
    cluster.replica_set("ledger", 2, template, at)["spec"]["replicas"] = 2
    cluster.lists["pods"] = [
        one for one in cluster.lists["pods"] if one["metadata"]["labels"]["app"] != "ledger"
    ]
    for number in range(2):
        pod = cluster.pod("ledger", f"ledger-r2-{number}", template)
        pod["metadata"]["creationTimestamp"] = stamp(at)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": stamp(at)}}
        cluster.event(
            "Pod", f"ledger-r2-{number}", "Unhealthy", "Readiness probe failed: Get \"http://10.1.0.3:8080/ready\": dial tcp 10.1.0.3:8080: connect: connection refused", at
        )  # fmt: skip
        cluster.log(f"ledger-r2-{number}", [f"{minutes_ago(1)} INFO served"])
    normal(
        cluster,
        "Deployment",
        "ledger",
        "ScalingReplicaSet",
        "Scaled up replica set ledger-r2 to 2 from 1",
        40,
    )
    normal(
        cluster,
        "Deployment",
        "ledger",
        "ScalingReplicaSet",
        "Scaled down replica set ledger-r1 to 0 from 1",
        39,
    )
    return cluster


def autoscaled(current: int = 4, most: int = 10) -> Cluster:
    """An autoscaler that has just followed the usual rise of the morning, or stands calmly at its most."""
    cluster = shop()
    owner = cluster.any_workload("ledger")
    owner["spec"]["replicas"] = current
    for number in range(2, current):
        cluster.pod("ledger", f"ledger-r1-{number}", owner["spec"]["template"])
    target = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }
    now = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 64}}}
    cluster.named(
        "horizontalpodautoscalers", "HorizontalPodAutoscaler", "ledger",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": "ledger"}, "minReplicas": 2, "maxReplicas": most, "metrics": [target]},
        status={"currentReplicas": current, "desiredReplicas": current, "currentMetrics": [now],
                "conditions": [{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"},
                               {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
                               {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange"}]},
    )  # fmt: skip
    normal(cluster, "HorizontalPodAutoscaler", "ledger", "SuccessfulRescale", "New size: 4; reason: cpu resource utilization (percentage of request) above target", 12)  # fmt: skip
    return cluster


def at_its_most() -> Cluster:
    return autoscaled(4, 4)


def killed_long_ago() -> Cluster:
    cluster = shop()
    restarted(cluster, "ledger", "OOMKilled", 137, hours=150)
    restarted(cluster, "parcel", "Error", 1, hours=30, times=41)
    return cluster


def drained() -> Cluster:
    """A node is cordoned for its upgrade; everything runs elsewhere."""
    cluster = shop()
    cluster.cordon("n3")
    normal(cluster, "Node", "n3", "NodeNotSchedulable", "Node n3 status is now: NodeNotSchedulable", 25)
    return cluster


def reserved() -> Cluster:
    """Nodes that are kept for others: tainted, and none of this namespace's business."""
    cluster = shop()
    cluster.node("gpu-1", labels={"accelerator": "a100"})
    cluster.taint("gpu-1", "nvidia.com/gpu", "present")
    return cluster


def node_came_back() -> Cluster:
    cluster = shop()
    cluster.event(
        "Node", "n2", "NodeNotReady", "Node n2 status is now: NodeNotReady", NOW - timedelta(hours=3)
    )
    normal(cluster, "Node", "n2", "NodeReady", "Node n2 status is now: NodeReady", 175)
    normal(cluster, "Node", "n2", "Starting", "Starting kubelet.", 176)
    return cluster


def switched_off() -> Cluster:
    """Tools that people have switched off on purpose: no replicas, no callers, a suspended schedule."""
    cluster = shop()
    cluster.deployment("debugger", replicas=0)
    cluster.cron_job("yearly", "0 0 1 1 *", suspend=True)
    return cluster


def jobs_done() -> Cluster:
    """Jobs that ended well, one of them at its second try, and a migration that ran before the release."""
    cluster = shop()
    done = {
        "succeeded": 1,
        "conditions": [{"type": "Complete", "status": "True"}],
        "completionTime": minutes_ago(50),
    }
    cluster.job("migrate-42", status=done)
    cluster.job_pod("migrate-42", "migrate-42-a", exit_code=0, reason="Completed")
    cluster.cron_job(
        "report",
        "*/10 * * * *",
        status={"lastScheduleTime": minutes_ago(4), "lastSuccessfulTime": minutes_ago(3)},
    )
    cluster.job("report-29000001", owner="report", status={**done, "failed": 1})
    cluster.job_pod("report-29000001", "report-29000001-a")
    cluster.job_pod("report-29000001", "report-29000001-b", exit_code=0, reason="Completed")
    for pod in cluster.lists["pods"][-2:]:
        pod["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"] = minutes_ago(50)
    return cluster


def hard_worked() -> Cluster:
    """Busy as always: CPU at two thirds of its limit, memory at four fifths, a node at 70 %."""
    cluster = shop(resources={"limits": {"cpu": "1", "memory": "512Mi"}})
    for pod in cluster.pods_of("ledger"):
        name = pod["metadata"]["name"]
        cluster.series("container_cpu_usage_cores", {"pod": name, "container": "main"}, 0.62, 0.64)
        cluster.series("container_memory_working_set_bytes", {"pod": name, "container": "main"}, 4.2e8, 4.2e8)
        cluster.series("throttling", {"pod": name, "container": "main"}, 0.03, 0.03)
    for node in ("n1", "n2", "n3"):
        cluster.series("node_cpu_utilization_percent", {"node": node}, 70.0, 71.0)
        cluster.series("node_tcp_retransmits", {"node": node}, 0.4, 0.4)
    return cluster


def busier() -> Cluster:
    """The usual rise of the morning: a third more requests, as fast as before."""
    cluster = shop()
    cluster.answers = [one for one in cluster.answers if "metrics/traffic" not in one.name]
    for name in ("portal", "ledger", "parcel"):
        cluster.series("traffic", {"service": name}, 5.0, 6.6)
    return cluster


def talkative() -> Cluster:
    """Programs that speak of small things: clients' mistakes, retries that worked, slow starts long past."""
    cluster = kept_shop(alert="")
    says(
        cluster, "ledger",
        "INFO GET /orders/17 404 4ms", "WARN client closed request", "INFO retry 1/3 to parcel succeeded",
        "INFO connected to vault:3306", "DEBUG pool: total=10, active=2, idle=8, waiting=0",
        'INFO feature "new-checkout" enabled=true',
    )  # fmt: skip
    says(
        cluster, "vault",
        "[Note] Aborted connection 17 to db: 'shop' user: 'app' (Got an error reading communication packets)",
        "[Note] InnoDB: Buffer pool(s) load completed",
    )  # fmt: skip
    return cluster


def blinked() -> Cluster:
    """A probe failed once some minutes ago; the pods have been ready throughout."""
    cluster = shop()
    pod = cluster.pods_of("ledger")[0]["metadata"]["name"]
    message = "Liveness probe failed: Get \"http://10.1.0.3:8080/live\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"  # fmt: skip
    cluster.event("Pod", pod, "Unhealthy", message, NOW - timedelta(minutes=9))
    return cluster


def guarded() -> Cluster:
    """Policies, budgets, quotas and limits that hold, and hinder nobody."""
    cluster = shop()
    policy = {
        "podSelector": {}, "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
    }  # fmt: skip
    cluster.named("networkpolicies", "NetworkPolicy", "within", spec=policy)
    cluster.named(
        "poddisruptionbudgets", "PodDisruptionBudget", "ledger",
        spec={"minAvailable": 2, "selector": {"matchLabels": {"app": "ledger"}}},
        status={"disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 2},
    )  # fmt: skip
    hard, used = {"pods": "8", "requests.memory": "8Gi"}, {"pods": "7", "requests.memory": "7Gi"}
    cluster.named(
        "resourcequotas", "ResourceQuota", "tight", spec={"hard": hard}, status={"hard": hard, "used": used}
    )
    limits = [{"type": "Container", "max": {"memory": "2Gi"}, "default": {"memory": "512Mi"}}]
    cluster.named("limitranges", "LimitRange", "usual", spec={"limits": limits})
    return cluster


def unclaimed() -> Cluster:
    """A claim that waits for its first pod, as its class says; nobody mounts it yet."""
    cluster = shop()
    cluster.named(
        "storageclasses", "StorageClass", "gp3", namespaced=False,
        provisioner="ebs.csi.aws.com", volumeBindingMode="WaitForFirstConsumer",
    )  # fmt: skip
    spec = {
        "storageClassName": "gp3",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "5Gi"}},
    }
    cluster.named(
        "persistentvolumeclaims", "PersistentVolumeClaim", "spare", spec=spec, status={"phase": "Pending"}
    )
    normal(cluster, "PersistentVolumeClaim", "spare", "WaitForFirstConsumer", "waiting for first consumer to be created before binding", 1)  # fmt: skip
    return cluster


def released() -> Cluster:
    """Changes that were merged and deployed, after which all went on as before."""
    cluster = rolled_out()
    cluster.changes += [
        {"at": minutes_ago(41), "kind": "deploy", "service": "ledger", "revision": "a1b2c3d", "title": "ledger 1.0: rounding of totals"},
        {"at": minutes_ago(200), "kind": "merge", "service": None, "revision": "d4e5f6a", "title": "Explain the setup in the README"},
    ]  # fmt: skip
    return cluster


def split() -> Cluster:
    """A canary behind a mesh: two versions of one workload, a tenth of the traffic for the new one."""
    cluster = shop()
    cluster.deployment("ledger-canary", replicas=1)
    for one in [cluster.any_workload("ledger-canary")["spec"]["template"], *cluster.pods_of("ledger-canary")]:
        one["metadata"]["labels"] |= {"version": "v2"}
    weights = [
        {"destination": {"host": "ledger"}, "weight": 90},
        {"destination": {"host": "ledger-canary"}, "weight": 10},
    ]
    cluster.named(
        "virtualservices",
        "VirtualService",
        "ledger",
        spec={"hosts": ["ledger"], "http": [{"route": weights}]},
    )
    cluster.healthy_signals("ledger-canary")
    cluster.log("ledger-canary-r1-0", [f"{minutes_ago(1)} INFO served"])
    return cluster


def with_stores() -> Cluster:
    return kept_shop(alert="")


def deleted_lately() -> Cluster:
    """A pod was replaced by hand a quarter of an hour ago, and its successor serves."""
    cluster = shop()
    pod = cluster.pods_of("ledger")[0]
    at = NOW - timedelta(minutes=15)
    pod["metadata"]["creationTimestamp"] = stamp(at)
    pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": stamp(at)}}
    pod["status"]["conditions"][0]["lastTransitionTime"] = stamp(at)
    normal(cluster, "Pod", "ledger-r1-9", "Killing", "Stopping container main", 15)
    normal(cluster, "ReplicaSet", "ledger-r1", "SuccessfulCreate", "Created pod: ledger-r1-0", 15)
    return cluster


def pulled_slowly() -> Cluster:
    """Images that were pulled at the second try, a volume that was attached at the third: all of it while starting, yesterday."""
    cluster = shop()
    yesterday = NOW - timedelta(hours=26)
    for pod in cluster.pods_of("parcel"):
        name = pod["metadata"]["name"]
        cluster.event("Pod", name, "Failed", 'Failed to pull image "reg.example/parcel:1.0": rpc error: code = Unknown desc = failed to pull and unpack image: net/http: TLS handshake timeout', yesterday)  # fmt: skip
        cluster.event("Pod", name, "FailedMount", "MountVolume.SetUp failed for volume \"kube-api-access-x\" : failed to sync configmap cache: timed out waiting for the condition", yesterday)  # fmt: skip
        cluster.event("Pod", name, "FailedAttachVolume", 'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node', yesterday)  # fmt: skip
    return cluster


HEALTHY = (
    shop, noisy_shop, rolled_out, autoscaled, at_its_most, killed_long_ago, drained, reserved, node_came_back,
    switched_off, jobs_done, hard_worked, busier, talkative, blinked, guarded, unclaimed, released, split, with_stores,
    deleted_lately, pulled_slowly,
)  # fmt: skip
