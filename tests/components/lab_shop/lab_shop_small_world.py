"""A small world for the shop's runtime: a registry of one tree, a network that is a table."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infrastructure.lab.seams import Container, ContainerSpec, NameNotResolved
from infrastructure.lab.shop.runtime import ShopRuntime, World

TREE = Path(__file__).parents[3] / "infrastructure" / "lab" / "shop" / "repo" / "tree"
ADDRESS = "127.91.7.1"
BUDGETS = "web=1600,app=1200,partner=2400"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@dataclass
class TableNetwork:
    """Names → addresses."""

    table: dict[str, tuple[str, int]] = field(default_factory=dict)

    def address_of(
        self, host: str, port: int, *, from_namespace: str, from_node: str = ""
    ) -> tuple[str, int]:
        if host not in self.table:
            raise NameNotResolved(f"lookup {host}.{from_namespace}.svc.cluster.local: no such host")
        return self.table[host]


@dataclass
class TreeRegistry:
    """Every image is the tree as it is, but for `changes`."""

    changes: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def has(self, image: str) -> bool:
        return image not in self.missing

    def source(self, image: str) -> Mapping[str, str]:
        files = {path.relative_to(TREE).as_posix(): path.read_text() for path in TREE.rglob("*.py")}
        return {**files, **self.changes}


@dataclass
class Shop:
    """Starts containers and keeps what they print."""

    runtime: ShopRuntime
    network: TableNetwork
    registry: TreeRegistry
    lines: list[str] = field(default_factory=list)

    async def start(
        self,
        service: str,
        settings: Mapping[str, str] | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        memory_mib: int | None = None,
        image: str = "",
    ) -> Container:
        port = free_port()
        self.network.table[service] = (ADDRESS, port)
        defaults = {"PORT": str(port), "PGPORT": str(port), "WORKERS": "2", "CHANNEL_BUDGETS": BUDGETS}
        return await self.runtime.start(
            ContainerSpec(
                namespace="shop",
                pod=f"{service}-1",
                pod_uid=f"uid-{service}-{port}",
                pod_ip=ADDRESS,
                node="lab-1",
                container=service,
                image=image or f"registry.lab/shop/{service}:abc1234",
                command=(),
                args=(),
                environment={**defaults, **(settings or {})},
                files=files or {},
                ports={"http": port},
                memory_limit_bytes=memory_mib and memory_mib * 2**20,
                cpu_limit_millicores=500,
                labels={},
                log=self.lines.append,
            )
        )

    def url(self, service: str, path: str) -> str:
        address, port = self.network.table[service]
        return f"http://{address}:{port}{path}"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    network, registry, runtime = TableNetwork(), TreeRegistry(), ShopRuntime()
    runtime.connect(World(registry, network))
    yield Shop(runtime, network, registry)
    await runtime.stop()
