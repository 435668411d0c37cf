"""The agent of one node: starts and ends pod workers, keeps the node's lease, serves logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from infrastructure.lab.kube.kubelet.logs import LogRing
from infrastructure.lab.kube.kubelet.machine import Machine, Slot
from infrastructure.lab.kube.kubelet.node import NodeReporter
from infrastructure.lab.kube.kubelet.tools import Tools
from infrastructure.lab.kube.kubelet.worker import PodWorker
from infrastructure.lab.kube.objects import podstate
from infrastructure.lab.kube.objects.failures import ApiError, bad_request
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of, namespace_of, uid_of
from infrastructure.lab.kube.registry.events import NORMAL
from infrastructure.lab.kube.store.store import Change

_PORT = 10250
_STARTUP_FACTS = (
    ("NodeHasSufficientMemory", "NodeHasSufficientMemory"),
    ("NodeHasNoDiskPressure", "NodeHasNoDiskPressure"),
    ("NodeHasSufficientPID", "NodeHasSufficientPID"),
)


class Kubelet:
    def __init__(self, tools: Tools, reporter: NodeReporter) -> None:
        self._tools = tools
        self._reporter = reporter
        self._workers: dict[str, tuple[PodWorker, asyncio.Task[None]]] = {}
        self._burials: set[asyncio.Task[None]] = set()
        self._heart: asyncio.Task[None] | None = None
        self._listening: list[Callable[[], None]] = []
        self.alive = False

    @property
    def machine(self) -> Machine:
        return self._tools.machine

    async def start(self) -> None:
        """Register, report, take up the pods there are; also after a stop."""
        if self.alive:
            return
        self.alive = True
        node, recorder = self.machine.node, self._tools.recorder
        self._reporter.register()
        recorder.about_node(node, NORMAL, "Starting", "Starting kubelet.")
        for reason, text in _STARTUP_FACTS:
            recorder.about_node(node, NORMAL, reason, f"Node {node} status is now: {text}")
        self._beat()
        self.machine.on_exit = self._poke
        store = self._tools.registry.store
        self._listening = [store.listen("pods", self._take), store.listen("nodes", self._see_node)]
        self._heart = asyncio.create_task(self._heartbeat())
        self._adopt()

    async def stop(self) -> None:
        """The agent dies; containers run on, unseen."""
        self.alive = False
        for end in self._listening:
            end()
        self._listening = []
        self.machine.on_exit = lambda uid: None
        tasks = [*(task for _, task in self._workers.values()), *self._burials]
        if self._heart is not None:
            tasks.append(self._heart)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._workers.clear()

    def _adopt(self) -> None:
        pods = self._tools.registry.store.objects("pods")
        mine = [pod for pod in pods if podstate.node_of(pod) == self.machine.node]
        for pod in mine:
            self._employ(pod)
        known = {uid_of(pod) for pod in mine}
        for uid in self.machine.sandboxes.keys() - known:
            self._bury(uid)

    def _bury(self, uid: str) -> None:
        """A pod that was deleted while the kubelet was away."""
        task = asyncio.create_task(self._kill_orphan(uid))
        self._burials.add(task)
        task.add_done_callback(self._burials.discard)

    async def _kill_orphan(self, uid: str) -> None:
        for _, run in list(self.machine.sandboxes[uid].runs()):
            await self.machine.kill(run, 0)
        self.machine.remove(uid)

    def _take(self, change: Change) -> None:
        pod = change.object
        if podstate.node_of(pod) != self.machine.node:
            return
        uid = uid_of(pod)
        if uid in self._workers:
            self._poke(uid)
        elif change.type != "DELETED":
            self._employ(pod)

    def _see_node(self, change: Change) -> None:
        """Cordoning is the kubelet's to report."""
        node, now = self.machine.node, bool(dig(change.object, "spec", "unschedulable"))
        if change.key[1] != node or change.previous is None:
            return
        if now is not bool(dig(change.previous, "spec", "unschedulable")):
            reason = "NodeNotSchedulable" if now else "NodeSchedulable"
            self._tools.recorder.about_node(node, NORMAL, reason, f"Node {node} status is now: {reason}")

    def _employ(self, pod: Obj) -> None:
        uid = uid_of(pod)
        if podstate.phase(pod) in podstate.FINISHED and uid not in self.machine.sandboxes:
            return
        worker = PodWorker(self._tools, pod)
        task = asyncio.create_task(worker.run(), name=f"pod {namespace_of(pod)}/{name_of(pod)}")
        self._workers[uid] = (worker, task)
        task.add_done_callback(lambda _: self._workers.pop(uid, None))

    def _poke(self, uid: str) -> None:
        if uid in self._workers:
            self._workers[uid][0].poke()

    async def _heartbeat(self) -> None:
        pace = self._tools.pace
        beats = max(1, round(pace.node_status_period / pace.lease_renew_period))
        count = 0
        while True:
            await asyncio.sleep(pace.lease_renew_period)
            count += 1
            self._reporter.renew_lease(pace.lease_duration)
            if count % beats == 0 or not self._reporter.is_seen_ready():
                self._report()

    def _beat(self) -> None:
        self._reporter.renew_lease(self._tools.pace.lease_duration)
        self._report()

    def _report(self) -> None:
        if self._reporter.report():
            node = self.machine.node
            self._tools.recorder.about_node(
                node, NORMAL, "NodeReady", f"Node {node} status is now: NodeReady"
            )

    def ring(self, pod: Obj, container: str, *, previous: bool) -> LogRing:
        """Raises ApiError as the API server does when a kubelet has nothing to give, or does not answer."""
        name = name_of(pod)
        if not self.alive:
            address = f"{self.machine.addresses.own}:{_PORT}"
            url = f"https://{address}/containerLogs/{namespace_of(pod)}/{name}/{container}"
            raise ApiError(500, f'Get "{url}": dial tcp {address}: connect: connection refused')
        box = self.machine.sandboxes.get(uid_of(pod))
        slot = box.slots.get(container, Slot(container)) if box is not None else Slot(container)
        run = slot.last if previous else slot.current
        if run is not None:
            return run.ring
        if previous:
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        raise bad_request(
            f'container "{container}" in pod "{name}" is waiting to start: {_waiting(pod, container, slot)}'
        )


def _waiting(pod: Obj, container: str, slot: Slot) -> str:
    if slot.waiting is not None:
        reason, _ = slot.waiting
        known = {
            "ImagePullBackOff": "trying and failing to pull image",
            "ErrImagePull": "image can't be pulled",
        }
        return known.get(reason, reason)
    for one in dig(pod, "status", "containerStatuses", default=[]):
        if one["name"] == container:
            return str(dig(one, "state", "waiting", "reason", default="ContainerCreating"))
    return "ContainerCreating"
