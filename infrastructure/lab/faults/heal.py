"""Makes everything good again: from any fault, and from any half-done attempt to mend one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from infrastructure.lab.faults.kubectl import Kubectl, KubeRefused
from infrastructure.lab.faults.pristine import (
    KINDS,
    Pristine,
    broken_pods,
    fresh_copy,
    keep,
    restored,
    stale_replica_sets,
    strangers,
    unfinished,
)
from infrastructure.lab.faults.verbs import Reach

ADMINISTRATOR = "admin"
_HEAL_SECONDS = 120.0
_LOOK_SECONDS = 0.3
_GOOD_FOR_SECONDS = 3.0
_TRIES = 5
Say = Callable[[str], None]


class NotHealed(Exception):
    """The shop did not become healthy in time; the message lists what is wrong."""


class _NothingToRestore(Exception):
    """The repository is as it was."""


class Healer:
    """Knows how the shop was at the start, and brings it back there."""

    def __init__(self, reach: Reach, nodes: list[str]) -> None:
        self._reach = reach
        self._nodes = nodes
        self._pristine = Pristine({}, {})

    async def remember(self) -> None:
        """Take what is there now for the way it should be."""
        async with self._admin() as kubectl:
            objects = keep(await self._live(kubectl))
        self._pristine = Pristine(objects, await self.files())

    async def heal(self, say: Say) -> None:
        """Raises NotHealed."""
        say("machines, customers and monitoring")
        await self._machines()
        say("the repository")
        await self._repository()
        say("the cluster's objects")
        async with self._admin() as kubectl:
            await self._objects(kubectl)
            say("waiting for the shop")
            await self._until_rolled_out(kubectl)
            await self._sweep(kubectl)
        await self.until_healthy()

    async def until_healthy(self, seconds: float = _HEAL_SECONDS) -> None:
        """Pods ready, customers served, no alert. Raises NotHealed."""
        deadline = monotonic() + seconds
        while complaints := await self.complaints():
            if monotonic() > deadline:
                raise NotHealed(f"after {seconds:g} s: {'; '.join(complaints)}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def complaints(self) -> list[str]:
        """What speaks against the shop being healthy now."""
        async with self._admin() as kubectl:
            found = [f"{name} is not rolled out" for name in unfinished(await _workloads(kubectl))]
        outcomes = self._reach.customers.outcomes(_GOOD_FOR_SECONDS)
        bad = {how: count for how, count in outcomes.items() if how != "200"}
        if bad or not outcomes:
            found.append(f"customers are not served: {bad or 'nobody comes'}")
        with suppress(OSError):
            found += [f"alert {one['labels']['alertname']}" for one in await self._reach.watch.alerts()]
        return found

    async def _machines(self) -> None:
        reach = self._reach
        for service in list(reach.customers.campaigns):
            reach.customers.end_campaign(service)
        for service in list(reach.runtime.scrapes_blocked):
            reach.runtime.block_scrapes(service, False)
        for service in reach.shipper.muted:
            reach.shipper.mute(service, False)
        await reach.watch.remove_added_rules()
        for node in self._nodes:
            await reach.nodes.start_kubelet(node)
        async with self._admin() as kubectl:
            for machine in await kubectl.objects("Node"):
                if machine["spec"].get("unschedulable"):
                    name, body = machine["metadata"]["name"], {"spec": {"unschedulable": None}}
                    await kubectl.patch("Node", name, body, manager="kubectl-cordon")

    async def files(self) -> dict[str, str]:
        """What stands on main, read through a change that is given up."""
        seen: dict[str, str] = {}

        def look(files: dict[str, str]) -> dict[str, str]:
            seen.update(files)
            raise _NothingToRestore

        with suppress(_NothingToRestore):
            await self._reach.forge.merge_change(author="jon", title="look", body="", edit=look)
        return seen

    async def _repository(self) -> None:
        def edit(files: dict[str, str]) -> dict[str, str]:
            if files == self._pristine.files:
                raise _NothingToRestore
            return dict(self._pristine.files)

        with suppress(_NothingToRestore):
            pull = await self._reach.forge.merge_change(
                author="jon", title="Put everything back as it was", body="", edit=edit
            )
            with suppress(TimeoutError):
                await self._reach.forge.deployed(pull.merge_sha, timeout_seconds=30)

    async def _objects(self, kubectl: Kubectl) -> None:
        live = await self._live(kubectl)
        for kind, name in strangers(live, self._pristine):
            await _delete(kubectl, kind, name)
        there = keep(live)
        for (kind, name), wanted in self._pristine.objects.items():
            if (kind, name) in there:
                await self._restore(kubectl, kind, name)
            else:
                await kubectl.create(kind, fresh_copy(wanted))
        for job in await kubectl.objects("Job"):
            await _delete(kubectl, "Job", job["metadata"]["name"])

    async def _restore(self, kubectl: Kubectl, kind: str, name: str) -> None:
        for _ in range(_TRIES):
            wanted = restored(await kubectl.get(kind, name), self._pristine.objects[kind, name])
            if wanted is None:
                return
            try:
                await kubectl.replace(kind, name, wanted)
                return
            except KubeRefused as error:
                if error.code != 409:
                    raise
        raise NotHealed(f"{kind} {name} keeps changing under our hands")

    async def _until_rolled_out(self, kubectl: Kubectl) -> None:
        """Broken pods are sent away on the first look: their back-off would make everybody wait."""
        deadline = monotonic() + _HEAL_SECONDS
        await self._send_away(kubectl)
        while waiting := unfinished(await _workloads(kubectl)):
            if monotonic() > deadline:
                raise NotHealed(f"not rolled out within {_HEAL_SECONDS:g} s: {', '.join(waiting)}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _send_away(self, kubectl: Kubectl) -> None:
        for pod in broken_pods(await kubectl.objects("Pod")):
            await _delete(kubectl, "Pod", pod["metadata"]["name"], grace_seconds=0)

    async def _sweep(self, kubectl: Kubectl) -> None:
        """Old revisions and events would tell tales about faults that are over."""
        stale = stale_replica_sets(await kubectl.objects("ReplicaSet"), await kubectl.objects("Deployment"))
        for name in stale:
            await _delete(kubectl, "ReplicaSet", name)
        for event in await kubectl.objects("Event"):
            await _delete(kubectl, "Event", event["metadata"]["name"])

    async def _live(self, kubectl: Kubectl) -> list[tuple[str, dict[str, Any]]]:
        return [(kind, {"kind": kind, **one}) for kind in KINDS for one in await kubectl.objects(kind)]

    def _admin(self) -> Kubectl:
        return self._reach.kubectl(ADMINISTRATOR)


async def _workloads(kubectl: Kubectl) -> list[dict[str, Any]]:
    return [
        {"kind": kind, **one} for kind in ("Deployment", "StatefulSet") for one in await kubectl.objects(kind)
    ]


async def _delete(kubectl: Kubectl, kind: str, name: str, *, grace_seconds: int | None = None) -> None:
    try:
        await kubectl.delete(kind, name, grace_seconds=grace_seconds)
    except KubeRefused as error:
        if error.code != 404:
            raise
