"""What may be done to the grocer's shop; imports no rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.synthetic.harbour.place import NOW, Obj, stamp
from tests.synthetic.unexampled.fault import Make
from tests.synthetic.unexampled.shop import SPACE, Shop


def says(name: str, *lines: str, **more: Any) -> Make:
    return lambda shop: shop.says(name, *lines, **more)


def on(name: str, reason: str, message: str, **more: Any) -> Make:
    return lambda shop: shop.on_pods(name, reason, message, **more)


def ev(kind: str, name: str, reason: str, message: str, space: str = SPACE, **more: Any) -> Make:
    return lambda shop: shop.event(kind, space, name, reason, message, **more)


def crash(
    name: str, code: int, *lines: str, reason: str = "Error", message: str = "", restarts: int = 5
) -> Make:
    """It ends soon after each start, and says these lines each time."""

    def make(shop: Shop) -> None:
        for pod in shop.pods(name):
            key = (SPACE, pod["metadata"]["name"], "server")
            for previous in (True, False) if lines else ():
                at = NOW - timedelta(seconds=170 if previous else 31)
                shop.lines[(*key, previous)] = [
                    (at + timedelta(seconds=n), line) for n, line in enumerate(lines)
                ]
        shop.crashing(name, code, reason, restarts=restarts, message=message)

    return make


def stuck(name: str, reason: str, message: str = "") -> Make:
    def make(shop: Shop) -> None:
        for pod in shop.pods(name):
            shop.lines.pop((SPACE, pod["metadata"]["name"], "server", False), None)
        shop.stopped(name, reason, message)

    return make


def pend(name: str, message: str, **spec: Any) -> Make:
    def make(shop: Shop) -> None:
        shop.respec(name, **spec)
        for pod in shop.pods(name):
            shop.lines.pop((SPACE, pod["metadata"]["name"], "server", False), None)
        shop.pending(name, message)

    return make


def refuse(name: str, message: str) -> Make:
    return lambda shop: shop.no_pods(name, message="Error creating: " + message)


def box(name: str, **fields: Any) -> Make:
    return lambda shop: shop.recontain(name, **fields)


def unready(name: str, reason: str = "", message: str = "") -> Make:
    def make(shop: Shop) -> None:
        for pod in shop.pods(name):
            shop.unready(pod, state={"running": {"startedAt": stamp(shop.onset)}})
            pod["status"]["containerStatuses"][0]["started"] = True
        owner = shop.owner(name)
        owner["status"] |= {"readyReplicas": 0, "availableReplicas": 0, "unavailableReplicas": 2}
        if reason:
            shop.on_pods(name, reason, message, count=48)

    return make


def restarts(name: str, message: str, many: int = 4, code: int = 137) -> Make:
    """A liveness probe kills it again and again."""

    def make(shop: Shop) -> None:
        ended = {
            "terminated": {
                "exitCode": code,
                "reason": "Error",
                "startedAt": stamp(NOW - timedelta(seconds=160)),
                "finishedAt": stamp(NOW - timedelta(seconds=70)),
            }
        }
        for pod in shop.pods(name):
            pod["status"]["containerStatuses"][0] |= {
                "restartCount": many,
                "lastState": ended,
                "state": {"running": {"startedAt": stamp(NOW - timedelta(seconds=68))}},
            }
        shop.on_pods(name, "Unhealthy", message, count=3 * many)
        shop.on_pods(
            name,
            "Killing",
            "Container server failed liveness probe, will be restarted",
            level="Normal",
            count=many,
        )

    return make


def probe(name: str, which: str, **fields: Any) -> Make:
    """`http`: what changes in its request; the rest changes the probe."""

    def make(shop: Shop) -> None:
        for one in shop.containers(name):
            told = one.setdefault(which, {"periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 2})
            told.update({key: value for key, value in fields.items() if key != "http"})
            told.setdefault("httpGet", {}).update(fields.get("http", {}))

    return make


def put(plural: str, kind: str, name: str, space: str = SPACE, **fields: Any) -> Make:
    return lambda shop: (shop.put(plural, kind, name, space, **fields), None)[1]


def level(metric: str, value: float, before: float | None = None, /, **labels: str) -> Make:
    return lambda shop: shop.level(metric, {"namespace": SPACE, **labels}, value, before)


def count(metric: str, rate: float, before: float = 0.0, /, **labels: str) -> Make:
    return lambda shop: shop.count(metric, {"namespace": SPACE, **labels}, rate, before)


def grows(metric: str, start: float, end: float, /, **labels: str) -> Make:
    return lambda shop: shop.grows(metric, {"namespace": SPACE, **labels}, start, end)


def measured(name: str, climbing: bool = False, **values: float) -> Make:
    """`cpu_usage_cores=1.0`: the usual series of it has this value since the onset (or climbs to it)."""

    def make(shop: Shop) -> None:
        for metric, value in values.items():
            whole = metric if metric.startswith("node_") else f"service_{metric}"
            shop.measured[(whole, name)] = value
            if climbing:
                shop.climbing.add((whole, name))

    return make


def busier(**names: float) -> Make:
    return lambda shop: shop.busier.update({name.replace("_", "-"): value for name, value in names.items()})


def ill(node: str, kind: str, status: str, reason: str, message: str) -> Make:
    def make(shop: Shop) -> None:
        found = shop.get("nodes", node)["status"]["conditions"]
        found[:] = [one for one in found if one["type"] != kind]
        found.append(
            {
                "type": kind,
                "status": status,
                "reason": reason,
                "message": message,
                "lastTransitionTime": stamp(shop.onset),
                "lastHeartbeatTime": stamp(NOW - timedelta(seconds=30)),
            }
        )
        shop.event(
            "Node",
            "default",
            node,
            reason if kind != "Ready" else "NodeNotReady",
            f"Node {node} status is now: {reason if kind != 'Ready' else 'NodeNotReady'}",
            level="Normal",
        )

    return make


def silent(node: str) -> Make:
    """Nothing has been heard of it, and its pods are marked not ready."""

    def make(shop: Shop) -> None:
        for one in shop.get("nodes", node)["status"]["conditions"]:
            one |= {
                "status": "Unknown",
                "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.",
                "lastTransitionTime": stamp(shop.onset),
                "lastHeartbeatTime": stamp(shop.onset - timedelta(seconds=45)),
            }
        shop.get("nodes", node)["spec"]["taints"] = [
            {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
        ]
        shop.event(
            "Node",
            "default",
            node,
            "NodeNotReady",
            f"Node {node} status is now: NodeNotReady",
            level="Normal",
            source="node-controller",
        )
        for pod in placed_on(shop, node):
            shop.unready(pod, state={"running": {"startedAt": stamp(NOW - timedelta(days=6))}})
            shop.event(
                "Pod",
                SPACE,
                pod["metadata"]["name"],
                "NodeNotReady",
                "Node is not ready",
                source="node-controller",
            )

    return make


def placed_on(shop: Shop, node: str) -> list[Obj]:
    return [
        one
        for one in shop.lists["pods"]
        if one["metadata"]["namespace"] == SPACE and one["spec"].get("nodeName") == node
    ]


def on_node(node: str, reason: str, message: str) -> Make:
    """The same event about every pod of the shop on a node."""

    def make(shop: Shop) -> None:
        for pod in placed_on(shop, node):
            shop.event(
                "Pod",
                SPACE,
                pod["metadata"]["name"],
                reason,
                message.replace("{pod}", pod["metadata"]["name"]),
            )

    return make


def held_on(node: str, reason: str, message: str, how_many: int = 3) -> Make:
    """Some pods on that node are new and never get started."""

    def make(shop: Shop) -> None:
        for pod in [
            one
            for one in placed_on(shop, node)
            if one["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
        ][:how_many]:
            shop.unready(pod, phase="Pending", state={"waiting": {"reason": "ContainerCreating"}})
            shop.lines.pop((SPACE, pod["metadata"]["name"], "server", False), None)
            shop.young(pod)
            pod["status"].pop("podIP", None)
            shop.event(
                "Pod",
                SPACE,
                pod["metadata"]["name"],
                reason,
                message.replace("{pod}", pod["metadata"]["name"]),
                count=22,
            )

    return make


def claimed(name: str, claim: str, path: str = "/data") -> Make:
    """It mounts a bound claim."""

    def make(shop: Shop) -> None:
        shop.respec(name, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim}}])
        shop.recontain(name, volumeMounts=[{"name": "data", "mountPath": path}])
        shop.put(
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            claim,
            SPACE,
            spec={
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "standard",
                "volumeName": f"pvc-{claim}",
                "resources": {"requests": {"storage": "20Gi"}},
            },
            status={"phase": "Bound", "capacity": {"storage": "20Gi"}},
        )
        shop.put(
            "persistentvolumes",
            "PersistentVolume",
            f"pvc-{claim}",
            spec={
                "capacity": {"storage": "20Gi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "standard",
                "claimRef": {"name": claim, "namespace": SPACE},
            },
            status={"phase": "Bound"},
        )

    return make


def released(
    name: str,
    title: str,
    diff: str | None = None,
    minutes: float = 3,
    kind: str = "deploy",
    revision: str = "8d2fa10",
) -> Make:
    """A change a little before the onset; a release brings new pods."""

    def make(shop: Shop) -> None:
        shop.changes.append(
            {
                "at": stamp(shop.onset - timedelta(minutes=minutes)),
                "kind": kind,
                "service": name,
                "revision": revision,
                "author": "l.moreau",
                "title": title,
                "url": None,
                "diff": diff,
            }
        )
        if kind != "deploy":
            return
        shop.recontain(name, image=f"ghcr.io/larder/{name}:2.15.0")
        for pod in shop.pods(name):
            pod["metadata"]["creationTimestamp"] = stamp(shop.onset - timedelta(minutes=minutes))
            pod["status"]["containerStatuses"][0]["image"] = f"ghcr.io/larder/{name}:2.15.0"

    return make


def run(change: Any) -> Make:
    """A change that no other word here tells."""
    return lambda shop: (change(shop), None)[1]


def store_says(name: str, *lines: str, **more: Any) -> Make:
    return says(name, *lines, **more)


def go(words: str, msg: str = "request failed") -> str:
    return f'{{"level":"error","time":"{{t}}","msg":"{msg}","error":"{words}"}}'


def java(words: str, where: str = "c.l.Handler") -> str:
    return f"{{j}} ERROR 1 --- [nio-8081-exec-7] {where} : {words}"


def node(words: str, kind: str = "Error") -> str:
    return f'{{"level":50,"time":{{ts}},"pid":1,"msg":"unhandled request error","err":{{"type":"{kind}","message":"{words}"}}}}'


def dotnet(words: str) -> str:
    return f"{{t}} fail: Larder.Api[0] {words}"


def py(words: str) -> str:
    return f"{{j}} ERROR [app.main] {words}"


def unanswered(name: str, port: int) -> Make:
    """Somebody tried its Service, and nobody was there."""
    to = {"namespace": SPACE, "service": name, "port": port}
    return lambda shop: shop.attempts.append(
        {"at": None, "from": None, "to": to, "ok": False, "detail": "Connection Failed"}
    )
