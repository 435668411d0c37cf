"""The same incident as other systems would show it: with sidecars, other wordings, other API forms, and the noise of others; imports no rule."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sre_agent.snapshots.content import LogFile, Snapshot
from tests.worlds import LONG_AGO, NOW, stamp

Raw = dict[str, Any]
Dress = Callable[[Snapshot], Snapshot]
TEMPLATED = ("deployments", "statefulsets", "daemonsets", "replicasets", "jobs")
_TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\S+) ")


def _copied(snapshot: Snapshot) -> tuple[Snapshot, dict[str, list[Raw]]]:
    lists: dict[str, list[Raw]] = copy.deepcopy(
        {key: list(value) for key, value in snapshot.kubernetes.items()}
    )
    return replace(snapshot, kubernetes=lists), lists


def _specs(lists: dict[str, list[Raw]]) -> Iterator[tuple[Raw, Raw | None]]:
    """(pod spec, the pod's status where it is a pod)."""
    for pod in lists.get("pods", ()):
        yield pod["spec"], pod["status"]
    for plural in TEMPLATED:
        for one in lists.get(plural, ()):
            if "template" in one.get("spec", {}):
                yield one["spec"]["template"]["spec"], None


def meshed(snapshot: Snapshot) -> Snapshot:
    """Every pod carries a proxy, first among its containers, and the finished init container that redirects its traffic."""
    made, lists = _copied(snapshot)
    for spec, status in _specs(lists):
        if not spec.get("containers") or spec.get("restartPolicy") == "Never":
            continue
        proxy = {
            "name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.24.1", "args": ["proxy", "sidecar"],
            "ports": [{"containerPort": 15090, "name": "http-envoy-prom", "protocol": "TCP"}],
            "resources": {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "10m", "memory": "40Mi"}},
            "readinessProbe": {"httpGet": {"path": "/healthz/ready", "port": 15021}, "periodSeconds": 15, "failureThreshold": 4},
        }  # fmt: skip
        spec["containers"] = [proxy, *spec["containers"]]
        spec["initContainers"] = [
            {"name": "istio-init", "image": proxy["image"]},
            *spec.get("initContainers", []),
        ]
        if status and status.get("containerStatuses"):
            status["containerStatuses"].insert(0, _of_proxy(status["containerStatuses"]))
            done = {"exitCode": 0, "reason": "Completed", "finishedAt": stamp(LONG_AGO)}
            first = {"name": "istio-init", "ready": True, "restartCount": 0, "state": {"terminated": done}}
            status["initContainerStatuses"] = [first, *status.get("initContainerStatuses", [])]
    return made


def _of_proxy(others: list[Raw]) -> Raw:
    held = ("ContainerCreating", "PodInitializing")
    waits = [one.get("state", {}).get("waiting", {}).get("reason") for one in others]
    if any(reason in held for reason in waits):
        state: Raw = {"waiting": {"reason": next(reason for reason in waits if reason in held)}}
        return {"name": "istio-proxy", "ready": False, "restartCount": 0, "state": state}
    running = {"running": {"startedAt": stamp(LONG_AGO)}}
    return {"name": "istio-proxy", "ready": True, "restartCount": 0, "state": running}


def in_json(snapshot: Snapshot) -> Snapshot:
    """Programs write their lines as JSON objects."""
    return _with_lines(snapshot, _as_json)


def _as_json(line: str) -> str:
    time, text = _parted(line)
    if text.startswith("{"):
        return line
    level = next((word for word in ("info", "warn", "debug") if word in text[:12].lower()), "error")
    return json.dumps({"time": time or stamp(NOW), "level": level, "service": "svc", "message": text})


def in_logfmt(snapshot: Snapshot) -> Snapshot:
    """Programs write their lines as keys and values."""
    return _with_lines(snapshot, _as_logfmt)


def _as_logfmt(line: str) -> str:
    time, text = _parted(line)
    if text.startswith("{"):
        return line
    level = next((word for word in ("info", "warn", "debug") if word in text[:12].lower()), "error")
    return f"time={time or stamp(NOW)} level={level} caller=main.go:41 msg={json.dumps(text)}"


def _parted(line: str) -> tuple[str, str]:
    found = _TIME.match(line)
    return (found.group(1), line[found.end() :]) if found else ("", line)


def _with_lines(snapshot: Snapshot, write: Callable[[str], str]) -> Snapshot:
    if snapshot.logs is None:
        return snapshot
    return replace(
        snapshot,
        logs=tuple(
            LogFile(
                log.namespace, log.pod, log.container, log.previous, log.path, tuple(map(write, log.lines))
            )
            for log in snapshot.logs
        ),
    )


def newer_events(snapshot: Snapshot) -> Snapshot:
    """Events as `events.k8s.io/v1` writes them: regarding, note, and a series instead of counts and times."""
    made, lists = _copied(snapshot)
    lists["events"] = [_newer(event) for event in lists.get("events", ())]
    return made


def _newer(event: Raw) -> Raw:
    told = dict(event)
    at = told.pop("lastTimestamp", None) or stamp(NOW)
    told["regarding"] = told.pop("involvedObject")
    told["note"] = told.pop("message")
    count = told.pop("count", 1)
    series = {"series": {"count": count, "lastObservedTime": at}} if count > 1 else {}
    return {
        **told,
        "apiVersion": "events.k8s.io/v1",
        "eventTime": at,
        "deprecatedLastTimestamp": None,
        **series,
    }


def combined_events(snapshot: Snapshot) -> Snapshot:
    """Repeated events as the client library joins them."""
    made, lists = _copied(snapshot)
    for event in lists.get("events", ()):
        event["message"] = f"(combined from similar events): {event['message']}"
        event["count"] = 14
    return made


def sliced(snapshot: Snapshot) -> Snapshot:
    """Endpoints as slices, the older form not collected."""
    made, lists = _copied(snapshot)
    lists["endpointslices"] = [
        {
            "kind": "EndpointSlice",
            "metadata": {**one["metadata"], "name": f"{one['metadata']['name']}-k2x9f",
                         "labels": {"kubernetes.io/service-name": one["metadata"]["name"]}},
            "addressType": "IPv4",
            "endpoints": [
                {"addresses": [address["ip"]], "conditions": {"ready": key == "addresses"}}
                for part in one.get("subsets") or ()
                for key in ("addresses", "notReadyAddresses")
                for address in part.get(key, ())
            ],
            "ports": [port for part in one.get("subsets") or () for port in part.get("ports", ())],
        }
        for one in lists.pop("endpoints", ())
    ]  # fmt: skip
    return made


def managed(snapshot: Snapshot) -> Snapshot:
    """A cluster of a cloud: the control plane has no nodes, and nodes carry the cloud's names and labels."""
    made, lists = _copied(snapshot)
    role = "node-role.kubernetes.io/control-plane"
    lists["nodes"] = [one for one in lists.get("nodes", ()) if role not in one["metadata"].get("labels", {})]
    for number, node in enumerate(lists["nodes"]):
        node["spec"]["providerID"] = f"aws:///eu-west-1a/i-0{number}ab"
        node["metadata"]["labels"] |= {
            "eks.amazonaws.com/nodegroup": "general",
            "node.kubernetes.io/instance-type": "m6i.large",
            "topology.kubernetes.io/zone": "eu-west-1a",
        }
    return made


def among_others(snapshot: Snapshot) -> Snapshot:
    """Another team's namespace is broken in its own ways, with workloads of the same names."""
    made, lists = _copied(snapshot)
    for deployment in list(lists.get("deployments", ()))[:3]:
        name = deployment["metadata"]["name"]
        theirs = copy.deepcopy(deployment)
        theirs["metadata"] |= {"namespace": "their-team", "uid": f"theirs-{name}"}
        lists["deployments"].append(theirs)
        template = theirs["spec"]["template"]
        waiting = {
            "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}
        }
        ended = {
            "terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW - timedelta(minutes=1))}
        }
        pod = {
            "kind": "Pod",
            "metadata": {"name": f"{name}-6c9d7f5b8-qq2x7", "namespace": "their-team", "labels": template["metadata"]["labels"],
                         "ownerReferences": [{"kind": "ReplicaSet", "name": f"{name}-6c9d7f5b8", "controller": True}],
                         "creationTimestamp": stamp(LONG_AGO)},
            "spec": {"nodeName": "n2", **copy.deepcopy(template["spec"])},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
                       "containerStatuses": [{"name": template["spec"]["containers"][0]["name"], "ready": False,
                                              "restartCount": 41, "state": waiting, "lastState": ended}]},
        }  # fmt: skip
        lists["pods"].append(pod)
        lists.setdefault("events", []).append(
            {
                "kind": "Event", "metadata": {"name": f"{name}.x", "namespace": "their-team"}, "type": "Warning",
                "involvedObject": {"kind": "Pod", "namespace": "their-team", "name": pod["metadata"]["name"]},
                "reason": "BackOff", "message": "Back-off restarting failed container", "lastTimestamp": stamp(NOW),
            }
        )  # fmt: skip
    return made


def aged(snapshot: Snapshot) -> Snapshot:
    """What lies about after years: evicted and finished pods, finished jobs, warnings long past, empty ReplicaSets."""
    made, lists = _copied(snapshot)
    if not lists.get("deployments") or not snapshot.namespace:
        return made
    space, old = snapshot.namespace, stamp(NOW - timedelta(days=9))
    last = lists["deployments"][-1]
    name, template = last["metadata"]["name"], last["spec"]["template"]
    for number in range(3):
        meta = {"name": f"{name}-5f6d7c8b9-ev{number}", "namespace": space, "labels": template["metadata"]["labels"],
                "creationTimestamp": old,
                "ownerReferences": [{"kind": "ReplicaSet", "name": f"{name}-5f6d7c8b9", "controller": True}]}  # fmt: skip
        status = {
            "phase": "Failed",
            "reason": "Evicted",
            "message": "The node was low on resource: ephemeral-storage. ",
        }
        lists["pods"].append({"kind": "Pod", "metadata": meta, "spec": {**copy.deepcopy(template["spec"]), "nodeName": "n3"}, "status": status})  # fmt: skip
    for reason, message in (
        ("FailedScheduling", "0/4 nodes are available: 4 Insufficient cpu."),
        ("BackOff", "Back-off restarting failed container"),
        ("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500"),
        ("FailedMount", 'MountVolume.SetUp failed for volume "x" : secret "x" not found'),
    ):
        about = {"kind": "Pod", "namespace": space, "name": f"{name}-5f6d7c8b9-ev0"}
        meta = {"name": f"{name}.{reason}", "namespace": space}
        lists.setdefault("events", []).append(
            {"kind": "Event", "metadata": meta, "type": "Warning", "involvedObject": about,
             "reason": reason, "message": message, "lastTimestamp": old, "count": 3}
        )  # fmt: skip
    return made


DRESSES: tuple[Dress, ...] = (
    meshed, in_json, in_logfmt, newer_events, combined_events, sliced, managed, among_others, aged,
)  # fmt: skip
