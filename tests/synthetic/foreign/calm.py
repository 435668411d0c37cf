"""Systems that are well, busy with something, and recorded by other projects' tools: nothing is to be claimed or changed; imports no rule."""

from __future__ import annotations

from datetime import timedelta

from tests.synthetic.foreign.sheet import (
    Make,
    Sheet,
    alert,
    asked,
    calls,
    changed,
    claim,
    counter,
    each,
    event,
    gauge,
    log,
    node,
    on,
    owned,
    pods,
    points,
    rises,
    service,
    thing,
)
from tests.synthetic.harbour.place import NOW, Obj, stamp

WELL = asked("Is everything all right?", "web")
HOURS = NOW - timedelta(hours=3)


def _died(code: int, reason: str, ago: timedelta) -> Obj:
    return {
        "exitCode": code,
        "reason": reason,
        "startedAt": stamp(NOW - ago - timedelta(minutes=9)),
        "finishedAt": stamp(NOW - ago),
    }


def _resolved(sheet: Sheet) -> None:
    sheet.told[-1] |= {"status": "resolved", "endsAt": stamp(NOW - timedelta(minutes=2))}


def _starting(pod: Obj) -> None:
    """It was made half a minute ago and is not ready yet."""
    pod["metadata"]["creationTimestamp"] = stamp(NOW - timedelta(seconds=25))
    pod["status"]["containerStatuses"][0]["state"] = {
        "running": {"startedAt": stamp(NOW - timedelta(seconds=20))}
    }


def quietly(metric: str, value: float, /, **labels: str) -> Make:
    return gauge(metric, value, value, **labels)


CALM: dict[str, tuple[Make, ...]] = {
    "a deploy in progress": (WELL, owned("web", "web", many=3, ready=3, status={"replicas": 4, "readyReplicas": 3, "updatedReplicas": 1, "availableReplicas": 3, "conditions": [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}, {"type": "Available", "status": "True"}]}), pods("web", "web", many=3), pods("web-next", "web", many=1, ready=False), each("web-next", _starting), changed("web", "web 3.2.1", minutes=-19.5)),
    "an autoscaler that scaled": (WELL, event("HorizontalPodAutoscaler", "web", "web", "SuccessfulRescale", "New size: 6; reason: cpu resource utilization (percentage of request) above target", level="Normal"), event("Deployment", "web", "web", "ScalingReplicaSet", "Scaled up replica set web-6d5f to 6 from 4", level="Normal"), pods("web", "web", many=6)),
    "a cron job that failed once and was retried": (WELL, thing("jobs", "Job", "sync-2900", "web", spec={"backoffLimit": 6}, status={"failed": 1, "succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}), pods("sync-2900", "web", kind="Job", many=1, phase="Failed", ended=_died(1, "Error", timedelta(minutes=16))), thing("cronjobs", "CronJob", "sync", "web", spec={"schedule": "*/15 * * * *"}, status={"lastScheduleTime": stamp(NOW - timedelta(minutes=14)), "lastSuccessfulTime": stamp(NOW - timedelta(minutes=12))})),
    "old restarts": (WELL, pods("web", "web", restarts=14, ended=_died(137, "OOMKilled", timedelta(days=5)))),
    "a restart of this night after an upgrade": (WELL, pods("web", "web", restarts=1, ended=_died(0, "Completed", timedelta(hours=11)))),
    "warnings in logs": (WELL, pods("web", "web"), log("web", "{j} WARN  [main] o.s.b.a.w.s.WelcomePage - deprecated configuration key server.max-http-header-size", "{j} WARN  [pool-1] c.z.h.p.HikariPool - Thread starvation or clock leap detected (housekeeper delta=52s)", "{j} INFO  [pool-1] served 812 requests")),
    "errors that are about nothing": (WELL, pods("web", "web"), log("web", '{"level":"error","time":"{t}","msg":"client disconnected before response was sent"}', '{"level":"info","time":"{t}","msg":"GET / 200"}')),
    "a word of error in a healthy line": (WELL, pods("web", "web"), log("web", "{t} INFO error rate 0.00%, failed=0 timeouts=0 exceptions=0", "{t} INFO fatal_errors=0 queue=3")),
    "a drain for an upgrade": (WELL, node("n1"), node("n2", unschedulable=True, taints=({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},)), event("Node", "", "n2", "NodeNotSchedulable", "Node n2 status is now: NodeNotSchedulable", level="Normal"), pods("web", "web", node="n1")),
    "a node that was replaced": (WELL, node("n1"), node("n3"), event("Node", "", "n2", "RemovingNode", "Node n2 event: Removing Node n2 from Controller", level="Normal"), event("Node", "", "n3", "NodeReady", "Node n3 status is now: NodeReady", level="Normal"), pods("web", "web", node="n3")),
    "a certificate with forty days": (WELL, quietly("certmanager_certificate_expiration_timestamp_seconds", NOW.timestamp() + 40 * 86400, namespace="web", name="web-tls"), quietly("certmanager_certificate_ready_status", 1, namespace="web", name="web-tls", condition="True"), quietly("probe_ssl_earliest_cert_expiry", NOW.timestamp() + 40 * 86400, instance="https://web.example")),
    "a disk at seventy per cent": (WELL, quietly("node_filesystem_avail_bytes", 3.0e10, instance="n1:9100", mountpoint="/", device="/dev/sda1"), quietly("node_filesystem_size_bytes", 1.0e11, instance="n1:9100", mountpoint="/", device="/dev/sda1"), quietly("kubelet_volume_stats_available_bytes", 3.0e9, namespace="web", persistentvolumeclaim="data-0"), quietly("kubelet_volume_stats_capacity_bytes", 1.0e10, namespace="web", persistentvolumeclaim="data-0")),
    "memory at eighty per cent as always": (WELL, quietly("container_memory_working_set_bytes", 8.1e8, namespace="web", pod="web-1", container="app"), quietly("container_spec_memory_limit_bytes", 1.0e9, namespace="web", pod="web-1", container="app")),
    "a saw of memory": (WELL, *(lambda sheet, n=n: sheet.sample("container_memory_working_set_bytes", {"namespace": "web", "pod": f"web-{n}", "container": "app"}, (4e8 + 2e8 * ((k + 7 * n) % 40) / 40 for k in range(len(sheet.times)))) for n in (1, 2))),
    "the morning": (WELL, counter("http_requests_total", 140, 100, namespace="web", service="web", code="200"), counter("http_requests_total", 0.1, 0.1, namespace="web", service="web", code="500"), quietly("http_request_duration_seconds_p95", 0.21, namespace="web", service="web")),
    "clients that ask for what is not there": (WELL, counter("http_requests_total", 100, 100, namespace="web", service="web", code="200"), counter("http_requests_total", 9, 7, namespace="web", service="web", code="404"), log("web", '10.0.0.7 - - [{clf}] "GET /wp-login.php HTTP/1.1" 404 153 "-" "zgrab/0.x"', space="web")),
    "an alert that has ended": (alert("HighLatency", "p95 above 1 s", namespace="web", service="web"), _resolved, quietly("http_request_duration_seconds_p95", 0.2, namespace="web", service="web")),
    "a watchdog": (alert("Watchdog", "This is an alert meant to ensure that the entire alerting pipeline is functional.", "vector(1)", severity="none"),),
    "a routine report": (alert("DailyHealthSummary", "All checks passed. 41 of 41 services within their objectives.", severity="info", namespace="web"), pods("web", "web")),
    "a pod being replaced": (WELL, pods("web", "web", many=3), on("web", "Killing", "Stopping container app", level="Normal", count=1)),
    "a probe that failed while starting": (WELL, pods("web", "web"), on("web", "Unhealthy", 'Readiness probe failed: Get "http://10.0.0.4:8080/ready": dial tcp 10.0.0.4:8080: connect: connection refused', at=HOURS, first=HOURS, count=2)),
    "an image pulled at the second try": (WELL, pods("web", "web", age=timedelta(minutes=50)), on("web", "Failed", 'Failed to pull image "ghcr.io/acme/web:3": net/http: TLS handshake timeout', at=NOW - timedelta(minutes=49), first=NOW - timedelta(minutes=49), count=1), on("web", "Pulled", 'Successfully pulled image "ghcr.io/acme/web:3" in 3.1s', at=NOW - timedelta(minutes=48), first=NOW - timedelta(minutes=48), count=1, level="Normal")),
    "a pod that waited for a node to come": (WELL, pods("web", "web", age=timedelta(minutes=70)), on("web", "FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu.", at=NOW - timedelta(minutes=69), first=NOW - timedelta(minutes=70), count=2), on("web", "TriggeredScaleUp", "pod triggered scale-up: [{pool-1 3->4 (max: 10)}]", at=NOW - timedelta(minutes=69), first=NOW - timedelta(minutes=69), level="Normal", count=1)),
    "a claim that waits for its consumer": (WELL, claim("scratch", "web", storageClassName="gp3"), event("PersistentVolumeClaim", "web", "scratch", "WaitForFirstConsumer", "waiting for first consumer to be created before binding", level="Normal", source="persistentvolume-controller")),
    "workloads switched off": (WELL, owned("debug-shell", "web", many=0, status={}), pods("web", "web"), thing("cronjobs", "CronJob", "yearly", "web", spec={"schedule": "0 0 1 1 *", "suspend": True})),
    "spot capacity that came back": (WELL, node("n4"), event("Node", "", "n9", "SpotInterruption", "Spot Interrupted: Node n9 event: A spot interruption warning was triggered for the node", at=HOURS, first=HOURS, count=1), pods("web", "web", node="n4")),
    "a leader that changed once": (WELL, log("operator", "I{klog}       1 leaderelection.go:260] successfully acquired lease web/operator", "I{klog}       1 controller.go:178] \"Starting Controller\"", space="web"), pods("web", "web")),
    "throttled now and then": (WELL, counter("container_cpu_cfs_throttled_periods_total", 0.3, 0.3, namespace="web", pod="web-1", container="app"), counter("container_cpu_cfs_periods_total", 10, 10, namespace="web", pod="web-1", container="app")),
    "a canary on its way": (WELL, thing("rollouts", "Rollout", "web", "web", spec={"replicas": 4}, status={"phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 2, "readyReplicas": 5}), pods("web", "web", many=4), pods("web-canary", "web", many=1)),
    "knative at zero": (WELL, thing("services", "Service", "hello", "web", spec={"type": "ExternalName", "externalName": "kourier-internal.kourier-system.svc"}), owned("hello-00003-deployment", "web", many=0, status={}), pods("web", "web")),
    "backups and vacuums": (WELL, pods("pg", "web", kind="StatefulSet", many=1, image="postgres:16"), log("pg", "{pg} [61] LOG:  checkpoint complete: wrote 4411 buffers (13.5%)", '{pg} [61] LOG:  automatic vacuum of table "shop.public.orders": index scans: 1', '{pg} [88] ERROR:  duplicate key value violates unique constraint "users_email_key"')),
    "a queue with its usual depth": (WELL, quietly("rabbitmq_queue_messages_ready", 840, namespace="web", queue="mails"), quietly("rabbitmq_queue_consumers", 4, namespace="web", queue="mails"), quietly("kafka_consumergroup_lag", 320, namespace="web", consumergroup="audit", topic="events")),
    "a change that broke nothing": (WELL, changed("web", "web: raise log level", kind="config", diff="-level: info\n+level: debug\n"), counter("http_requests_total", 100, 100, namespace="web", service="web", code="200"), pods("web", "web"), calls("web>api")),
    "a retried call": (WELL, log("web", 'time="{t}" level=warning msg="attempt 1 failed, retrying" err="context deadline exceeded" target=api', 'time="{t}" level=info msg="attempt 2 succeeded" target=api', space="web", every=300), calls("web>api")),
    "hardly anything recorded": (WELL, pods("web", "web")),
    "an address that is ready": (WELL, service("web", "web"), points("web", "web", "10.0.0.4", "10.0.0.5"), pods("web", "web", ports=[{"containerPort": 8080}])),
    "a warning that is about money": (alert("KubeCPUOvercommit", "Cluster has overcommitted CPU resource requests for Namespaces.", severity="warning"), pods("web", "web"), quietly("up", 1, job="web")),
    "a slow climb of a disk": (WELL, rises("kubelet_volume_stats_used_bytes", 3.0e9, 3.05e9, namespace="web", persistentvolumeclaim="data-0"), quietly("kubelet_volume_stats_capacity_bytes", 1.0e10, namespace="web", persistentvolumeclaim="data-0")),
}  # fmt: skip


def calm() -> dict[str, Sheet]:
    found = {}
    for name, makes in CALM.items():
        found[name] = Sheet()
        for one in makes:
            one(found[name])
    return found
