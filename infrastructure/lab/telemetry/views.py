"""Where the exporters look: the cluster, its nodes, the front door and the database."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from infrastructure.lab.seams import Container, ContainerSpec, Network
from infrastructure.lab.shop.edge import Edge
from infrastructure.lab.shop.kit.pool import PoolSettings
from infrastructure.lab.telemetry.discovery import targets
from infrastructure.lab.telemetry.exporters import Pages
from infrastructure.lab.telemetry.kube_state import kube_state_page
from infrastructure.lab.telemetry.nodes import ContainerRow, Machine, cadvisor_page, node_page
from infrastructure.lab.telemetry.postgres import postgres_page


class Running(Protocol):
    """A container that runs, as the cluster lists it."""

    @property
    def namespace(self) -> str: ...
    @property
    def pod(self) -> str: ...
    @property
    def container(self) -> str: ...
    @property
    def node(self) -> str: ...
    @property
    def handle(self) -> Container: ...
    @property
    def spec(self) -> ContainerSpec: ...
    @property
    def started_at(self) -> datetime: ...


class Cluster(Protocol):
    """What exporters read of the cluster."""

    @property
    def network(self) -> Network: ...
    def objects(self, plural: str, namespace: str | None = None) -> list[dict[str, Any]]: ...
    def containers(self) -> Iterable[Running]: ...


@dataclass
class Views:
    """Makes each exporter's page anew from what is there."""

    cluster: Cluster
    edge: Edge
    database: PoolSettings
    namespace: str
    stopped_kubelets: set[str]
    booted_at: float
    list_pods: Callable[[], Awaitable[list[dict[str, Any]]]]
    """By way of the API, with the rights that Prometheus has there."""

    def pages(self) -> Pages:
        return Pages(
            kube_state=self.kube_state,
            ingress=self.ingress,
            postgres=self.postgres,
            machine=self.machine,
            kubelet=self.kubelet,
            pods=self.pods,
        )

    async def kube_state(self) -> str:
        return kube_state_page(self._objects)

    async def ingress(self) -> str:
        return self.edge.metrics()

    async def postgres(self) -> str:
        def dial(host: str, port: int) -> tuple[str, int]:
            return self.cluster.network.address_of(host, port, from_namespace=self.namespace)

        return await postgres_page(self.database, dial)

    async def pods(self) -> list[dict[str, Any]]:
        return targets(await self.list_pods())

    async def kubelet(self, node: str) -> str:
        return cadvisor_page(self._rows(node))

    async def machine(self, node: str) -> str:
        found = [one for one in self.cluster.objects("nodes") if one["metadata"]["name"] == node]
        rows = list(self._rows(node))
        return node_page(
            Machine(
                node=found[0] if found else {},
                cpu_seconds=sum(row.cpu_seconds for row in rows),
                memory_bytes=sum(row.memory_bytes for row in rows),
                kubelet_runs=node not in self.stopped_kubelets,
                booted_at=self.booted_at,
                now=time.time(),
            )
        )

    def _objects(self, plural: str) -> list[dict[str, Any]]:
        of_the_shop = plural not in ("nodes",)
        return self.cluster.objects(plural, self.namespace if of_the_shop else None)

    def _rows(self, node: str) -> Iterable[ContainerRow]:
        for one in self.cluster.containers():
            if one.node == node:
                yield _row(one)


def _row(one: Running) -> ContainerRow:
    periods, throttled = one.handle.cfs_periods()
    return ContainerRow(
        namespace=one.namespace,
        pod=one.pod,
        container=one.container,
        image=one.spec.image,
        cpu_seconds=one.handle.cpu_seconds(),
        periods=periods,
        throttled=throttled,
        memory_bytes=one.handle.memory_bytes(),
        memory_limit_bytes=one.spec.memory_limit_bytes,
        cpu_limit_millicores=one.spec.cpu_limit_millicores,
        started_at=one.started_at.timestamp(),
    )
