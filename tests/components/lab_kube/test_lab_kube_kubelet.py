"""What a kubelet does with containers that crash, grow, hang, or cannot begin, and what it says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infrastructure.lab.kube.kubelet.tools import LogLine
from infrastructure.lab.kube.objects.tree import uid_of
from tests.components.lab_kube.lab_kube_yard import Yard, app_state, is_ready, waiting_for, yard

PORT = 17080


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard(tmp_path) as found:
        yield found


async def test_a_crashing_container_is_restarted_later_and_later(here: Yard) -> None:
    pod = here.pod("crash", "echo boom; exit 3")
    found = await here.until(
        "pods",
        "crash",
        lambda one: waiting_for("CrashLoopBackOff")(one) and app_state(one)["restartCount"] > 1,
    )
    state = app_state(found)
    whole = f"crash_default({uid_of(pod)})"
    assert (
        state["state"]["waiting"]["message"] == f"back-off 400ms restarting failed container=app pod={whole}"
    )
    assert state["lastState"]["terminated"]["exitCode"] == 3
    assert state["lastState"]["terminated"]["reason"] == "Error"
    assert found["status"]["phase"] == "Running"
    event = await here.until_event("crash", "BackOff")
    assert event["message"] == f"Back-off restarting failed container app in pod {whole}"
    assert event["type"] == "Warning"
    assert event["source"] == {"component": "kubelet", "host": found["spec"]["nodeName"]}
    assert event["involvedObject"]["fieldPath"] == "spec.containers{app}"
    again = await here.until_event("crash", "Started")
    assert again["count"] > 1
    assert again["lastTimestamp"] >= again["firstTimestamp"]


async def test_a_container_above_its_limit_is_killed_by_the_kernel(here: Yard) -> None:
    limits = {"resources": {"limits": {"memory": "64Mi"}}}
    here.pod("fat", f"allocate {100 * 1024 * 1024}; sleep 3600", container=limits)
    found = await here.until("pods", "fat", lambda one: bool(app_state(one).get("lastState")))
    ended = app_state(found)["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")
    event = await here.until_event(found["spec"]["nodeName"], "OOMKilling")
    assert event["message"].startswith("Memory cgroup out of memory: Killed process ")
    assert event["source"]["component"] == "kernel-monitor"


async def test_an_image_that_is_not_there_is_asked_for_again_and_again(here: Yard) -> None:
    here.pod("lost", container={"image": "registry.test/missing:1"})
    found = await here.until("pods", "lost", waiting_for("ImagePullBackOff"))
    message = app_state(found)["state"]["waiting"]["message"]
    assert message.startswith(
        'Back-off pulling image "registry.test/missing:1": ErrImagePull: rpc error: code = NotFound'
    )
    assert found["status"]["phase"] == "Pending"
    for reason, text in (
        ("Pulling", 'Pulling image "registry.test/missing:1"'),
        ("Failed", 'Failed to pull image "registry.test/missing:1": rpc error'),
        ("Failed", "Error: ErrImagePull"),
        ("BackOff", 'Back-off pulling image "registry.test/missing:1"'),
        ("Failed", "Error: ImagePullBackOff"),
    ):
        await here.until_event("lost", reason, text=text)


async def test_a_program_that_is_not_in_the_image_is_a_start_error(here: Yard) -> None:
    here.pod("odd", container={"command": ["/no/such/program"]})
    found = await here.until("pods", "odd", lambda one: bool(app_state(one).get("lastState")))
    ended = app_state(found)["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (128, "StartError")
    assert 'exec: "/no/such/program"' in ended["message"]


async def test_readiness_opens_and_closes_the_way_to_a_pod(here: Yard) -> None:
    probe = {"httpGet": {"path": "/ok", "port": "http"}, "periodSeconds": 1, "failureThreshold": 1}
    ports = [{"name": "http", "containerPort": PORT}]
    here.pod("web", f"httpd -f -p {PORT}", container={"readinessProbe": probe, "ports": ports})
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}
    here.create("services", {"metadata": {"name": "web"}, "spec": spec})
    pod = await here.until("pods", "web", is_ready)
    ip = pod["status"]["podIP"]
    assert here.cluster.network.address_of("web", 80, from_namespace="default") == (ip, PORT)
    here.toy("web").healthy = False
    await here.until("pods", "web", lambda one: not is_ready(one))
    event = await here.until_event("web", "Unhealthy", text="statuscode")
    assert event["message"] == "Readiness probe failed: HTTP probe failed with statuscode: 503"
    found = await here.until("endpoints", "web", lambda one: "notReadyAddresses" in one["subsets"][0])
    assert "addresses" not in found["subsets"][0]


async def test_a_probe_of_the_wrong_port_says_what_go_says(here: Yard) -> None:
    probe = {"httpGet": {"path": "/ok", "port": PORT + 1}, "periodSeconds": 1}
    here.pod("web", f"httpd -f -p {PORT}", container={"readinessProbe": probe})
    event = await here.until_event("web", "Unhealthy")
    ip = (here.get("pods", "web") or {})["status"]["podIP"]
    assert event["message"] == (
        f'Readiness probe failed: Get "http://{ip}:{PORT + 1}/ok": dial tcp {ip}:{PORT + 1}: connect: connection refused'
    )


async def test_a_container_that_fails_its_liveness_probe_is_restarted(here: Yard) -> None:
    probe = {"tcpSocket": {"port": PORT}, "periodSeconds": 1, "failureThreshold": 1}
    here.pod("hung", "sleep 3600", container={"livenessProbe": probe})
    event = await here.until_event("hung", "Killing")
    assert event["message"] == "Container app failed liveness probe, will be restarted"
    found = await here.until("pods", "hung", lambda one: app_state(one).get("restartCount", 0) > 0)
    assert app_state(found)["lastState"]["terminated"]["exitCode"] == 143


async def test_nothing_is_asked_of_a_container_that_is_still_starting(here: Yard) -> None:
    startup = {"exec": {"command": ["test", "-f", "/never"]}, "periodSeconds": 1, "failureThreshold": 1000}
    ready = {"exec": {"command": ["true"]}, "periodSeconds": 1}
    here.pod("slow", container={"startupProbe": startup, "readinessProbe": ready})
    event = await here.until_event("slow", "Unhealthy")
    assert event["message"].startswith("Startup probe failed:")
    state = app_state(here.get("pods", "slow") or {})
    assert (state["started"], state["ready"]) == (False, False)


async def test_configuration_reaches_the_container(here: Yard) -> None:
    here.create(
        "configmaps", {"metadata": {"name": "settings"}, "data": {"COLOUR": "blue", "file.txt": "text"}}
    )
    here.create("secrets", {"metadata": {"name": "hidden"}, "stringData": {"password": "open sesame"}})
    container = {
        "env": [
            {"name": "PLAIN", "value": "1"},
            {"name": "MADE", "value": "$(PLAIN)-$(UNKNOWN)-$$"},
            {"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "COLOUR"}}},
            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "hidden", "key": "password"}}},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "MAYBE", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "k", "optional": True}}},
        ],
        "envFrom": [{"prefix": "S_", "secretRef": {"name": "hidden"}}],
        "volumeMounts": [{"name": "v", "mountPath": "/etc/app"}],
        "args": ["$(PLAIN)"],
    }
    here.pod("p", container=container, volumes=[{"name": "v", "configMap": {"name": "settings"}}])
    pod = await here.until("pods", "p", is_ready)
    spec = next(iter(here.cluster.containers())).spec
    seen = {
        key: spec.environment.get(key)
        for key in ("PLAIN", "MADE", "KEY", "PASSWORD", "IP", "MAYBE", "S_password")
    }
    assert seen == {
        "PLAIN": "1",
        "MADE": "1-$(UNKNOWN)-$",
        "KEY": "blue",
        "PASSWORD": "open sesame",
        "IP": pod["status"]["podIP"],
        "MAYBE": None,
        "S_password": "open sesame",
    }
    assert spec.args == ("1",)
    assert spec.files["/etc/app/file.txt"] == b"text"
    assert spec.files["/var/run/secrets/kubernetes.io/serviceaccount/namespace"] == b"default"
    assert spec.files["/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"].startswith(
        b"-----BEGIN CERTIFICATE"
    )


async def test_a_missing_key_is_named(here: Yard) -> None:
    here.create("configmaps", {"metadata": {"name": "settings"}, "data": {}})
    reference = {"configMapKeyRef": {"name": "settings", "key": "COLOUR"}}
    here.pod("p", container={"env": [{"name": "A", "valueFrom": reference}]})
    found = await here.until("pods", "p", waiting_for("CreateContainerConfigError"))
    message = "couldn't find key COLOUR in ConfigMap default/settings"
    assert app_state(found)["state"]["waiting"]["message"] == message
    assert (await here.until_event("p", "Failed"))["message"] == f"Error: {message}"


async def test_a_missing_volume_holds_the_pod(here: Yard) -> None:
    here.pod("p", volumes=[{"name": "v", "configMap": {"name": "nothing"}}])
    event = await here.until_event("p", "FailedMount")
    assert event["message"] == 'MountVolume.SetUp failed for volume "v" : configmap "nothing" not found'
    assert waiting_for("ContainerCreating")(here.get("pods", "p") or {})
    here.create("configmaps", {"metadata": {"name": "nothing"}, "data": {}})
    await here.until("pods", "p", is_ready)


async def test_init_containers_run_first_and_one_by_one(here: Yard) -> None:
    order: list[str] = []
    here.cluster.on_log(lambda line: order.append(line.line.text))
    initial = [
        {"name": name, "image": "toy:1", "command": ["sh", "-c", f"echo {name}; exit 0"]}
        for name in ("one", "two")
    ]
    here.pod("p", "echo app; sleep 3600", initContainers=initial)
    found = await here.until("pods", "p", is_ready)
    assert order == ["one", "two", "app"]
    assert all("terminated" in one["state"] for one in found["status"]["initContainerStatuses"])


async def test_a_pod_is_ended_in_order_and_its_address_freed(here: Yard) -> None:
    here.pod("p")
    await here.until("pods", "p", is_ready)
    here.delete("pods", "p")
    held = here.get("pods", "p")
    assert held is not None
    assert held["metadata"]["deletionGracePeriodSeconds"] == 30
    await here.until_gone("pods", "p")
    assert (await here.until_event("p", "Killing"))["message"] == "Stopping container app"
    assert list(here.cluster.containers()) == []


async def test_every_line_is_told_with_where_it_comes_from(here: Yard) -> None:
    lines: list[LogLine] = []
    stop = here.cluster.on_log(lines.append)
    here.pod("p", "echo one; echo two; exit 0", restartPolicy="Never")
    await here.until("pods", "p", lambda one: one["status"]["phase"] == "Succeeded")
    stop()
    assert [(one.spec.pod, one.spec.container, one.line.text) for one in lines] == [
        ("p", "app", "one"),
        ("p", "app", "two"),
    ]
    assert lines[0].spec.labels == {"app": "p"}
    assert lines[0].line.nanoseconds < lines[1].line.nanoseconds
    assert [line.text for line in here.cluster.pod_logs("default", "p", "app")] == ["one", "two"]
