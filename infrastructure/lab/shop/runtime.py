"""The container runtime of the lab's nodes: pulls from the registry, runs the code that the image was built from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Protocol

from infrastructure.lab.seams import Container, ContainerSpec, ContainerStartFailed, ImagePullFailed, Network
from infrastructure.lab.shop.container import DatabaseProgram, Program, ServiceProgram, ShopContainer
from infrastructure.lab.shop.kit.cpu import CpuShare
from infrastructure.lab.shop.kit.memory import Appetite, WorkingSet
from infrastructure.lab.shop.kit.process import Process
from infrastructure.lab.shop.program import Programs

DATABASE_REPOSITORY = "registry.lab/library/postgres"
DATABASE_TAGS = frozenset({"15.8", "15.7", "14.13"})
DATABASE_APPETITE = Appetite(at_start=60, loaded=150, load_seconds=1, cache=16, each_request=0.0)
_KNOWN_COMMANDS = frozenset(
    {"python", "python3", "postgres", "/bin/sh", "sh", "true", "/bin/true", "pg_isready"}
)
_PULL_SECONDS = 0.25


class ImageSource(Protocol):
    """The registry, as far as a runtime needs it."""

    def has(self, image: str) -> bool: ...

    def source(self, image: str) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class World:
    """What containers reach: the registry their images come from, and the pod network."""

    registry: ImageSource
    network: Network


class ShopRuntime:
    """Implements `ContainerRuntime`. Must be connected to the world before the first pull."""

    def __init__(self) -> None:
        self.containers: dict[tuple[str, str], ShopContainer] = {}
        """(pod uid, container) → the latest one."""
        self.scrapes_blocked: set[str] = set()
        """Services whose /metrics is not to be reached from outside the node."""
        self._world: World | None = None
        self._pulled: set[str] = set()
        self._programs = Programs()

    def connect(self, world: World) -> None:
        self._world = world

    async def pull(self, image: str) -> None:
        if image in self._pulled:
            return
        await asyncio.sleep(_PULL_SECONDS)
        if not self._has(image):
            raise ImagePullFailed(_not_found(image))
        self._pulled.add(image)

    async def start(self, spec: ContainerSpec) -> Container:
        _check_command(spec)
        process = self._process(spec)
        container = ShopContainer(spec, process, self._program(spec, process))
        self.containers[spec.pod_uid, spec.container] = container
        self._apply_block(container)
        return container

    async def execute(self, spec: ContainerSpec, command: tuple[str, ...]) -> int:
        return 0 if command and command[0] in _KNOWN_COMMANDS else 127

    def block_scrapes(self, service: str, blocked: bool) -> None:
        """Drop, or let through again, what monitoring sends to a service's /metrics."""
        (self.scrapes_blocked.add if blocked else self.scrapes_blocked.discard)(service)
        for container in self.containers.values():
            self._apply_block(container)

    def running(self) -> list[ShopContainer]:
        return [container for container in self.containers.values() if not container.ended]

    async def stop(self) -> None:
        """End whatever still runs."""
        await asyncio.gather(*(container.stop(0.1) for container in self.running()))

    def _has(self, image: str) -> bool:
        repository, _, tag = image.rpartition(":")
        if repository == DATABASE_REPOSITORY:
            return tag in DATABASE_TAGS
        return self._connected().registry.has(image)

    def _connected(self) -> World:
        if self._world is None:
            raise RuntimeError("connect the runtime to a registry and a network before it runs anything")
        return self._world

    def _process(self, spec: ContainerSpec) -> Process:
        network = self._connected().network
        appetite = DATABASE_APPETITE if _is_database(spec.image) else Appetite()
        return Process(
            name=spec.container,
            pod=spec.pod,
            environment=spec.environment,
            files=spec.files,
            write=spec.log,
            dial=lambda host, port: network.address_of(
                host, port, from_namespace=spec.namespace, from_node=spec.node
            ),
            cpu=CpuShare(spec.cpu_limit_millicores),
            memory=WorkingSet(appetite),
            random=SystemRandom(),
        )

    def _program(self, spec: ContainerSpec, process: Process) -> Program:
        if _is_database(spec.image):
            return DatabaseProgram(process, spec.pod_ip)
        service = spec.image.rpartition(":")[0].rpartition("/")[2]
        path = f"services/{service}/app.py"
        sources = self._connected().registry.source(spec.image)
        if path not in sources:
            raise ContainerStartFailed(f"failed to start: {path}: no such file or directory in {spec.image}")
        programs = {name: text for name, text in sources.items() if name.endswith(".py")}
        return ServiceProgram(self._programs, path, programs, process, spec.pod_ip)

    def _apply_block(self, container: ShopContainer) -> None:
        container.metrics_reachable(container.spec.container not in self.scrapes_blocked)


def _is_database(image: str) -> bool:
    return image.rpartition(":")[0] == DATABASE_REPOSITORY


def _check_command(spec: ContainerSpec) -> None:
    if spec.command and spec.command[0] not in _KNOWN_COMMANDS:
        raise ContainerStartFailed(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create"
            f' failed: unable to start container process: exec: "{spec.command[0]}": executable file not found'
            " in $PATH: unknown"
        )


def _not_found(image: str) -> str:
    return (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{image}": failed to resolve'
        f' reference "{image}": {image}: not found'
    )
