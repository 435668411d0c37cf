"""What the kubelet says of each container of a pod."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, Raw, dig, items, mapping
from sre_agent.picture.source import as_written
from sre_agent.picture.times import moment


@dataclass(frozen=True, slots=True)
class ContainerView:
    """One container: its status beside its spec. Fields that were not told are None or empty."""

    pod: Obj
    name: str
    init: bool
    status: Raw
    spec: Raw

    @property
    def ready(self) -> bool:
        return bool(self.status.get("ready"))

    @property
    def running(self) -> bool:
        return "running" in mapping(self.status, "state")

    @property
    def restarts(self) -> int:
        return int(self.status.get("restartCount") or 0)

    @property
    def waiting(self) -> str:
        """Reason it waits for, as `CrashLoopBackOff`; empty where it does not wait."""
        return str(dig(self.status, "state", "waiting", "reason") or "")

    @property
    def waiting_message(self) -> str:
        return str(dig(self.status, "state", "waiting", "message") or "")

    @property
    def terminated(self) -> Raw:
        """How it ended, now or the last time."""
        return mapping(self.status, "state", "terminated") or mapping(self.status, "lastState", "terminated")

    @property
    def exit_code(self) -> int | None:
        code = self.terminated.get("exitCode")
        return int(code) if isinstance(code, int | str) and str(code).lstrip("-").isdigit() else None

    @property
    def ended_by(self) -> str:
        """Reason of the end, as `OOMKilled` or `Error`."""
        return str(self.terminated.get("reason") or "")

    @property
    def started_at(self) -> datetime | None:
        return moment(dig(self.status, "state", "running", "startedAt"))

    @property
    def image(self) -> str:
        return str(self.spec.get("image") or self.status.get("image") or "")

    @property
    def ports(self) -> list[int]:
        """Ports it declares."""
        return [int(port["containerPort"]) for port in items(self.spec, "ports") if port.get("containerPort")]

    def probe(self, kind: str) -> Raw:
        """`liveness`, `readiness` or `startup`; empty where there is none."""
        return mapping(self.spec, f"{kind}Probe")

    def limit(self, resource: str) -> Any:
        return dig(self.spec, "resources", "limits", resource)

    def request(self, resource: str) -> Any:
        return dig(self.spec, "resources", "requests", resource)

    def quote(self, *path: str) -> Citation:
        """A field of the status, or of the spec, as it is written."""
        from_status = dig(self.status, *path)
        value = from_status if from_status is not None else dig(self.spec, *path)
        return self.pod.source.quote(as_written(path[-1], value))


def containers_of(pod: Obj) -> Iterator[ContainerView]:
    """Every container of a pod, init containers first; a container without a status has an empty one."""
    for key, statuses, init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        told = {status.get("name"): status for status in pod.items("status", statuses)}
        specs = {spec.get("name"): spec for spec in pod.items("spec", key)}
        for name in dict.fromkeys([*specs, *told]):
            yield ContainerView(pod, str(name), init, told.get(name, {}), specs.get(name, {}))


def is_ready(pod: Obj) -> bool:
    """Whether the pod's Ready condition is true, or, where it has none, all its containers are ready."""
    for condition in pod.items("status", "conditions"):
        if condition.get("type") == "Ready":
            return bool(condition.get("status") == "True")
    views = [view for view in containers_of(pod) if not view.init]
    return bool(views) and all(view.ready for view in views)


def is_told(pod: Obj) -> bool:
    """Whether anything at all was recorded of how the pod is."""
    status = pod.mapping("status")
    return bool(status.get("phase") or status.get("conditions") or status.get("containerStatuses"))


def is_live(pod: Obj) -> bool:
    """Neither finished nor on its way out."""
    ended = pod.dig("status", "phase") in ("Succeeded", "Failed")
    return not ended and not pod.dig("metadata", "deletionTimestamp")
