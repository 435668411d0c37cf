"""What ended days ago, what others suffer, and what is down in several places at once, beside what is so now."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.offline.desk import diagnosis_of
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import LONG_AGO, NOW, ONSET, stamp, workload


def killed_days_ago() -> Cluster:
    """A container that was killed for its memory three days ago and runs since; its pods are not ready now."""
    cluster = shop()
    for pod in cluster.pods_of("ledger"):
        ended = {
            "terminated": {
                "exitCode": 137,
                "reason": "OOMKilled",
                "finishedAt": stamp(NOW - timedelta(days=3)),
            }
        }
        running = {"running": {"startedAt": stamp(LONG_AGO)}}
        pod["status"]["containerStatuses"][0] |= {
            "restartCount": 2,
            "lastState": ended,
            "state": running,
            "ready": False,
        }
        pod["status"]["conditions"] = [
            {"type": "Ready", "status": "False", "lastTransitionTime": stamp(ONSET)}
        ]
    cluster.alert("HighErrorRate", workload("ledger"))
    return cluster


def test_a_kill_of_days_ago_is_no_cause_of_what_fails_now() -> None:
    root = diagnosis_of(killed_days_ago().snapshot())[0].root
    assert root is None or root.cause != "oom_killed"


def test_the_same_kill_a_moment_ago_is() -> None:
    cluster = killed_days_ago()
    cluster.crashing("ledger", 137, "OOMKilled")
    root = diagnosis_of(cluster.snapshot())[0].root
    assert root is not None
    assert root.cause == "oom_killed"


def test_a_scheduler_that_is_down_on_every_machine_is_one_fault() -> None:
    cluster = shop()
    for number in (1, 2, 3):
        name = f"control-{number}"
        cluster.node(name, labels={"node-role.kubernetes.io/control-plane": ""})
        cluster.series(
            "up", {"job": "kube-scheduler", "instance": f"{name}:10259", "node": name}, 1.0, 0.0, steady=True
        )
    root = diagnosis_of(cluster.snapshot())[0].root
    assert root is not None
    assert (root.cause, root.confidence > 0.8) == ("kube_scheduler_unavailable", True)
