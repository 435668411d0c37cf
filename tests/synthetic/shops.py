"""Healthy clusters to break: a small shop on four nodes, and the same with the noise of years."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.cluster import Cluster
from tests.worlds import LONG_AGO, NOW, stamp

SERVICES = ("portal", "ledger", "parcel")
"""portal calls ledger, ledger calls parcel."""


def shop(**main: Any) -> Cluster:
    """A control-plane node, three workers, three Deployments that call each other, all of it well.

    `main`: fields of the first container of `ledger`, the workload that tests break.
    """
    cluster = Cluster()
    cluster.node("cp-1", labels={"node-role.kubernetes.io/control-plane": ""})
    cluster.taint("cp-1", "node-role.kubernetes.io/control-plane")
    for number in (1, 2, 3):
        cluster.node(f"n{number}")
    address = {"name": "PARCEL_URL", "value": "http://parcel:80"}
    cluster.deployment("portal", env=[{"name": "LEDGER_URL", "value": "http://ledger:80"}])
    cluster.deployment("ledger", env=[address, *main.pop("env", ())], **main)
    cluster.deployment("parcel")
    cluster.edges += [("portal", "ledger"), ("ledger", "parcel")]
    cluster.named("serviceaccounts", "ServiceAccount", "default")
    cluster.named("namespaces", "Namespace", cluster.namespace, namespaced=False, status={"phase": "Active"})
    cluster.healthy_signals(*SERVICES)
    for name in SERVICES:
        for pod in cluster.pods_of(name):
            cluster.log(pod["metadata"]["name"], ['{"level":"info","msg":"served"}'])
    return cluster


def noisy_shop() -> Cluster:
    """Well, with everything that lies about in a system that has run for long: nothing here is a cause."""
    cluster = shop()
    old = NOW - timedelta(days=2)
    for pod in cluster.pods_of("parcel"):
        ended = {"exitCode": 1, "reason": "Error", "finishedAt": stamp(old)}
        pod["status"]["containerStatuses"][0] |= {"restartCount": 3, "lastState": {"terminated": ended}}
        cluster.event(
            "Pod",
            pod["metadata"]["name"],
            "Unhealthy",
            "Readiness probe failed: HTTP probe failed with statuscode: 503",
            old,
        )
    cluster.event("Node", "n2", "NodeNotReady", "Node n2 status is now: NodeNotReady", old)
    cluster.event("Pod", "gone-1", "FailedScheduling", "0/4 nodes are available: 4 Insufficient memory.", old)
    cluster.named("secrets", "Secret", "unused", type="Opaque", data={"token": ""})
    cluster.named("configmaps", "ConfigMap", "forgotten", data={"A": "b"})
    cluster.job(
        "nightly-1",
        owner="nightly",
        status={"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]},
    )
    cluster.job_pod("nightly-1", "nightly-1-x", exit_code=0, reason="Completed")
    cluster.cron_job("nightly", "0 3 * * *", status={"lastScheduleTime": stamp(NOW - timedelta(hours=9))})
    quota = {
        "hard": {"pods": "50", "requests.memory": "64Gi"},
        "used": {"pods": "7", "requests.memory": "8Gi"},
    }
    cluster.named("resourcequotas", "ResourceQuota", "fair", spec={"hard": quota["hard"]}, status=quota)
    cluster.named(
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        "ledger",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "ledger"}}},
        status={"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2},
    )
    cluster.named(
        "persistentvolumes",
        "PersistentVolume",
        "left-over",
        namespaced=False,
        spec={"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}},
        status={"phase": "Released"},
    )
    cluster.lists["persistentvolumes"][-1]["metadata"]["creationTimestamp"] = stamp(LONG_AGO)
    return cluster
