"""The cluster's nodes: a machine and a kubelet each, and what can be read of their containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from infrastructure.lab.kube.controllers.plane import Plane
from infrastructure.lab.kube.kubelet.backoff import Backoff
from infrastructure.lab.kube.kubelet.configuration import Surroundings
from infrastructure.lab.kube.kubelet.images import Images
from infrastructure.lab.kube.kubelet.kubelet import Kubelet
from infrastructure.lab.kube.kubelet.logs import LogRing
from infrastructure.lab.kube.kubelet.machine import Machine, Run, Sandbox
from infrastructure.lab.kube.kubelet.node import USUAL_SHAPE, NodeReporter, Shape
from infrastructure.lab.kube.kubelet.probes import Prober
from infrastructure.lab.kube.kubelet.tools import LogLine, Tools
from infrastructure.lab.kube.network.addresses import NodeAddresses
from infrastructure.lab.kube.objects import podstate
from infrastructure.lab.kube.objects.failures import bad_request
from infrastructure.lab.kube.objects.tree import Obj, name_of
from infrastructure.lab.kube.registry.events import WARNING, Recorder
from infrastructure.lab.seams import Container, ContainerRuntime, ContainerSpec


@dataclass(frozen=True)
class RunningContainer:
    """One container that runs now."""

    namespace: str
    pod: str
    pod_uid: str
    container: str
    node: str
    pod_ip: str
    handle: Container
    spec: ContainerSpec
    started_at: datetime
    restarts: int
    id: str
    image_id: str


@dataclass(frozen=True)
class NodePlan:
    octet: int
    count: int
    runtime: ContainerRuntime
    shape: Shape = USUAL_SHAPE


class Nodes:
    def __init__(
        self, plan: NodePlan, plane: Plane, around: Surroundings, on_log: Callable[[LogLine], None]
    ) -> None:
        self._prober = Prober(plan.runtime)
        self._plane = plane
        self._kubelets: dict[str, Kubelet] = {}
        for number in range(1, plan.count + 1):
            name = f"node-{number}"
            self._kubelets[name] = self._build(name, number, plan, around, on_log)

    def _build(
        self, name: str, number: int, plan: NodePlan, around: Surroundings, on_log: Callable[[LogLine], None]
    ) -> Kubelet:
        plane, pace = self._plane, self._plane.pace
        addresses = NodeAddresses(plan.octet, number)
        machine = Machine(name, addresses, plan.runtime, plane.clock)
        machine.on_out_of_memory = partial(_tell_of_the_kernel, plane.recorder("kernel-monitor", name), name)
        recorder = plane.recorder("kubelet", name)
        pulls = Backoff(pace.image_backoff_base, pace.image_backoff_max, pace.crash_backoff_reset)
        tools = Tools(
            registry=plane.registry,
            machine=machine,
            images=Images(machine, pulls, recorder),
            crashes=Backoff(pace.crash_backoff_base, pace.crash_backoff_max, pace.crash_backoff_reset),
            recorder=recorder,
            prober=self._prober,
            around=around,
            pace=pace,
            on_log=on_log,
        )
        return Kubelet(
            tools, NodeReporter(plane.registry, name, addresses.own, addresses.network, plan.shape)
        )

    async def start(self) -> None:
        for kubelet in self._kubelets.values():
            kubelet.machine.start(self._plane.pace.memory_check_period)
            await kubelet.start()

    async def stop(self) -> None:
        for kubelet in self._kubelets.values():
            await kubelet.stop()
            await kubelet.machine.stop()
        await self._prober.close()

    def kubelet(self, node: str) -> Kubelet:
        """Raises KeyError for a node there is not."""
        return self._kubelets[node]

    def __iter__(self) -> Iterator[Kubelet]:
        return iter(self._kubelets.values())

    def ring(self, pod: Obj, container: str, *, previous: bool) -> LogRing:
        """The API server's way to a container's log. Raises ApiError."""
        kubelet = self._kubelets.get(podstate.node_of(pod))
        if kubelet is None:
            text = f'container "{container}" in pod "{name_of(pod)}" is waiting to start: ContainerCreating'
            raise bad_request(
                text if not podstate.node_of(pod) else f"pod {name_of(pod)} does not have a host assigned"
            )
        return kubelet.ring(pod, container, previous=previous)

    def containers(self) -> Iterator[RunningContainer]:
        for kubelet in self._kubelets.values():
            for box in tuple(kubelet.machine.sandboxes.values()):
                yield from _running(box)


def _running(box: Sandbox) -> Iterator[RunningContainer]:
    for slot, run in tuple(box.runs()):
        if run.handle is not None:
            spec = run.spec
            yield RunningContainer(
                namespace=spec.namespace,
                pod=spec.pod,
                pod_uid=spec.pod_uid,
                container=spec.container,
                node=spec.node,
                pod_ip=spec.pod_ip,
                handle=run.handle,
                spec=spec,
                started_at=run.started_at,
                restarts=slot.restarts,
                id=run.id,
                image_id=run.image_id,
            )


def _tell_of_the_kernel(recorder: Recorder, node: str, run: Run) -> None:
    """As node-problem-detector passes on what the kernel wrote."""
    used = (run.handle.memory_bytes() if run.handle is not None else 0) // 1024
    process = 1000 + int(run.id[-4:], 16)
    text = (
        f"Memory cgroup out of memory: Killed process {process} ({run.spec.container}) total-vm:{used * 2}kB, "
        f"anon-rss:{used}kB, file-rss:0kB, shmem-rss:0kB"
    )
    recorder.about_node(node, WARNING, "OOMKilling", text)
