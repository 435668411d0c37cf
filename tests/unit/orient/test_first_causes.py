"""Each of the first causes is named from what a cluster would show, with words that stand in it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.domain.entity import EntityRef
from sre_agent.orient.engine import Thinking, diagnose
from tests.worlds import NOW, ONSET, World, stamp, workload


def shop() -> World:
    world = World()
    world.deployment("web", env=[{"name": "ORDERS_URL", "value": "http://orders:80"}])
    world.deployment("orders", env=[{"name": "STOCK_URL", "value": "http://stock:80"}])
    world.deployment("stock")
    world.healthy_signals("web", "orders", "stock")
    for name in ("web", "orders", "stock"):
        world.log(f"{name}-r1-0", ['{"level":"info","msg":"served"}'])
    return world


def wrong_image() -> World:
    world = shop()
    template = world.lists["deployments"][1]["spec"]["template"]
    fresh = json.loads(json.dumps(template))
    fresh["spec"]["containers"][0]["image"] = "reg.example/orders:9.9"
    world.lists["deployments"][1]["spec"]["template"] = fresh
    world.replica_set("orders", 2, fresh, ONSET - timedelta(seconds=20))
    waiting = {
        "waiting": {
            "reason": "ImagePullBackOff",
            "message": 'Back-off pulling image "reg.example/orders:9.9"',
        }
    }
    world.pod("orders", "orders-r2-0", fresh)
    pod = world.lists["pods"][-1]
    pod["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [{"name": "main", "ready": False, "restartCount": 0, "state": waiting}],
    }
    text = 'Failed to pull image "reg.example/orders:9.9": rpc error: reg.example/orders:9.9: not found'
    world.event("Pod", "orders-r2-0", "Failed", text)
    world.alert("KubeContainerWaiting", workload("orders"))
    return world


def crash_by_setting() -> World:
    world = shop()
    world.lists["deployments"][2]["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [
        {"configMapRef": {"name": "stock-settings"}}
    ]
    world.config_map("stock-settings", {"REFRESH": "soon", "SIZE": "5"}, {"REFRESH": "30", "SIZE": "5"})
    ended = {"terminated": {"reason": "Error", "exitCode": 1}}
    crash = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended, "restartCount": 5}
    world.break_pods("stock", **crash)
    world.log("stock-r1-0", ["ValueError: REFRESH: invalid number 'soon'"], previous=True)
    world.alert("KubePodCrashLooping", workload("stock"))
    return world


def out_of_memory() -> World:
    world = shop()
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    world.break_pods(
        "orders", state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=killed, restartCount=4
    )
    world.alert("KubePodCrashLooping", workload("orders"))
    return world


def selector_mismatch() -> World:
    world = shop()
    world.lists["services"][1]["spec"]["selector"] = {"app": "order"}
    lines = ['{"level":"error","msg":"call failed","error":"GET http://orders:80/: connection refused"}']
    world.log("web-r1-0", lines)
    world.series("errors", {"service": "web"}, 0.0, 0.6)
    world.alert("HighErrorRate", workload("web"))
    return world


def wrong_probe_port() -> World:
    world = shop()
    for holder in (world.lists["deployments"][2]["spec"]["template"], *world.pods_of("stock")):
        holder["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"port": 9999, "path": "/ready"}}
    world.break_pods("stock", state={"running": {"startedAt": stamp(ONSET)}})
    text = 'Readiness probe failed: Get "http://10.0.0.1:9999/ready": dial tcp 10.0.0.1:9999: connect: connection refused'
    for pod in world.pods_of("stock"):
        world.event("Pod", pod["metadata"]["name"], "Unhealthy", text)
    world.alert("KubePodNotReady", workload("stock"))
    return world


def scaled_to_zero() -> World:
    world = shop()
    world.lists["deployments"][2]["spec"]["replicas"] = 0
    world.lists["pods"] = [pod for pod in world.lists["pods"] if pod["metadata"]["labels"]["app"] != "stock"]
    world.event("Deployment", "stock", "ScalingReplicaSet", "Scaled down replica set stock-r1 to 0 from 2")
    world.series("errors", {"service": "orders"}, 0.0, 0.7)
    world.alert("HighErrorRate", workload("orders"))
    return world


def throttled_two_hops_away() -> World:
    world = shop()
    for service in ("web", "orders", "stock"):
        world.series("latency", {"service": service}, 0.05, 0.9)
    world.series("throttling", {"pod": "stock-r1-0", "container": "main"}, 0.0, 0.9)
    template = world.lists["deployments"][2]["spec"]["template"]
    slower = json.loads(json.dumps(template))
    template["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "500m"}}
    slower["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "20m"}}
    world.lists["deployments"][2]["spec"]["template"] = slower
    world.replica_set("stock", 2, slower, ONSET - timedelta(seconds=30))
    world.alert("HighLatency", workload("web"))
    return world


def surge() -> World:
    world = shop()
    world.series("traffic", {"service": "web"}, 5.0, 20.0)
    world.series("workers", {"service": "web"}, 0.2, 1.0)
    world.series("latency", {"service": "web"}, 0.05, 0.8)
    world.alert("HighLatency", workload("web"))
    return world


def bad_release() -> World:
    world = shop()
    template = json.loads(json.dumps(world.lists["deployments"][1]["spec"]["template"]))
    template["spec"]["containers"][0]["image"] = "reg.example/orders:abc1234"
    world.lists["deployments"][1]["spec"]["template"] = template
    world.replica_set("orders", 2, template, ONSET - timedelta(seconds=25))
    stack = 'Traceback\\n  File \\"services/orders/app.py\\", line 12, in total\\nKeyError: \\"currency\\"'
    world.log(
        "orders-r1-0",
        [f'{{"ts":"{stamp(ONSET)}","level":"error","msg":"failed","error":"KeyError","stack":"{stack}"}}'],
    )
    world.series("errors", {"service": "orders"}, 0.0, 0.5)
    merge = {
        "number": 7,
        "title": "Round totals",
        "author": "kim",
        "merged_at": stamp(ONSET - timedelta(seconds=60)),
        "merge_sha": "abc1234def",
        "files": ["services/orders/app.py"],
    }
    world.answers.append(type(world.answers[0])("E90", "github/merges", {}, {"merges": [merge]}))
    world.alert("HighErrorRate", workload("orders"))
    return world


def kubelet_down() -> World:
    world = shop()
    condition = {"type": "Ready", "status": "Unknown", "message": "Kubelet stopped posting node status."}
    world.add("nodes", {"kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions": [condition]}})
    labels = {"node": "n1", "name": "kubelet.service", "state": "failed"}
    world.series("node_systemd_unit_state", labels, 1.0, 1.0)
    world.break_pods("stock")
    world.alert("KubeDeploymentReplicasMismatch", workload("stock"))
    return world


CASES = {
    "incorrect_image_reference": (wrong_image, "orders"),
    "bad_config_change": (crash_by_setting, "stock"),
    "oom_killed": (out_of_memory, "orders"),
    "service_selector_mismatch": (selector_mismatch, "orders"),
    "readiness_probe_incorrect_port": (wrong_probe_port, "stock"),
    "deployment_zero_replicas": (scaled_to_zero, "stock"),
    "cpu_throttling": (throttled_two_hops_away, "stock"),
    "traffic_surge": (surge, "web"),
    "bad_deployment": (bad_release, "orders"),
    "kubelet_unavailable": (kubelet_down, "n1"),
}


@pytest.mark.promise("SEE-1")
@pytest.mark.parametrize("cause", CASES)
def test_the_cause_and_its_entity_come_first_and_every_word_quoted_stands_in_its_source(cause: str) -> None:
    make, entity = CASES[cause]
    picture = make().picture()
    verdict = diagnose(picture)
    best = verdict.diagnosis.hypotheses[0]
    assert (best.cause, best.entity.name) == (cause, entity)
    assert best.confidence >= 0.6
    assert best.evidence


@pytest.mark.promise("SEE-3")
def test_a_healthy_service_with_an_alert_is_called_healthy() -> None:
    world = shop()
    world.alert("HighErrorRate", workload("orders"))
    verdict = diagnose(world.picture())
    assert verdict.diagnosis.outcome is DiagnosisOutcome.HEALTHY


@pytest.mark.promise("SEE-4")
def test_a_service_without_metrics_and_logs_is_not_called_healthy() -> None:
    world = World()
    world.deployment("orders")
    world.alert("MetricsMissing", workload("orders"))
    verdict = diagnose(world.picture())
    asked = tuple(question.id for question in verdict.diagnosis.next_questions)
    verdict = diagnose(world.picture(), Thinking(asked=asked))
    assert verdict.diagnosis.outcome is DiagnosisOutcome.INSUFFICIENT_EVIDENCE
    assert "traffic of orders" in verdict.diagnosis.reason


def test_a_fault_elsewhere_in_the_namespace_is_not_blamed_for_what_it_cannot_reach() -> None:
    world = bad_release()
    world.deployment("nightly")
    world.break_pods(
        "nightly",
        state={"waiting": {"reason": "CrashLoopBackOff"}},
        lastState={"terminated": {"reason": "Error", "exitCode": 1}},
        restartCount=900,
    )
    best = diagnose(world.picture()).diagnosis.hypotheses[0]
    assert best.cause == "bad_deployment"


def test_a_roll_out_after_the_first_symptom_is_innocent() -> None:
    world = bad_release()
    world.lists["replicasets"][-1]["metadata"]["creationTimestamp"] = stamp(NOW - timedelta(seconds=5))
    assert "bad_deployment" not in {one.cause for one in diagnose(world.picture()).diagnosis.hypotheses}


@pytest.mark.promise("SEE-5")
def test_the_same_picture_gives_the_same_diagnosis() -> None:
    assert diagnose(bad_release().picture()).diagnosis == diagnose(bad_release().picture()).diagnosis


def test_an_entity_outside_the_cluster_does_not_stop_the_diagnosis() -> None:
    world = shop()
    world.alert("Odd", EntityRef(kind="Deployment", namespace="acme", name="gone"))
    assert diagnose(world.picture()).diagnosis.outcome
