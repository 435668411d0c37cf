"""A cluster as its API, its Prometheus and its logs would tell it, with one moment at which trouble begins; imports no rule."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from sre_agent.snapshots.content import LogFile, Snapshot

NOW = datetime(2027, 2, 9, 14, 20, tzinfo=UTC)
PLURAL = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
Obj = dict[str, Any]


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def hashed(text: str, length: int, alphabet: str = "bcdfghjklmnpqrstvwxz2456789") -> str:
    """Letters as the API server draws them for names, always the same for the same text."""
    number, told = sum(ord(letter) * 131**place for place, letter in enumerate(text)), ""
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        told += alphabet[rest]
        number = number or len(text) * 7919 + rest * 104729
    return told


@dataclass(frozen=True)
class Work:
    """A workload that was put into the cluster."""

    kind: str
    namespace: str
    name: str
    port: int
    language: str


@dataclass
class Place:
    """`since`: how long ago the trouble began."""

    since: timedelta = timedelta(minutes=20)
    namespace: str | None = None
    complaint: str = ""
    lists: dict[str, list[Obj]] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    lines: dict[tuple[str, str, str, bool], list[tuple[datetime, str]]] = field(default_factory=dict)
    metrics: dict[str, list[Obj]] = field(default_factory=dict)
    told: list[Obj] = field(default_factory=list)
    attempts: list[Obj] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Obj] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    errors: dict[str, float] = field(default_factory=dict)
    """Workload → share of its requests that fail since the onset."""
    slower: dict[str, float] = field(default_factory=dict)
    """Workload → how many times longer its requests take since the onset."""
    own: dict[str, set[str]] = field(default_factory=dict)
    """Workload → what a fault measures of it itself, so that the usual series of it are left out."""
    busier: dict[str, float] = field(default_factory=dict)
    """Workload → how many times more requests it gets since the onset."""

    # --- time

    @property
    def onset(self) -> datetime:
        return NOW - self.since

    @property
    def times(self) -> list[float]:
        """Every half minute for an hour and a half, or as long as it takes to show what was before."""
        length = max(timedelta(minutes=90), 2 * self.since)
        step = 30 if length <= timedelta(hours=2) else 60
        count = int(length.total_seconds()) // step
        return [NOW.timestamp() - step * (count - number) for number in range(count + 1)]

    # --- objects

    def add(self, plural: str, obj: Obj) -> Obj:
        self.lists.setdefault(plural, []).append(obj)
        return obj

    def meta(self, name: str, namespace: str = "", age: timedelta = timedelta(days=41), **more: Any) -> Obj:
        told: Obj = {"name": name, "uid": f"{hashed(name + namespace, 8)}-4a1b-4c3d-8e5f-{hashed(name, 12)}"}
        if namespace:
            told["namespace"] = namespace
        return {**told, "creationTimestamp": stamp(NOW - age), **more}

    def put(self, plural: str, kind: str, name: str, namespace: str = "", **fields: Any) -> Obj:
        meta = self.meta(name, namespace, **fields.pop("metadata", {}))
        return self.add(plural, {"kind": kind, "metadata": meta, **fields})

    def get(self, plural: str, name: str, namespace: str = "") -> Obj:
        return next(
            one
            for one in self.lists[plural]
            if one["metadata"]["name"] == name
            and (not namespace or one["metadata"]["namespace"] == namespace)
        )

    def owner(self, name: str) -> Obj:
        work = self.works[name]
        return self.get(PLURAL[work.kind], name, work.namespace)

    def pods(self, name: str) -> list[Obj]:
        work = self.works[name]
        return [
            pod
            for pod in self.lists["pods"]
            if pod["metadata"]["namespace"] == work.namespace
            and pod["metadata"]["labels"].get("app.kubernetes.io/name") == name
        ]

    def containers(self, name: str) -> list[Obj]:
        """The first container of the template and of every pod and ReplicaSet, to be changed alike."""
        sets = [
            one
            for one in self.lists["replicasets"]
            if one["metadata"]["labels"].get("app.kubernetes.io/name") == name
        ]
        newest = sets[-1:] if sets else []
        holders = [
            self.owner(name)["spec"]["template"],
            *(one["spec"]["template"] for one in newest),
            *self.pods(name),
        ]
        return list({id(box): box for box in (one["spec"]["containers"][0] for one in holders)}.values())

    def respec(self, name: str, **spec: Any) -> None:
        for holder in [self.owner(name)["spec"]["template"], *self.pods(name)]:
            holder["spec"].update(copy.deepcopy(spec))

    def recontain(self, name: str, **fields: Any) -> None:
        for box in self.containers(name):
            box.update(copy.deepcopy(fields))

    # --- what happens

    def event(
        self, kind: str, namespace: str, name: str, reason: str, message: str, *,
        at: datetime | None = None, first: datetime | None = None, count: int = 4, level: str = "Warning", source: str = "kubelet",
    ) -> None:  # fmt: skip
        last = at or NOW - timedelta(seconds=40)
        about = {"kind": kind, "namespace": namespace, "name": name}
        found = {key: told for key, told in about.items() if told}
        self.add(
            "events",
            {
                "kind": "Event", "metadata": {"name": f"{name}.{hashed(name + reason + message, 16, '0123456789abcdef')}", "namespace": namespace or "default"},
                "involvedObject": found, "reason": reason, "message": message, "type": level, "count": count,
                "firstTimestamp": stamp(first or (at or self.onset)), "lastTimestamp": stamp(last), "source": {"component": source},
            },
        )  # fmt: skip

    def on_pods(self, name: str, reason: str, message: str, **more: Any) -> None:
        for pod in self.pods(name):
            told = message.replace("{pod}", pod["metadata"]["name"])
            self.event("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"], reason, told, **more)

    def says(
        self,
        name: str,
        *lines: str,
        every: float = 20.0,
        container: str = "",
        previous: bool = False,
        since: datetime | None = None,
    ) -> None:
        """Every pod of a workload says these lines again and again from the onset on. `{t}` becomes the time."""
        for pod in self.pods(name):
            place = (
                pod["metadata"]["namespace"],
                pod["metadata"]["name"],
                container or pod["spec"]["containers"][0]["name"],
                previous,
            )
            at = since or self.onset + timedelta(seconds=3)
            while at < NOW:
                self.lines.setdefault(place, []).extend((at, line) for line in lines)
                at += timedelta(seconds=every * 3 if self.since > timedelta(minutes=40) else every)

    def stopped(self, name: str, reason: str, message: str = "", **more: Any) -> None:
        """All pods of a workload are placed, and their first container waits for this reason."""
        for pod in self.pods(name):
            state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
            self.unready(pod, phase="Pending", state=state, restartCount=0, **more)
            pod["status"]["containerStatuses"][0].pop("lastState", None)
            self.young(pod)

    def crashing(
        self, name: str, code: int, reason: str = "Error", *, restarts: int = 6, message: str = ""
    ) -> None:
        at = stamp(NOW - timedelta(seconds=25))
        ended = {
            "exitCode": code,
            "reason": reason,
            "startedAt": stamp(NOW - timedelta(seconds=31)),
            "finishedAt": at,
        }
        last = {"terminated": {**ended, **({"message": message} if message else {})}}
        for pod in self.pods(name):
            box = pod["spec"]["containers"][0]["name"]
            words = f"back-off 2m40s restarting failed container={box} pod={pod['metadata']['name']}_{pod['metadata']['namespace']}({pod['metadata']['uid']})"
            self.unready(
                pod,
                state={"waiting": {"reason": "CrashLoopBackOff", "message": words}},
                lastState=last,
                restartCount=restarts,
            )
        self.on_pods(
            name,
            "BackOff",
            f"Back-off restarting failed container {self.pods(name)[0]['spec']['containers'][0]['name']} in pod {{pod}}",
        )

    def unready(self, pod: Obj, *, phase: str = "Running", **container: Any) -> None:
        pod["status"]["phase"] = phase
        since = stamp(self.onset)
        box = pod["spec"]["containers"][0]["name"]
        for one in pod["status"]["conditions"]:
            if one["type"] in ("Ready", "ContainersReady"):
                one |= {
                    "status": "False",
                    "reason": "ContainersNotReady",
                    "lastTransitionTime": since,
                    "message": f"containers with unready status: [{box}]",
                }
        pod["status"]["containerStatuses"][0] |= {"ready": False, "started": False, **container}

    def stopped_init(self, pod: Obj, name: str, ended: Obj) -> None:
        """An init container ends again and again, so that the others never start."""
        for one in pod["status"]["containerStatuses"]:
            one |= {"ready": False, "started": False, "state": {"waiting": {"reason": "PodInitializing"}}}
        self.unready(pod, phase="Pending", state={"waiting": {"reason": "PodInitializing"}})
        state = {
            "waiting": {
                "reason": "CrashLoopBackOff",
                "message": f"back-off 2m40s restarting failed container={name}",
            }
        }
        pod["status"]["initContainerStatuses"] = [
            {"name": name, "ready": False, "restartCount": 6, "state": state, "lastState": ended}
        ]
        self.young(pod)

    def young(self, pod: Obj) -> None:
        """It was made when the trouble began."""
        pod["metadata"]["creationTimestamp"] = stamp(self.onset)

    def pending(self, name: str, message: str) -> None:
        for pod in self.pods(name):
            pod["spec"].pop("nodeName", None)
            scheduled = {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": message,
                "lastTransitionTime": stamp(self.onset),
            }
            pod["status"] = {"phase": "Pending", "conditions": [scheduled], "qosClass": "Burstable"}
            self.young(pod)
        self.on_pods(name, "FailedScheduling", message, source="default-scheduler")

    def no_pods(self, name: str, reason: str = "FailedCreate", message: str = "") -> None:
        """Its controller makes none; it was refused."""
        gone = self.pods(name)
        self.lists["pods"] = [pod for pod in self.lists["pods"] if pod not in gone]
        owner = self.owner(name)
        owner["status"] = {"replicas": 0, "unavailableReplicas": owner["spec"].get("replicas", 1)}
        if message:
            work = self.works[name]
            kind = "ReplicaSet" if work.kind == "Deployment" else work.kind
            maker = self.lists_replica(name) if work.kind == "Deployment" else name
            self.event(kind, work.namespace, maker, reason, message, source="replicaset-controller", count=14)

    def lists_replica(self, name: str) -> str:
        sets = [
            one
            for one in self.lists["replicasets"]
            if one["metadata"]["labels"].get("app.kubernetes.io/name") == name
        ]
        return str(sets[-1]["metadata"]["name"])

    # --- what is measured

    def sample(self, metric: str, labels: Mapping[str, str], values: Iterable[float]) -> None:
        pairs = [[at, f"{value:.10g}"] for at, value in zip(self.times, values, strict=True)]
        self.metrics.setdefault(metric, []).append(
            {"metric": {"__name__": metric, **labels}, "values": pairs}
        )

    def level(
        self, metric: str, labels: Mapping[str, str], value: float, before: float | None = None
    ) -> None:
        """A gauge: one value before the onset, another since."""
        start, onset = value if before is None else before, self.onset.timestamp()
        jitter = [1.0, 1.006, 0.995, 1.002, 0.998]
        whole = float(value).is_integer() and float(start).is_integer()
        self.sample(
            metric, labels,
            ((value if at >= onset else start) * (1 if whole else jitter[n % 5]) for n, at in enumerate(self.times)),
        )  # fmt: skip

    def count(self, metric: str, labels: Mapping[str, str], rate: float, before: float = 0.0) -> None:
        """A counter: it grows by so much a second since the onset, and grew by so much before."""
        onset, total, last, values = self.onset.timestamp(), 5000.0, self.times[0], []
        for number, at in enumerate(self.times):
            total += (rate if at >= onset else before) * (at - last) * (1 + 0.03 * (number % 3 - 1))
            last = at
            values.append(total)
        self.sample(metric, labels, values)

    def grows(self, metric: str, labels: Mapping[str, str], start: float, end: float) -> None:
        """A gauge that stands still and, since the onset, climbs."""
        onset, now = self.onset.timestamp(), NOW.timestamp()
        self.sample(
            metric,
            labels,
            (start + (end - start) * max(0.0, at - onset) / (now - onset) for at in self.times),
        )

    def fires(self, name: str, expr: str = "", words: str = "", summary: str = "", /, **labels: str) -> None:
        address = f"http://prometheus.observability:9090/graph?g0.expr={quote(expr)}&g0.tab=1" if expr else ""
        notes = {key: told for key, told in (("summary", summary or name), ("description", words)) if told}
        self.told.append(
            {
                "status": "firing", "labels": {"alertname": name, "severity": "critical", "cluster": "harbour-prod", **labels},
                "annotations": notes, "startsAt": stamp(self.onset + timedelta(seconds=45)), "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": address, "fingerprint": hashed(name + json.dumps(labels), 16, "0123456789abcdef"),
            }
        )  # fmt: skip

    # --- how it is seen

    def endpoints(self) -> list[Obj]:
        made = []
        for service in self.lists["services"]:
            wanted, space = service["spec"].get("selector") or {}, service["metadata"]["namespace"]
            ready: list[Obj] = []
            others: list[Obj] = []
            for pod in self.lists["pods"]:
                if not wanted or pod["metadata"]["namespace"] != space or not pod["spec"].get("nodeName"):
                    continue
                if wanted.items() <= pod["metadata"]["labels"].items() and pod["status"]["phase"] in (
                    "Running",
                    "Pending",
                ):
                    is_well = any(
                        one["type"] == "Ready" and one["status"] == "True"
                        for one in pod["status"]["conditions"]
                    )
                    address = {
                        "ip": pod["status"].get("podIP", "10.44.0.9"),
                        "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": space},
                    }
                    (ready if is_well else others).append(address)
            ports = [
                {"name": port.get("name", "http"), "port": port.get("targetPort", port["port"])}
                for port in service["spec"].get("ports", ())
            ]
            subset: Obj = {
                key: told for key, told in (("addresses", ready), ("notReadyAddresses", others)) if told
            }
            made.append(
                {"kind": "Endpoints", "metadata": self.meta(service["metadata"]["name"], space),
                 "subsets": [{**subset, "ports": ports}] if subset else []}
            )  # fmt: skip
        return made

    def snapshot(self) -> Snapshot:
        lists = {plural: copy.deepcopy(found) for plural, found in self.lists.items()}
        if "endpoints" not in lists:
            lists["endpoints"] = self.endpoints()
        payload = {
            "version": "4",
            "status": "firing",
            "receiver": "oncall",
            "groupLabels": {},
            "alerts": self.told,
        }
        return Snapshot(
            captured_at=NOW, cluster="harbour-prod", namespace=self.namespace, complaint=self.complaint or None,
            kubernetes={plural: found for plural, found in lists.items() if plural not in self.absent},
            logs=None if "logs" in self.absent else tuple(self._logs()),
            metrics=None if "metrics" in self.absent else {
                name: {"status": "success", "data": {"resultType": "matrix", "result": found}} for name, found in self.metrics.items()
            },
            alerts=(payload,) if self.told else None, topology=tuple(self.edges) if "topology" not in self.absent else None,
            probes=tuple(self.attempts) if self.attempts else None, changes=None if "changes" in self.absent else tuple(self.changes),
        )  # fmt: skip

    def _logs(self) -> Iterable[LogFile]:
        for (space, pod, container, previous), found in self.lines.items():
            ending = "previous.log" if previous else "log"
            told = tuple(line.replace("{t}", stamp(at)).replace("{ts}", f"{at.timestamp():.3f}").replace("{d}", at.strftime("%Y/%m/%d %H:%M:%S"))
                         for at, line in sorted(found, key=lambda one: one[0]))  # fmt: skip
            yield LogFile(space, pod, container, previous, f"logs/{space}/{pod}/{container}.{ending}", told)
