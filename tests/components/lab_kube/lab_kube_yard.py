"""A cluster in the test's own event loop, written to directly and waited for by its changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infrastructure.lab.kube.cluster import Cluster
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.options import ORDINARY, DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE
from infrastructure.lab.kube.store.store import Change
from infrastructure.lab.kube.toys import ToyContainer, ToyRuntime
from tests.components.lab_kube.lab_kube_thread import PACE

NAMESPACE = "default"
PATIENCE = 15.0


@dataclass(frozen=True)
class Yard:
    cluster: Cluster
    runtime: ToyRuntime

    def create(self, resource: str, body: Obj) -> Obj:
        if BY_RESOURCE[resource].namespaced:
            body["metadata"].setdefault("namespace", NAMESPACE)
        return self.cluster.registry.create(BY_RESOURCE[resource], body)

    def pod(self, name: str, script: str = "sleep 3600", *, container: Obj | None = None, **spec: Any) -> Obj:
        """A pod of one container, `app`, that runs `script`."""
        app = {"name": "app", "image": "toy:1", "command": ["sh", "-c", script], **(container or {})}
        meta = {"name": name, "labels": {"app": name}}
        return self.create("pods", {"metadata": meta, "spec": {"containers": [app], **spec}})

    def get(self, resource: str, name: str, namespace: str = NAMESPACE) -> Obj | None:
        return self.cluster.store.get(resource, namespace if BY_RESOURCE[resource].namespaced else "", name)

    def delete(self, resource: str, name: str, options: DeleteOptions = ORDINARY) -> None:
        self.cluster.registry.delete(BY_RESOURCE[resource], NAMESPACE, name, options)

    async def until(self, resource: str, name: str, holds: Callable[[Obj], bool]) -> Obj:
        """The object once it is as expected."""
        done: asyncio.Future[Obj] = asyncio.get_running_loop().create_future()

        def look(change: Change | None = None) -> None:
            obj = self.get(resource, name)
            if obj is not None and holds(obj) and not done.done():
                done.set_result(obj)

        stop = self.cluster.store.listen(resource, look)
        look()
        try:
            return await asyncio.wait_for(done, PATIENCE)
        except TimeoutError:
            raise AssertionError(
                f"{resource} {name} at last: {(self.get(resource, name) or {}).get('status')}"
            ) from None
        finally:
            stop()

    async def until_gone(self, resource: str, name: str) -> None:
        gone = asyncio.Event()
        stop = self.cluster.store.listen(
            resource,
            lambda change: gone.set() if change.type == "DELETED" and change.key[1] == name else None,
        )
        if self.get(resource, name) is not None:
            await asyncio.wait_for(gone.wait(), PATIENCE)
        stop()

    async def until_event(self, name: str, reason: str, *, text: str = "") -> Obj:
        """The first event about an object with this reason and this in its message."""
        found: asyncio.Future[Obj] = asyncio.get_running_loop().create_future()

        def look(change: Change | None = None) -> None:
            for event in self.cluster.objects("events"):
                fits = event["involvedObject"]["name"] == name and event["reason"] == reason
                if fits and text in event["message"] and not found.done():
                    found.set_result(event)

        stop = self.cluster.store.listen("events", look)
        look()
        try:
            return await asyncio.wait_for(found, PATIENCE)
        except TimeoutError:
            seen = [(one["reason"], one["message"]) for one in self.cluster.objects("events")]
            raise AssertionError(f"no event {reason} about {name}; there were {seen}") from None
        finally:
            stop()

    def toy(self, pod: str) -> ToyContainer:
        return self.runtime.containers[pod, "app"]


def app_state(pod: Obj) -> Obj:
    """The first container's status."""
    found: Obj = (pod.get("status", {}).get("containerStatuses") or [{}])[0]
    return found


def waiting_for(reason: str) -> Callable[[Obj], bool]:
    return lambda pod: app_state(pod).get("state", {}).get("waiting", {}).get("reason") == reason


def is_ready(pod: Obj) -> bool:
    return any(
        one["type"] == "Ready" and one["status"] == "True"
        for one in pod.get("status", {}).get("conditions", ())
    )


@asynccontextmanager
async def yard(directory: Path, pace: Pace = PACE, *, nodes: int = 2, **changed: Any) -> AsyncIterator[Yard]:
    runtime = ToyRuntime()
    cluster = await Cluster.start(
        directory=directory, runtime=runtime, pace=replace(pace, **changed), nodes=nodes
    )
    try:
        yield Yard(cluster, runtime)
    finally:
        await cluster.stop()
