"""A small cluster as its API would tell it: nodes, workloads of every kind, claims, quotas; imports no rule."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sre_agent.picture.objects import KIND_OF_PLURAL
from sre_agent.picture.recorded import picture_of_snapshot
from sre_agent.picture.world import Frame, Picture
from sre_agent.snapshots.content import Snapshot
from tests.synthetic.recording import recorded
from tests.worlds import LONG_AGO, NOW, ONSET, World, stamp

KINDS = tuple(kind for kind in KIND_OF_PLURAL if kind != "endpointslices")
PLURAL = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


@dataclass
class Cluster(World):
    """A world with nodes and everything else that a diagnosis may read. `absent`: kinds that nobody collected."""

    absent: set[str] = field(default_factory=set)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    # --- nodes

    def node(self, name: str, *, labels: Mapping[str, str] | None = None, **room: str) -> dict[str, Any]:
        """A ready node; `room` overrides cpu, memory, pods and the like, capacity and allocatable alike."""
        sizes = {"cpu": "4", "memory": "16Gi", "pods": "110", "ephemeral-storage": "100Gi", **room}
        told = {"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}
        conditions = [
            {"type": kind, "status": "True" if kind == "Ready" else "False", "reason": f"Kubelet{kind}",
             "message": "kubelet is posting ready status" if kind == "Ready" else f"kubelet has no {kind}"}
            for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
        ]  # fmt: skip
        meta = {"name": name, "labels": {**told, **(labels or {})}, "creationTimestamp": stamp(LONG_AGO)}
        info = {"architecture": "amd64", "kubeletVersion": "v1.31.2"}
        status = {"capacity": sizes, "allocatable": sizes, "conditions": conditions, "nodeInfo": info}
        return self.add("nodes", {"kind": "Node", "metadata": meta, "spec": {}, "status": status})

    def find(self, plural: str, name: str) -> dict[str, Any]:
        return next(one for one in self.lists[plural] if one["metadata"]["name"] == name)

    def taint(self, node: str, key: str, value: str = "", effect: str = "NoSchedule") -> None:
        taints = self.find("nodes", node)["spec"].setdefault("taints", [])
        taints.append({"key": key, "effect": effect, **({"value": value} if value else {})})

    def cordon(self, node: str) -> None:
        self.find("nodes", node)["spec"]["unschedulable"] = True
        self.taint(node, "node.kubernetes.io/unschedulable")

    def condition(self, node: str, kind: str, status: str, message: str, reason: str = "") -> None:
        for one in self.find("nodes", node)["status"]["conditions"]:
            if one["type"] == kind:
                one |= {"status": status, "message": message, "reason": reason or one["reason"]}
                return
        told = {"type": kind, "status": status, "message": message, "reason": reason}
        self.find("nodes", node)["status"]["conditions"].append(told)

    def unit(self, node: str, unit: str, state: str = "failed") -> None:
        """What node_exporter's systemd collector says of a unit; the sample is 1 for the state it is in."""
        labels = {"node": node, "name": f"{unit}.service", "state": state}
        self.series("node_systemd_unit_state", labels, 1.0, 1.0, steady=True)

    # --- workloads

    def any_workload(self, name: str) -> dict[str, Any]:
        return next(
            one
            for plural in PLURAL.values()
            for one in self.lists.get(plural, ())
            if one["metadata"]["name"] == name
        )

    def stateful_set(
        self, name: str, *, replicas: int = 1, claim: str = "", **container: Any
    ) -> dict[str, Any]:
        """A StatefulSet with its running pods; `claim` mounts a claim of that name."""
        return self._owned(
            "StatefulSet",
            name,
            [f"{name}-{number}" for number in range(replicas)],
            claim,
            container,
            replicas,
        )

    def daemon_set(self, name: str, **container: Any) -> dict[str, Any]:
        pods = [f"{name}-{node['metadata']['name']}" for node in self.lists.get("nodes", ())]
        return self._owned("DaemonSet", name, pods, "", container, None)

    def _owned(
        self,
        kind: str,
        name: str,
        pods: list[str],
        claim: str,
        container: Mapping[str, Any],
        replicas: int | None,
    ) -> dict[str, Any]:
        labels = {"app": name}
        main = {
            "name": "main",
            "image": f"reg.example/{name}:1.0",
            "ports": [{"containerPort": 8080}],
            **container,
        }
        spec: dict[str, Any] = {"containers": [main]}
        if claim:
            spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
            main["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        template = {"metadata": {"labels": labels}, "spec": spec}
        told: dict[str, Any] = {"selector": {"matchLabels": labels}, "template": template}
        if replicas is not None:
            told |= {"replicas": replicas, "serviceName": name}
        made = self.add(PLURAL[kind], {"kind": kind, "metadata": self.meta(name, labels), "spec": told})
        for pod in pods:
            one = self.pod(name, pod, copy.deepcopy(template))
            one["metadata"]["ownerReferences"] = [{"kind": kind, "name": name, "controller": True}]
        return made

    def job(
        self, name: str, *, owner: str = "", image: str = "reg.example/batch:1.0", **spec: Any
    ) -> dict[str, Any]:
        """A Job without pods; `owner` names its CronJob, `status` and further fields of the spec come as given."""
        status = spec.pop("status", {})
        meta = self.meta(name, {"job-name": name})
        if owner:
            meta["ownerReferences"] = [{"kind": "CronJob", "name": owner, "controller": True}]
        containers = [{"name": "main", "image": image}]
        template = {
            "metadata": {"labels": {"job-name": name}},
            "spec": {"containers": containers, "restartPolicy": "Never"},
        }
        told = {"backoffLimit": 6, "template": template, **spec}
        return self.add("jobs", {"kind": "Job", "metadata": meta, "spec": told, "status": status})

    def job_pod(self, job: str, name: str, *, exit_code: int = 1, reason: str = "Error") -> dict[str, Any]:
        """A finished pod of a Job."""
        template = self.find("jobs", job)["spec"]["template"]
        ended = {"terminated": {"exitCode": exit_code, "reason": reason, "finishedAt": stamp(ONSET)}}
        status = {"name": "main", "ready": False, "restartCount": 0, "state": ended}
        phase = "Failed" if exit_code else "Succeeded"
        pod = self.pod(job, name, template, phase=phase, conditions=[], containerStatuses=[status])
        pod["metadata"]["ownerReferences"] = [{"kind": "Job", "name": job, "controller": True}]
        return pod

    def cron_job(self, name: str, schedule: str = "*/5 * * * *", **spec: Any) -> dict[str, Any]:
        status = spec.pop("status", {})
        template = {
            "spec": {
                "template": {"spec": {"containers": [{"name": "main", "image": "reg.example/batch:1.0"}]}}
            }
        }
        told = {"schedule": schedule, "suspend": False, "jobTemplate": template, **spec}
        return self.add(
            "cronjobs", {"kind": "CronJob", "metadata": self.meta(name), "spec": told, "status": status}
        )

    def main(self, name: str) -> list[dict[str, Any]]:
        """The first container of a workload's template and of each of its pods, to be changed alike."""
        holders = [self.any_workload(name)["spec"]["template"], *self.pods_of(name)]
        holders += [
            one["spec"]["template"]
            for one in self.lists.get("replicasets", ())
            if one["metadata"]["labels"].get("app") == name
        ]
        return list(
            {id(one): one for one in (holder["spec"]["containers"][0] for holder in holders)}.values()
        )

    def change(self, name: str, **spec: Any) -> None:
        """These fields of the pod spec, in the template and in the pods."""
        for holder in [self.any_workload(name)["spec"]["template"], *self.pods_of(name)]:
            holder["spec"].update(copy.deepcopy(spec))

    def change_container(self, name: str, **fields: Any) -> None:
        """These fields of the first container, in the template and in the pods."""
        for container in self.main(name):
            container.update(copy.deepcopy(fields))

    # --- ways to be ill

    def unschedulable(self, name: str, message: str = "", *, say: bool = True) -> None:
        """All pods of a workload wait for a node; the scheduler says this in a condition and an event."""
        for pod in self.pods_of(name):
            pod["spec"].pop("nodeName", None)
            told = {"reason": "Unschedulable", "message": message} if message else {}
            scheduled = {"type": "PodScheduled", "status": "False", **told}
            pod["status"] = {"phase": "Pending", "conditions": [scheduled]}
            if say and message:
                self.event("Pod", pod["metadata"]["name"], "FailedScheduling", message)

    def waiting(self, name: str, reason: str, message: str = "", **more: Any) -> None:
        """All pods of a workload are placed, and their container waits for this reason."""
        for pod in self.pods_of(name):
            state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
            status = {"name": "main", "ready": False, "restartCount": 0, "state": state, **more}
            ready = [{"type": "Ready", "status": "False"}, {"type": "PodScheduled", "status": "True"}]
            pod["status"] = {"phase": "Pending", "conditions": ready, "containerStatuses": [status]}

    def crashing(
        self, name: str, exit_code: int, reason: str = "Error", *, restarts: int = 5, message: str = ""
    ) -> None:
        """All pods of a workload end again and again."""
        ended = {"exitCode": exit_code, "reason": reason, "finishedAt": stamp(NOW - timedelta(seconds=30))}
        last = {"terminated": {**ended, **({"message": message} if message else {})}}
        state = {
            "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container"}
        }
        self.break_pods(name, state=state, lastState=last, restartCount=restarts)

    def without_pods(self, name: str, reason: str = "FailedCreate", message: str = "") -> None:
        """A workload whose controller was refused when it made pods."""
        self.lists["pods"] = [
            pod for pod in self.lists["pods"] if pod["metadata"]["labels"].get("app") != name
        ]
        owner = self.any_workload(name)
        kind, maker = (owner["kind"], name) if owner["kind"] != "Deployment" else ("ReplicaSet", f"{name}-r1")
        if message:
            self.event(kind, maker, reason, message)

    def on_pods(self, name: str, reason: str, message: str, at: datetime = ONSET) -> None:
        """The same event about every pod of a workload."""
        for pod in self.pods_of(name):
            self.event("Pod", pod["metadata"]["name"], reason, message, at)

    # --- what lies around

    def named(
        self, plural: str, kind: str, name: str, *, namespaced: bool = True, **fields: Any
    ) -> dict[str, Any]:
        """Any other object with these fields."""
        meta = self.meta(name)
        if not namespaced:
            meta.pop("namespace")
        meta |= fields.pop("metadata", {})
        return self.add(plural, {"kind": kind, "metadata": meta, **fields})

    def attempt(self, service: str, port: int, ok: bool, detail: str = "", origin: str = "") -> None:
        """One connection attempt and how it ended."""
        to = {"namespace": self.namespace, "service": service, "port": port}
        self.attempts.append({"at": stamp(NOW), "from": origin, "to": to, "ok": ok, "detail": detail})

    def series(
        self, name: str, labels: Mapping[str, str], before: float, during: float, *, steady: bool = False
    ) -> None:
        super().series(name, labels, before, during)
        if steady:
            for one in self.answers[-1].answer["series"]:
                onset, told = ONSET.timestamp() - 5, (str(int(before)), str(int(during)))
                one["values"] = [[at, told[at >= onset]] for at, _ in one["values"]]

    # --- how it is seen

    def collected(self) -> dict[str, list[dict[str, Any]]]:
        """What was collected: every kind, empty where there is none, but for the absent ones."""
        found = {kind: list(self.lists.get(kind, ())) for kind in (*KINDS, *self.lists)}
        found["endpoints"] = found["endpoints"] or [self._endpoints(one) for one in found["services"]]
        return {kind: objects for kind, objects in found.items() if kind not in self.absent}

    def _endpoints(self, service: Mapping[str, Any]) -> dict[str, Any]:
        """What the endpoints controller would write for a Service, from the pods as they are."""
        wanted, ready, others = service["spec"].get("selector", {}), [], []
        for number, pod in enumerate(self.lists.get("pods", ())):
            if wanted and wanted.items() <= pod["metadata"]["labels"].items() and pod["spec"].get("nodeName"):
                well = any(
                    one == {"type": "Ready", "status": "True"} for one in pod["status"].get("conditions", ())
                )
                (ready if well else others).append({"ip": f"10.1.0.{number + 1}"})
        ports = [{"port": port.get("targetPort", port["port"])} for port in service["spec"].get("ports", ())]
        addresses = {"addresses": ready, "notReadyAddresses": others}
        subset = {**{key: told for key, told in addresses.items() if told}, "ports": ports}
        return {
            "kind": "Endpoints",
            "metadata": self.meta(service["metadata"]["name"]),
            "subsets": [subset] if len(subset) > 1 else [],
        }

    def snapshot(self) -> Snapshot:
        made = recorded(
            self.collected(), self.answers, namespace=self.namespace, probes=self.attempts, edges=self.edges
        )
        return replace(made, changes=tuple(self.changes)) if self.changes else made

    @property
    def frame(self) -> Frame:
        return Frame(
            now=NOW, started_at=ONSET, entities=tuple(self.entities), namespace=self.namespace,
            alerts=tuple(self.alerts), baseline_seconds=900, guard_seconds=5,
        )  # fmt: skip

    def picture(self) -> Picture:
        return picture_of_snapshot(self.snapshot(), self.frame)
