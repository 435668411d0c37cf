"""What goes on in a large cluster without being anybody's incident: other teams' trouble, old trouble, and chatter; imports no rule."""

from __future__ import annotations

from datetime import timedelta

from tests.synthetic.harbour.place import NOW, Place, hashed, stamp
from tests.synthetic.harbour.services import NODES, work

AGO = timedelta


def bustle(place: Place) -> None:
    _other_team(place)
    _old_trouble(place)
    _batch(place)
    _chatter(place)


def _other_team(place: Place) -> None:
    """A team that tries things out: nobody is woken for it."""
    work(
        place,
        "Deployment",
        "team-ml",
        "notebook-gpu",
        "registry.harbour.example/ml/notebook:dev",
        8888,
        replicas=1,
        service=False,
        age=AGO(days=5),
    )
    words = "0/12 nodes are available: 12 Insufficient nvidia.com/gpu. preemption: 0/12 nodes are available: 12 No preemption victims found for incoming pod."
    for pod in place.pods("notebook-gpu"):
        pod["spec"].pop("nodeName")
        pod["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "1"}}
        old = stamp(NOW - AGO(days=5))
        pod["status"] = {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": words,
                    "lastTransitionTime": old,
                }
            ],
        }
        place.event(
            "Pod",
            "team-ml",
            pod["metadata"]["name"],
            "FailedScheduling",
            words,
            first=NOW - AGO(days=5),
            at=NOW - AGO(minutes=3),
            count=1433,
            source="default-scheduler",
        )
    work(
        place,
        "Deployment",
        "team-ml",
        "embedder",
        "registry.harbour.example/ml/embedder:exp-114",
        8000,
        replicas=1,
        age=AGO(days=3),
    )
    for pod in place.pods("embedder"):
        place.unready(
            pod,
            phase="Pending",
            state={
                "waiting": {
                    "reason": "ImagePullBackOff",
                    "message": 'Back-off pulling image "registry.harbour.example/ml/embedder:exp-114"',
                }
            },
        )
        for one in pod["status"]["conditions"]:
            one["lastTransitionTime"] = stamp(NOW - AGO(days=3))
        place.event(
            "Pod",
            "team-ml",
            pod["metadata"]["name"],
            "BackOff",
            'Back-off pulling image "registry.harbour.example/ml/embedder:exp-114"',
            first=NOW - AGO(days=3),
            at=NOW - AGO(minutes=1),
            count=19233,
        )


def _old_trouble(place: Place) -> None:
    for name, days, code, reason in (
        ("weather", 3, 137, "OOMKilled"),
        ("settlement", 9, 143, "Error"),
        ("geo-index", 2, 1, "Error"),
        ("members-mongo", 12, 0, "Completed"),
    ):
        for pod in place.pods(name)[:1]:
            at = NOW - AGO(days=days)
            pod["status"]["containerStatuses"][0] |= {
                "restartCount": 3 + days, "lastState": {"terminated": {"exitCode": code, "reason": reason, "finishedAt": stamp(at)}},
                "state": {"running": {"startedAt": stamp(at + AGO(seconds=20))}},
            }  # fmt: skip
    for name, reason, words, hours in (
        ("reports", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", 5),
        (
            "login",
            "Unhealthy",
            'Readiness probe failed: Get "http://10.44.0.31:5000/health/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
            3,
        ),
        (
            "schedule-import",
            "BackOff",
            "Back-off restarting failed container schedule-import in pod schedule-import-x",
            11,
        ),
    ):
        pod = place.pods(name)[0]["metadata"]
        place.event(
            "Pod",
            pod["namespace"],
            pod["name"],
            reason,
            words,
            at=NOW - AGO(hours=hours),
            first=NOW - AGO(hours=hours, minutes=2),
            count=2,
        )
    place.event(
        "Node",
        "",
        NODES[7],
        "NodeNotReady",
        f"Node {NODES[7]} status is now: NodeNotReady",
        at=NOW - AGO(hours=20),
        count=1,
        level="Normal",
        source="node-controller",
    )
    place.event(
        "Node",
        "",
        NODES[2],
        "EvictionThresholdMet",
        "Attempting to reclaim ephemeral-storage",
        at=NOW - AGO(hours=30),
        count=1,
    )


def _batch(place: Place) -> None:
    for hours, failed in ((14, False), (38, True), (62, False)):
        name = f"ledger-backup-{29000000 + hours}"
        ended = (
            {
                "type": "Failed",
                "status": "True",
                "reason": "BackoffLimitExceeded",
                "message": "Job has reached the specified backoff limit",
                "lastTransitionTime": stamp(NOW - AGO(hours=hours)),
            }
            if failed
            else {"type": "Complete", "status": "True", "lastTransitionTime": stamp(NOW - AGO(hours=hours))}
        )
        status = {
            "conditions": [ended],
            "startTime": stamp(NOW - AGO(hours=hours, minutes=5)),
            **(
                {"failed": 4} if failed else {"succeeded": 1, "completionTime": stamp(NOW - AGO(hours=hours))}
            ),
        }
        box = {"name": "backup", "image": "registry.harbour.example/data/pgbackup:7"}
        template = {
            "metadata": {"labels": {"job-name": name}},
            "spec": {"restartPolicy": "Never", "containers": [box]},
        }
        place.put(
            "jobs",
            "Job",
            name,
            "data",
            metadata={
                "age": AGO(hours=hours, minutes=5),
                "ownerReferences": [{"kind": "CronJob", "name": "ledger-backup", "controller": True}],
            },
            spec={"backoffLimit": 3, "template": template},
            status=status,
        )
        state = {
            "terminated": {
                "exitCode": 1 if failed else 0,
                "reason": "Error" if failed else "Completed",
                "finishedAt": stamp(NOW - AGO(hours=hours)),
            }
        }
        meta = {
            "labels": {"job-name": name},
            "age": AGO(hours=hours, minutes=5),
            "ownerReferences": [{"kind": "Job", "name": name, "controller": True}],
        }
        place.put(
            "pods",
            "Pod",
            f"{name}-{hashed(name, 5)}",
            "data",
            metadata=meta,
            spec={"nodeName": NODES[1], "containers": [box]},
            status={
                "phase": "Failed" if failed else "Succeeded",
                "conditions": [],
                "containerStatuses": [{"name": "backup", "ready": False, "restartCount": 0, "state": state}],
            },
        )
    place.put(
        "cronjobs",
        "CronJob",
        "ledger-backup",
        "data",
        spec={
            "schedule": "20 0 * * *",
            "suspend": False,
            "jobTemplate": {
                "spec": {"template": {"spec": {"containers": [{"name": "backup", "image": "x"}]}}}
            },
        },
        status={
            "lastScheduleTime": stamp(NOW - AGO(hours=14)),
            "lastSuccessfulTime": stamp(NOW - AGO(hours=14)),
        },
    )
    place.put(
        "cronjobs",
        "CronJob",
        "reindex-legacy",
        "platform",
        metadata={"age": AGO(days=200)},
        spec={
            "schedule": "0 3 * * 0",
            "suspend": True,
            "jobTemplate": {
                "spec": {"template": {"spec": {"containers": [{"name": "reindex", "image": "x"}]}}}
            },
        },
        status={"lastScheduleTime": stamp(NOW - AGO(days=190))},
    )


def furnish(place: Place) -> None:
    """Autoscalers, budgets, quotas, policies and changes, as they stand in every such cluster."""
    for name, high in (("front-proxy", 12), ("voyages", 10), ("login", 8)):
        space = place.works[name].namespace
        spec = {
            "minReplicas": 2,
            "maxReplicas": high,
            "scaleTargetRef": {"kind": "Deployment", "name": name},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
                }
            ],
        }
        conditions = [
            {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
            {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"},
            {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange"},
        ]
        place.put(
            "horizontalpodautoscalers",
            "HorizontalPodAutoscaler",
            name,
            space,
            spec=spec,
            status={"currentReplicas": 3, "desiredReplicas": 3, "conditions": conditions},
        )
        place.event(
            "HorizontalPodAutoscaler",
            space,
            name,
            "SuccessfulRescale",
            "New size: 3; reason: cpu resource utilization (percentage of request) above target",
            at=NOW - AGO(hours=4),
            level="Normal",
            count=1,
            source="horizontal-pod-autoscaler",
        )
    place.put(
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        "voyages",
        "booking",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": "voyages"}}},
        status={"disruptionsAllowed": 2, "currentHealthy": 3, "desiredHealthy": 1, "expectedPods": 3},
    )
    place.put(
        "resourcequotas",
        "ResourceQuota",
        "team",
        "booking",
        spec={"hard": {"requests.cpu": "40", "pods": "120"}},
        status={"hard": {"requests.cpu": "40", "pods": "120"}, "used": {"requests.cpu": "6", "pods": "20"}},
    )
    place.put(
        "networkpolicies",
        "NetworkPolicy",
        "data-in",
        "data",
        spec={
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"namespaceSelector": {}}]}],
        },
    )
    for hours, service, title in (
        (26, "harbour-web", "Renew footer links"),
        (7, "preferences", "Bump logging library"),
        (5, "weather", "Cache forecasts for ten minutes"),
    ):
        place.changes.append(
            {
                "at": stamp(NOW - AGO(hours=hours)),
                "kind": "deploy",
                "service": service,
                "revision": hashed(title, 7, "0123456789abcdef"),
                "author": "ci",
                "title": title,
                "url": None,
                "diff": None,
            }
        )


CHATTER = (
    ("front-proxy", '[{t}] "GET /quotes?from=GOT HTTP/2" 499 DC downstream_remote_disconnect - 0 0 12 - "-" "Mozilla/5.0" "{ts}"', 300),
    ("voyages", '{"level":"warn","ts":{ts},"caller":"http/server.go:91","msg":"request canceled by client","path":"/voyages/17","error":"context canceled"}', 240),
    ("quotes", '{"level":"error","ts":{ts},"caller":"loyalty/client.go:44","msg":"retrying after connection reset","attempt":1,"error":"read tcp 10.44.0.12:41022->172.20.30.17:5000: read: connection reset by peer"}', 600),
    ("wallet", "{t} WARN 1 --- [scheduling-1] o.s.c.c.ConfigServicePropertySourceLocator : Could not refresh jwks, retrying in 10 s", 900),
    ("charges", "{t} ERROR 1 --- [nio-8081-exec-2] c.h.p.CardController : card declined by issuer: insufficient funds (code 51)", 200),
    ("members", "{t} warn: Microsoft.AspNetCore.DataProtection[60] Storing keys in a directory that may not be persisted outside of the container.", 1800),
    ("notifier", "{t} fail: Harbour.Notifier.Mailbox[0] SMTP 550 mailbox unavailable for recipient ***", 420),
    ("weather", "{t} WARNING weather.client forecast provider answered 503, using cached forecast", 500),
    ("ledger-pg", "{t} UTC [4121] LOG:  checkpoint complete: wrote 412 buffers (0.3%)", 300),
    ("ledger-pg", '{t} UTC [988] ERROR:  duplicate key value violates unique constraint "entries_idempotency_key"', 400),
    ("members-mongo", '{"t":{"$date":"{t}"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"10.44.0.21:51222"}}', 120),
    ("freight-kafka", "[{t}] INFO [GroupCoordinator 1]: Preparing to rebalance group audit in state PreparingRebalance (kafka.coordinator.group.GroupCoordinator)", 1500),
    ("cargo-es", '{"@timestamp":"{t}","log.level":"WARN","message":"[gc][2211] overhead, spent [310ms] collecting in the last [1s]"}', 1700),
    ("coredns", "[INFO] 10.44.0.31:51234 - 4411 \"A IN api.weather.example. udp 41\" NXDOMAIN qr,rd,ra 130 0.004s", 90),
    ("harbour-web", '10.44.0.10 - - [{t}] "GET /favicon.ico HTTP/1.1" 404 153 "-" "Mozilla/5.0"', 150),
)  # fmt: skip
"""(speaker, line, seconds between): all day long, before and after."""


def _chatter(place: Place) -> None:
    for name, line, every in CHATTER:
        place.says(name, line, every=every, since=NOW - AGO(hours=2, seconds=len(line)))
