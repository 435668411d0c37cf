"""A node whose kubelet dies: what is seen, what is not, and what is done about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.registry.options import DeleteOptions
from tests.components.lab_kube.lab_kube_yard import Yard, app_state, is_ready, yard


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard(tmp_path, default_toleration_seconds=2) as found:
        yield found


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard(tmp_path) as found:
        yield found


def condition(obj: Obj, kind: str) -> Obj:
    return next(one for one in obj["status"]["conditions"] if one["type"] == kind)


async def lose(here: Yard) -> str:
    """A pod's node loses its kubelet; its name."""
    here.pod("p", "echo up; sleep 3600")
    node = str((await here.until("pods", "p", is_ready))["spec"]["nodeName"])
    await here.cluster.stop_kubelet(node)
    return node


async def test_a_silent_node_is_not_ready_and_its_pods_count_as_unready(patient: Yard) -> None:
    patient.create(
        "services", {"metadata": {"name": "s"}, "spec": {"selector": {"app": "p"}, "ports": [{"port": 80}]}}
    )
    node = await lose(patient)
    found = await patient.until("nodes", node, lambda one: condition(one, "Ready")["status"] == "Unknown")
    assert condition(found, "Ready")["reason"] == "NodeStatusUnknown"
    assert condition(found, "Ready")["message"] == "Kubelet stopped posting node status."
    found = await patient.until("nodes", node, lambda one: len(one["spec"].get("taints", ())) == 2)
    assert {(one["key"], one["effect"]) for one in found["spec"]["taints"]} == {
        ("node.kubernetes.io/unreachable", "NoSchedule"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
    }
    pod = await patient.until("pods", "p", lambda one: not is_ready(one))
    assert app_state(pod)["ready"] is True
    assert (await patient.until_event("p", "NodeNotReady"))["message"] == "Node is not ready"
    assert (await patient.until_event(node, "NodeNotReady"))[
        "message"
    ] == f"Node {node} status is now: NodeNotReady"
    await patient.until("endpoints", "s", lambda one: "addresses" not in one.get("subsets", [{}])[0])


async def test_a_kubelet_that_is_well_says_so_where_it_was_taken_for_silent(patient: Yard) -> None:
    """On a machine that stood still for a moment; it must not stay so until the next full report."""
    patient.pod("p", "echo up; sleep 3600")
    name = str((await patient.until("pods", "p", is_ready))["spec"]["nodeName"])
    node = patient.get("nodes", name) or {}
    kept = [one for one in node["status"]["conditions"] if one["type"] != "Ready"]
    lost = {**condition(node, "Ready"), "status": "Unknown"}
    status = {**node["status"], "conditions": [*kept, lost]}
    patient.cluster.registry.set_status("nodes", node, status)
    await patient.until("pods", "p", lambda one: not is_ready(one))
    await patient.until("nodes", name, lambda one: condition(one, "Ready")["status"] == "True")
    await patient.until("pods", "p", is_ready)


async def test_its_containers_run_on_unseen(patient: Yard) -> None:
    node = await lose(patient)
    running = list(patient.cluster.containers())
    assert [one.node for one in running] == [node]
    patient.toy("p")._task.cancel()
    ended = await running[0].handle.wait()
    assert ended.code == 143
    assert "running" in app_state(patient.get("pods", "p") or {})["state"]


async def test_its_logs_cannot_be_read(patient: Yard) -> None:
    await lose(patient)
    with pytest.raises(ApiError) as caught:
        patient.cluster.pod_logs("default", "p", "app")
    assert caught.value.code == 500
    assert "10250: connect: connection refused" in caught.value.message


async def test_nothing_new_goes_there(patient: Yard) -> None:
    node = await lose(patient)
    await patient.until("nodes", node, lambda one: bool(one["spec"].get("taints")))
    for number in range(4):
        patient.pod(f"new-{number}")
    for number in range(4):
        found = await patient.until("pods", f"new-{number}", is_ready)
        assert found["spec"]["nodeName"] != node


async def test_a_kubelet_that_returns_takes_up_what_runs(patient: Yard) -> None:
    node = await lose(patient)
    await patient.until("pods", "p", lambda one: not is_ready(one))
    await patient.cluster.start_kubelet(node)
    await patient.until("nodes", node, lambda one: condition(one, "Ready")["status"] == "True")
    await patient.until("nodes", node, lambda one: not one["spec"].get("taints"))
    found = await patient.until("pods", "p", is_ready)
    assert app_state(found)["restartCount"] == 0
    assert [line.text for line in patient.cluster.pod_logs("default", "p", "app")] == ["up"]


async def test_pods_are_marked_for_deletion_when_their_toleration_ends_but_nobody_ends_them(
    here: Yard,
) -> None:
    node = await lose(here)
    await here.until("pods", "p", lambda one: "deletionTimestamp" in one["metadata"])
    event = await here.until_event("p", "TaintManagerEviction")
    assert event["message"] == "Marking for deletion Pod default/p"
    assert [one.node for one in here.cluster.containers()] == [node]
    here.delete("pods", "p", DeleteOptions(grace_seconds=0))
    assert here.get("pods", "p") is None
    await here.cluster.start_kubelet(node)
    await here.until("nodes", node, lambda one: condition(one, "Ready")["status"] == "True")
    assert await _none_left(here)


async def _none_left(here: Yard) -> bool:
    """The kubelet that came back ends what the API no longer knows."""
    for one in tuple(here.cluster.containers()):
        await one.handle.wait()
    return True


async def test_a_workload_moves_when_its_pod_is_evicted(here: Yard) -> None:
    template = {
        "metadata": {"labels": {"app": "d"}},
        "spec": {"containers": [{"name": "app", "image": "toy:1"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "d"}}, "template": template}
    here.create("deployments.apps", {"metadata": {"name": "d"}, "spec": spec})
    await here.until("deployments.apps", "d", lambda one: one.get("status", {}).get("availableReplicas") == 1)
    node = next(iter(here.cluster.containers())).node
    await here.cluster.stop_kubelet(node)
    await here.until("deployments.apps", "d", lambda one: one["status"].get("availableReplicas", 0) == 0)
    await here.until("deployments.apps", "d", lambda one: one["status"].get("availableReplicas") == 1)
    assert {one.node for one in here.cluster.containers()} == {"node-1", "node-2"}
