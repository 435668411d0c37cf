"""The deployer: every push to main is built, applied, watched and recorded; a newer push takes over from an older one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infrastructure.lab.forge.beginning import DEPLOYER
from infrastructure.lab.forge.delivery.apply import Outcome, apply_object
from infrastructure.lab.forge.delivery.kube_client import (
    KubernetesClient,
    KubernetesDown,
    KubernetesRefused,
)
from infrastructure.lab.forge.delivery.manifests import (
    WORKLOADS,
    ManifestWrong,
    fill,
    read_manifests,
    services_of,
)
from infrastructure.lab.forge.delivery.rollout import Progress, rollout_progress
from infrastructure.lab.forge.errors import ForgeError
from infrastructure.lab.forge.objects import Commit
from infrastructure.lab.forge.options import SERVICES_FOLDER, ClusterAccess
from infrastructure.lab.forge.pushes import Push
from infrastructure.lab.forge.records import Deployment, DeploymentStatus
from infrastructure.lab.forge.registry import Registry
from infrastructure.lab.forge.repository import CommitQuery
from infrastructure.lab.forge.services import build_images, released_services, touched_services
from infrastructure.lab.forge.workshop import Workshop

Object = dict[str, Any]
MAIN = "main"
_BACKOFF_MAX = 8.0


class DeployFailed(Exception):
    """The message is the deployment status's description."""


@dataclass(frozen=True)
class _Order:
    """One commit to bring out; `deployment_id` is None for the first roll-out of a new cluster."""

    commit: Commit
    deployment_id: int | None


class Deployer:
    """Takes one commit at a time to the cluster."""

    def __init__(self, shop: Workshop, registry: Registry) -> None:
        self._shop = shop
        self._registry = registry
        self._client: KubernetesClient | None = None
        self._current: asyncio.Task[str] | None = None
        self._done: dict[str, asyncio.Future[str]] = {}
        shop.pushes.on_push(self._pushed)

    async def connect(self, access: ClusterAccess) -> str:
        """Roll main's head out to this cluster; "success" or "failure"."""
        await self._stop_current()
        if self._client:
            await self._client.close()
        self._client = KubernetesClient(access)
        sha = await self._shop.repository.resolve(MAIN)
        if sha is None:
            raise DeployFailed("main has no commit")
        self._done.pop(sha, None)
        self._take(_Order(await self._shop.repository.commit(sha), None))
        return await asyncio.shield(self._done[sha])

    async def deployed(self, sha: str) -> str:
        """When the deployer is done with a commit of main: "success" or "failure"."""
        return await asyncio.shield(self._outcome(sha))

    async def stop(self) -> None:
        await self._stop_current()
        if self._client:
            await self._client.close()

    async def _pushed(self, push: Push) -> None:
        if push.branch != MAIN or push.new is None:
            return
        commit = await self._shop.repository.commit(push.new)
        paths = await self._shop.repository.changed_paths(push.old, push.new)
        images = await build_images(self._shop.repository, self._registry, push.new, touched_services(paths))
        released = released_services(paths)
        if self._client is None or not released:
            self._settle(push.new, "success")
            return
        deployment = self._record(commit, {"services": released, "images": images})
        await self._stop_current()
        self._take(_Order(commit, deployment.id))

    def _take(self, order: _Order) -> None:
        self._outcome(order.commit.sha)
        self._current = asyncio.create_task(self._bring_out(order), name=f"deploy {order.commit.short}")

    def _outcome(self, sha: str) -> asyncio.Future[str]:
        return self._done.setdefault(sha, asyncio.get_running_loop().create_future())

    def _settle(self, sha: str, state: str) -> None:
        future = self._outcome(sha)
        if not future.done():
            future.set_result(state)

    async def _stop_current(self) -> None:
        if self._current and not self._current.done():
            self._current.cancel()
            await asyncio.gather(self._current, return_exceptions=True)

    async def _bring_out(self, order: _Order) -> str:
        self._note(order, "in_progress", f"Rolling out {order.commit.short}")
        state, told = "failure", "superseded by a newer commit before the roll-out finished"
        try:
            async with asyncio.timeout(self._shop.options.rollout_seconds):
                applied = await self._apply_all(order.commit)
                await self._watch(applied)
            state, told = "success", "Rolled out"
        except TimeoutError:
            told = f"not rolled out within {self._shop.options.rollout_seconds:.0f} s"
        except (DeployFailed, ForgeError, ManifestWrong, KubernetesRefused) as error:
            told = str(error)
        finally:
            self._note(order, state, told)
            self._settle(order.commit.sha, state)
        return state

    async def _apply_all(self, commit: Commit) -> list[Object]:
        files = await self._shop.repository.text_files(commit.sha)
        applied = []
        for path, manifest in read_manifests(files):
            cause = await self._change_cause(commit.sha, path, services_of(manifest, self._registry))
            wanted = fill(manifest, registry=self._registry, cause=cause)
            outcome, live = await self._apply_patiently(wanted)
            if outcome != "unchanged" and wanted["kind"] in WORKLOADS:
                applied.append({**wanted, **live})
        return applied

    async def _change_cause(self, sha: str, path: str, services: Iterable[str]) -> str:
        """The title of the last commit that touched the manifest or one of its services."""
        touched = (path, *(f"{SERVICES_FOLDER}/{service}" for service in services))
        shas = await self._shop.repository.list_shas(CommitQuery(sha, paths=touched, limit=1))
        return (await self._shop.repository.commit(shas[0])).title if shas else ""

    async def _apply_patiently(self, wanted: Object) -> tuple[Outcome, Object]:
        deadline = asyncio.get_running_loop().time() + self._shop.options.retry_seconds
        wait = self._shop.options.poll_seconds
        while True:
            try:
                return await apply_object(self._connected(), wanted, self._shop.options.namespace)
            except KubernetesDown as error:
                if asyncio.get_running_loop().time() + wait > deadline:
                    raise DeployFailed(str(error)) from error
                await asyncio.sleep(wait)
                wait = min(wait * 2, _BACKOFF_MAX)

    async def _watch(self, workloads: Iterable[Object]) -> None:
        for workload in workloads:
            while (state := await self._progress(workload)).state != "done":
                if state.state == "failed":
                    raise DeployFailed(state.message)
                await asyncio.sleep(self._shop.options.poll_seconds)

    async def _progress(self, workload: Object) -> Progress:
        client, metadata = self._connected(), workload["metadata"]
        try:
            resource = await client.resource(workload["apiVersion"], workload["kind"])
            path = f"{resource.collection(metadata['namespace'])}/{metadata['name']}"
            found = await client.get(path)
        except KubernetesDown as error:
            return Progress("waiting", str(error))
        if found is None:
            raise DeployFailed(f"{workload['kind']} {metadata['name']} is gone")
        return rollout_progress({**workload, **found})

    def _connected(self) -> KubernetesClient:
        if self._client is None:
            raise DeployFailed("the deployer has no cluster: call Forge.deploy_to first")
        return self._client

    def _record(self, commit: Commit, payload: Mapping[str, Any]) -> Deployment:
        records = self._shop.records
        deployment = Deployment(
            id=records.new_id(),
            sha=commit.sha,
            ref=MAIN,
            task="deploy",
            environment="production",
            description=commit.title,
            payload=payload,
            creator=DEPLOYER,
            created_at=self._shop.now(),
        )
        records.deployments[deployment.id] = deployment
        return deployment

    def _note(self, order: _Order, state: str, told: str) -> None:
        if order.deployment_id is None:
            return
        records = self._shop.records
        status = DeploymentStatus(records.new_id(), state, told, DEPLOYER, self._shop.now(), "production")
        records.add_deployment_status(order.deployment_id, status)
