"""The machine under a kubelet: sandboxes with addresses, containers that run on whether it lives or not."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from infrastructure.lab.kube.kubelet.logs import LogRing
from infrastructure.lab.kube.network.addresses import NodeAddresses
from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.seams import Container, ContainerRuntime, ContainerSpec, Exit

_KILLED = 137
_STOP_SLACK = 5.0
"""How much longer than its grace a container may take to end before it is given up as killed."""


@dataclass(frozen=True)
class Ended:
    exit: Exit
    at: datetime


@dataclass
class Run:
    """One run of one container."""

    id: str
    spec: ContainerSpec
    image_id: str
    ring: LogRing
    started_at: datetime
    handle: Container | None
    """None when it could not even be started."""
    ended: Ended | None = None
    out_of_memory: bool = False

    @property
    def running(self) -> bool:
        return self.ended is None


@dataclass
class Slot:
    """What the runtime and the kubelet remember of one container of a pod."""

    name: str
    restarts: int = 0
    current: Run | None = None
    last: Run | None = None
    waiting: tuple[str, str] | None = None
    """Reason and message while nothing runs."""
    ready: bool = False
    started: bool = False
    condemned: str = ""
    """Why a running container must be restarted: what a probe said."""


@dataclass
class Sandbox:
    uid: str
    address: str
    created_at: datetime
    slots: dict[str, Slot] = field(default_factory=dict)
    volumes_ready: bool = False

    def slot(self, name: str) -> Slot:
        return self.slots.setdefault(name, Slot(name))

    def runs(self) -> Iterator[tuple[Slot, Run]]:
        for slot in self.slots.values():
            if slot.current is not None and slot.current.running:
                yield slot, slot.current


class Machine:
    """Belongs to a node and outlives its kubelet."""

    def __init__(self, node: str, addresses: NodeAddresses, runtime: ContainerRuntime, clock: Clock) -> None:
        self.node = node
        self.addresses = addresses
        self.runtime = runtime
        self.clock = clock
        self.sandboxes: dict[str, Sandbox] = {}
        self.images: dict[str, str] = {}
        """Image → its id, of what was pulled."""
        self.on_exit: Callable[[str], None] = lambda uid: None
        """Called with the pod's uid; set by the kubelet while it lives."""
        self.on_out_of_memory: Callable[[Run], None] = lambda run: None
        self._waits: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    def start(self, memory_check_period: float) -> None:
        self._watch = asyncio.create_task(self._watch_memory(memory_check_period))

    async def stop(self) -> None:
        """Power off: everything ends at once."""
        if self._watch is not None:
            self._watch.cancel()
        handles = [
            run.handle for box in self.sandboxes.values() for _, run in box.runs() if run.handle is not None
        ]
        await asyncio.gather(*(handle.stop(0) for handle in handles), return_exceptions=True)
        for task in self._waits:
            task.cancel()
        await asyncio.gather(*self._waits, return_exceptions=True)
        self.sandboxes.clear()

    def sandbox(self, uid: str, *, host_network: bool) -> Sandbox:
        """The pod's sandbox, made at first asking."""
        if uid not in self.sandboxes:
            address = self.addresses.own if host_network else self.addresses.take()
            self.sandboxes[uid] = Sandbox(uid, address, self.clock())
        return self.sandboxes[uid]

    def remove(self, uid: str) -> None:
        box = self.sandboxes.pop(uid, None)
        if box is not None and box.address != self.addresses.own:
            self.addresses.give_back(box.address)

    async def run(self, spec: ContainerSpec, ring: LogRing) -> Run:
        """Raises ContainerStartFailed."""
        handle = await self.runtime.start(spec)
        run = Run(
            id=f"containerd://{secrets.token_hex(32)}",
            spec=spec,
            image_id=self.images.get(spec.image, ""),
            ring=ring,
            started_at=self.clock(),
            handle=handle,
        )
        task = asyncio.create_task(self._see_it_end(run, handle))
        self._waits.add(task)
        task.add_done_callback(self._waits.discard)
        return run

    async def _see_it_end(self, run: Run, handle: Container) -> None:
        ended = await handle.wait()
        self._record_end(run, ended)

    def _record_end(self, run: Run, ended: Exit) -> None:
        if run.ended is not None:
            return
        if run.out_of_memory:
            ended = Exit(_KILLED, "OOMKilled")
        elif ended.reason == "OOMKilled":
            self.on_out_of_memory(run)
        run.ended = Ended(ended, self.clock())
        run.ring.close()
        self.on_exit(run.spec.pod_uid)

    async def kill(self, run: Run, grace_seconds: float) -> None:
        """Stop one container and see it end."""
        if run.handle is None or not run.running:
            return
        await run.handle.stop(grace_seconds)
        try:
            async with asyncio.timeout(grace_seconds + _STOP_SLACK):
                ended = await run.handle.wait()
        except TimeoutError:
            ended = Exit(_KILLED, "Error")
        self._record_end(run, ended)

    async def _watch_memory(self, period: float) -> None:
        """The kernel's part: a container above its limit is killed."""
        while True:
            await asyncio.sleep(period)
            for box in tuple(self.sandboxes.values()):
                for _, run in tuple(box.runs()):
                    if _above_limit(run):
                        run.out_of_memory = True
                        self.on_out_of_memory(run)
                        await self.kill(run, 0)


def _above_limit(run: Run) -> bool:
    limit = run.spec.memory_limit_bytes
    return limit is not None and run.handle is not None and run.handle.memory_bytes() > limit
