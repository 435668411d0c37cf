"""Containers that do not start or stay, companions that keep their pod down, and probes that are wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.case import Case
from tests.synthetic.cluster import Cluster
from tests.synthetic.shops import shop
from tests.worlds import NOW, ONSET, stamp, workload

LEDGER = workload("ledger")
HTTP = {"httpGet": {"port": 8080, "path": "/healthz"}, "periodSeconds": 10}
GRPC = {"grpc": {"port": 8080}, "periodSeconds": 10}


def crashed(code: int, *lines: str, reason: str = "Error", message: str = "") -> Cluster:
    cluster = shop()
    cluster.crashing("ledger", code, reason, message=message)
    for pod in cluster.pods_of("ledger"):
        cluster.log(pod["metadata"]["name"], [*lines], previous=True)
    cluster.alert("KubePodCrashLooping", LEDGER)
    return cluster


def no_command() -> Cluster:
    return crashed(
        128,
        reason="StartError",
        message='failed to create shim task: OCI runtime create failed: unable to start container process: exec: "ledgerd": executable file not found in $PATH: unknown',
    )


def no_command_in_shell() -> Cluster:
    return crashed(127, "/bin/sh: ledgerd: not found")


def not_executable() -> Cluster:
    return crashed(
        126,
        reason="StartError",
        message='OCI runtime create failed: unable to start container process: exec: "/app/ledgerd": permission denied: unknown',
    )


def runs_as_root() -> Cluster:
    cluster = shop()
    cluster.waiting(
        "ledger",
        "CreateContainerConfigError",
        "container has runAsNonRoot and image will run as root (pod: acme/ledger, container: main)",
    )
    cluster.alert("KubeContainerWaiting", LEDGER)
    return cluster


def missing_secret() -> Cluster:
    cluster = shop()
    cluster.waiting("ledger", "CreateContainerConfigError", 'secret "bank" not found')
    cluster.alert("KubeContainerWaiting", LEDGER)
    return cluster


def own_fault() -> Cluster:
    return crashed(1, "ERROR ledger format 7 is newer than this program knows, giving up")


def restarted_long_ago() -> Cluster:
    cluster = shop()
    ended = {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW - timedelta(days=3))}
    for pod in cluster.pods_of("ledger"):
        pod["status"]["containerStatuses"][0] |= {"restartCount": 4, "lastState": {"terminated": ended}}
    return cluster


def out_of_memory() -> Cluster:
    cluster = shop(resources={"limits": {"memory": "64Mi"}})
    cluster.crashing("ledger", 137, "OOMKilled")
    cluster.alert("KubePodCrashLooping", LEDGER)
    return cluster


def limit_below_the_start() -> Cluster:
    """The limit does not even suffice for the container's first process."""
    cluster = shop(resources={"limits": {"memory": "4Mi"}})
    cluster.waiting("ledger", "ContainerCreating")
    text = "Failed to create pod sandbox: OCI runtime create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown"
    cluster.on_pods("ledger", "FailedCreatePodSandBox", text)
    cluster.alert("KubeContainerWaiting", LEDGER)
    return cluster


def leaking() -> Cluster:
    cluster = out_of_memory()
    start = (NOW - timedelta(minutes=20)).timestamp()
    for pod in cluster.pods_of("ledger"):
        cluster.series("container_memory_working_set_bytes", {"pod": pod["metadata"]["name"]}, 1.0, 1.0)
        cluster.answers[-1].answer["series"][0]["values"] = [
            [start + 5 * step, str(20_000_000 + 200_000 * step)] for step in range(240)
        ]
    return cluster


def killed_at_once() -> Cluster:
    cluster = out_of_memory()
    for pod in cluster.pods_of("ledger"):
        cluster.series("container_memory_working_set_bytes", {"pod": pod["metadata"]["name"]}, 2e7, 6e7)
    return cluster


def says(line: str) -> Cluster:
    cluster = shop()
    for pod in cluster.pods_of("ledger"):
        cluster.log(pod["metadata"]["name"], [f"{stamp(ONSET)} ERROR {line}"] * 3)
    cluster.series("errors", {"service": "ledger"}, 0.0, 0.3)
    cluster.alert("HighErrorRate", LEDGER)
    return cluster


def no_descriptors() -> Cluster:
    return says("accept tcp [::]:8080: accept4: too many open files")


def no_threads() -> Cluster:
    return says(
        "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached"
    )


def collecting() -> Cluster:
    return says("java.lang.OutOfMemoryError: GC overhead limit exceeded")


def beside(name: str, *, init: bool = False, port: int | None = None) -> Cluster:
    """A second container that ends again and again beside (or before) the main one."""
    cluster = shop()
    extra: dict[str, Any] = {"name": name, "image": f"reg.example/{name}:1"}
    if port:
        extra["ports"] = [{"containerPort": port}]
    key, statuses = (
        ("initContainers", "initContainerStatuses") if init else ("containers", "containerStatuses")
    )
    ended = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW)}}
    status = {
        "name": name,
        "ready": False,
        "restartCount": 6,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": ended,
    }
    cluster.any_workload("ledger")["spec"]["template"]["spec"].setdefault(key, []).append(extra)
    for pod in cluster.pods_of("ledger"):
        pod["spec"][key] = [*pod["spec"].get(key, []), extra]
        if extra in pod["spec"].get("containers", []):
            pod["spec"]["containers"] = [
                one
                for place, one in enumerate(pod["spec"]["containers"])
                if one not in pod["spec"]["containers"][:place]
            ]
        pod["status"].setdefault(statuses, []).append(status)
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
        if init:
            pod["status"]["containerStatuses"][0] |= {
                "ready": False,
                "state": {"waiting": {"reason": "PodInitializing"}},
            }
    cluster.alert("KubePodNotReady", LEDGER)
    return cluster


def failing_init() -> Cluster:
    cluster = beside("prepare", init=True)
    for pod in cluster.pods_of("ledger"):
        cluster.log(pod["metadata"]["name"], ["ERROR prepare: bad seed"], container="prepare")
    return cluster


def failing_sidecar() -> Cluster:
    cluster = beside("log-agent")
    for pod in cluster.pods_of("ledger"):
        cluster.log(pod["metadata"]["name"], ["ERROR no such output: kibana"], container="log-agent")
    return cluster


def same_port() -> Cluster:
    cluster = beside("metrics-exporter", port=8080)
    for pod in cluster.pods_of("ledger"):
        cluster.log(
            pod["metadata"]["name"],
            ["ERROR listen tcp :8080: bind: address already in use"],
            container="metrics-exporter",
        )
    return cluster


def probed(kind: str, probe: dict[str, Any], message: str, **others: Any) -> Cluster:
    """A probe that fails with these words; a liveness or startup probe has the container killed for it."""
    cluster = shop()
    cluster.change_container("ledger", **{f"{kind}Probe": probe, **others})
    if kind == "readiness":
        cluster.break_pods("ledger", state={"running": {"startedAt": stamp(ONSET - timedelta(minutes=5))}})
    else:
        cluster.crashing("ledger", 137, "Error")
        cluster.on_pods("ledger", "Killing", f"Container main failed {kind} probe, will be restarted")
    cluster.on_pods("ledger", "Unhealthy", f"{kind.capitalize()} probe failed: {message}")
    cluster.alert("KubePodNotReady", LEDGER)
    return cluster


REFUSED = 'Get "http://10.1.0.7:{0}/healthz": dial tcp 10.1.0.7:{0}: connect: connection refused'


def wrong_port(kind: str) -> Cluster:
    return probed(kind, {"httpGet": {"port": 9999, "path": "/healthz"}}, REFUSED.format(9999))


def wrong_path(kind: str) -> Cluster:
    return probed(
        kind, {"httpGet": {"port": 8080, "path": "/nothing"}}, "HTTP probe failed with statuscode: 404"
    )


def wrong_tongue(kind: str) -> Cluster:
    return probed(
        kind,
        HTTP,
        'Get "http://10.1.0.7:8080/healthz": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x00\\x00\\x06\\x04"',
    )


def too_hasty(kind: str) -> Cluster:
    return probed(
        kind,
        {**HTTP, "timeoutSeconds": 1},
        'Get "http://10.1.0.7:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    )


def live_port() -> Cluster:
    return wrong_port("liveness")


def live_path() -> Cluster:
    return wrong_path("liveness")


def live_tongue() -> Cluster:
    return wrong_tongue("liveness")


def live_haste() -> Cluster:
    return too_hasty("liveness")


def ready_port() -> Cluster:
    return wrong_port("readiness")


def ready_path() -> Cluster:
    return wrong_path("readiness")


def ready_tongue() -> Cluster:
    return wrong_tongue("readiness")


def ready_tongue_by_other_probe() -> Cluster:
    return probed(
        "readiness", GRPC, 'timeout: failed to connect service "10.1.0.7:8080" within 1s', livenessProbe=HTTP
    )


def ready_haste() -> Cluster:
    return too_hasty("readiness")


def ready_in_an_hour() -> Cluster:
    cluster = probed("readiness", {**HTTP, "initialDelaySeconds": 3600}, "")
    cluster.lists["events"] = []
    return cluster


def ready_but_unwell() -> Cluster:
    """The probe is right: the program itself says that it is not well."""
    return probed("readiness", HTTP, "HTTP probe failed with statuscode: 503")


def slow_start() -> Cluster:
    return probed("startup", {**HTTP, "failureThreshold": 2}, REFUSED.format(8080))


CASES = (
    Case("container_command_not_found", "ledger", no_command, not_executable, "container_permission_denied"),
    Case(
        "container_command_not_found", "ledger", no_command_in_shell, own_fault, "application_startup_crash"
    ),
    Case("container_permission_denied", "ledger", not_executable, no_command, "container_command_not_found"),
    Case("container_config_invalid", "ledger", runs_as_root, missing_secret, "missing_secret_binding"),
    Case("application_startup_crash", "ledger", own_fault, restarted_long_ago),
    Case("oom_killed", "ledger", out_of_memory, own_fault, "application_startup_crash"),
    Case("oom_killed", "ledger", limit_below_the_start, runs_as_root, "container_config_invalid"),
    Case("memory_leak", "ledger", leaking, killed_at_once, "oom_killed"),
    Case("file_descriptor_exhaustion", "ledger", no_descriptors, no_threads, "thread_pool_exhaustion"),
    Case("thread_pool_exhaustion", "ledger", no_threads, no_descriptors, "file_descriptor_exhaustion"),
    Case("garbage_collection_pressure", "ledger", collecting, no_threads, "thread_pool_exhaustion"),
    Case("init_container_failure", "ledger", failing_init, own_fault, "application_startup_crash"),
    Case("sidecar_failure", "ledger", failing_sidecar, same_port, "service_sidecar_port_conflict"),
    Case("service_sidecar_port_conflict", "ledger", same_port, failing_sidecar, "sidecar_failure"),
    Case("liveness_probe_incorrect_port", "ledger", live_port, live_path, "liveness_probe_incorrect_path"),
    Case(
        "liveness_probe_incorrect_path", "ledger", live_path, live_tongue, "liveness_probe_incorrect_protocol"
    ),
    Case(
        "liveness_probe_incorrect_protocol", "ledger", live_tongue, live_port, "liveness_probe_incorrect_port"
    ),
    Case("liveness_probe_incorrect_timing", "ledger", live_haste, own_fault, "application_startup_crash"),
    Case(
        "readiness_probe_incorrect_port", "ledger", ready_port, ready_path, "readiness_probe_incorrect_path"
    ),
    Case("readiness_probe_incorrect_path", "ledger", ready_path, ready_but_unwell),
    Case(
        "readiness_probe_incorrect_protocol",
        "ledger",
        ready_tongue,
        ready_port,
        "readiness_probe_incorrect_port",
    ),
    Case(
        "readiness_probe_incorrect_protocol",
        "ledger",
        ready_tongue_by_other_probe,
        ready_path,
        "readiness_probe_incorrect_path",
    ),
    Case("readiness_probe_incorrect_timing", "ledger", ready_haste, ready_but_unwell),
    Case(
        "readiness_probe_incorrect_timing",
        "ledger",
        ready_in_an_hour,
        ready_port,
        "readiness_probe_incorrect_port",
    ),
    Case("startup_probe_too_short", "ledger", slow_start, live_haste, "liveness_probe_incorrect_timing"),
)
