"""Starting one container: image, configuration, runtime; and what is said when a step fails."""

from __future__ import annotations

import time
from collections.abc import Iterator

from infrastructure.lab.kube.kubelet import volumes
from infrastructure.lab.kube.kubelet.configuration import ConfigMissing, MountFailed, environment, expand
from infrastructure.lab.kube.kubelet.images import NotThere
from infrastructure.lab.kube.kubelet.logs import LogRing
from infrastructure.lab.kube.kubelet.machine import Ended, Run, Sandbox, Slot
from infrastructure.lab.kube.kubelet.tools import LogLine, Tools
from infrastructure.lab.kube.objects import quantity
from infrastructure.lab.kube.objects.tree import Obj, dig, labels_of, name_of, namespace_of, uid_of
from infrastructure.lab.seams import ContainerSpec, ContainerStartFailed, Exit

_START_ERROR = 128


class Starter:
    """For one pod."""

    def __init__(self, tools: Tools, sandbox: Sandbox) -> None:
        self._tools = tools
        self._sandbox = sandbox

    async def start(self, pod: Obj, container: Obj, slot: Slot) -> float | None:
        """Seconds until it should be tried again, or None when it runs."""
        part = part_of(pod, container["name"])
        try:
            await self._tools.images.ensure(pod, container, part)
            spec, ring = self._spec(pod, container)
        except NotThere as missing:
            slot.waiting = (missing.reason, missing.message)
            return (
                self._tools.images.retry_after(pod, container["image"])
                or self._tools.pace.backoff_report_period
            )
        except (ConfigMissing, MountFailed) as error:
            slot.waiting = ("CreateContainerConfigError", str(error))
            self._tools.recorder.warn(pod, "Failed", f"Error: {error}", part=part)
            return self._tools.pace.backoff_report_period
        await self._run(pod, slot, spec, ring)
        return None

    async def _run(self, pod: Obj, slot: Slot, spec: ContainerSpec, ring: LogRing) -> None:
        part, recorder = part_of(pod, spec.container), self._tools.recorder
        now = self._tools.clock()
        if slot.current is not None:
            self._tools.crashes.step(crash_key(pod, slot), now)
            slot.last, slot.restarts = slot.current, slot.restarts + 1
        slot.waiting, slot.ready, slot.started, slot.condemned = None, False, False, ""
        recorder.normal(pod, "Created", f"Created container: {spec.container}", part=part)
        try:
            slot.current = await self._tools.machine.run(spec, ring)
        except ContainerStartFailed as error:
            slot.current = _never_ran(spec, ring, str(error), self._tools)
            recorder.warn(pod, "Failed", f"Error: {error}", part=part)
        else:
            recorder.normal(pod, "Started", f"Started container {spec.container}", part=part)

    def _spec(self, pod: Obj, container: Obj) -> tuple[ContainerSpec, LogRing]:
        """Raises ConfigMissing or MountFailed."""
        tools, address = self._tools, self._sandbox.address
        variables = environment(pod, container, address, tools.around)
        ring = LogRing(time.time_ns)

        def log(text: str) -> None:
            for piece in text.rstrip("\n").split("\n"):
                tools.on_log(LogLine(spec, ring.write(piece)))

        spec = ContainerSpec(
            namespace=namespace_of(pod),
            pod=name_of(pod),
            pod_uid=uid_of(pod),
            pod_ip=address,
            node=tools.machine.node,
            container=container["name"],
            image=container["image"],
            command=tuple(expand(one, variables) for one in container.get("command", ())),
            args=tuple(expand(one, variables) for one in container.get("args", ())),
            environment=variables,
            files=volumes.files_of(pod, container, address, tools.around),
            ports=dict(_ports(container)),
            memory_limit_bytes=_limit(container, "memory"),
            cpu_limit_millicores=_cpu(container),
            labels=dict(labels_of(pod)),
            log=log,
        )
        return spec, ring


def part_of(pod: Obj, name: str) -> str:
    initial = any(one["name"] == name for one in pod["spec"].get("initContainers", ()))
    return f"spec.{'initContainers' if initial else 'containers'}{{{name}}}"


def crash_key(pod: Obj, slot: Slot) -> str:
    return f"{uid_of(pod)}/{slot.name}"


def _never_ran(spec: ContainerSpec, ring: LogRing, message: str, tools: Tools) -> Run:
    now = tools.clock()
    ended = Ended(Exit(_START_ERROR, "StartError", message), now)
    ring.close()
    return Run(id="", spec=spec, image_id="", ring=ring, started_at=now, handle=None, ended=ended)


def _ports(container: Obj) -> Iterator[tuple[str, int]]:
    """By name; a port without one by its number."""
    for port in container.get("ports", ()):
        yield port.get("name") or str(port["containerPort"]), port["containerPort"]


def _limit(container: Obj, name: str) -> int | None:
    value = dig(container, "resources", "limits", name)
    return quantity.whole(value) if value is not None else None


def _cpu(container: Obj) -> int | None:
    value = dig(container, "resources", "limits", "cpu")
    return quantity.millicores(value) if value is not None else None
