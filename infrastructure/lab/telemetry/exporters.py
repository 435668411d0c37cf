"""One small server for all exporters, and one port for each node's kubelet, closed while that kubelet is down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from infrastructure.lab.telemetry.blackbox import Locate, probe, probe_page

Page = Callable[[], Awaitable[str]]


@dataclass(frozen=True)
class Pages:
    """What the exporters show; each is made anew at each scrape."""

    kube_state: Page
    ingress: Page
    postgres: Page
    machine: Callable[[str], Awaitable[str]]
    """node → its page."""
    kubelet: Callable[[str], Awaitable[str]]
    """node → cAdvisor's page."""
    pods: Callable[[], Awaitable[list[dict[str, Any]]]]
    """Where the pods' own metrics are."""


@dataclass(frozen=True)
class Outside:
    """How a prober reaches things: an address for each URL's host, and the authority it trusts."""

    locate: Locate
    trusted: bytes


class Exporters:
    """Started on free loopback ports."""

    def __init__(self, pages: Pages, outside: Outside, host: str = "127.0.0.1") -> None:
        self._pages = pages
        self._outside = outside
        self._host = host
        self._server = web.Server(self._answer, access_log=None)
        self._listener: asyncio.Server | None = None
        self._kubelets: dict[str, tuple[asyncio.Server, web.Server]] = {}
        self.node_addresses: dict[str, str] = {}
        self.address = ""

    async def start(self, nodes: list[str]) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, self._host, 0)
        self.address = f"{self._host}:{self._listener.sockets[0].getsockname()[1]}"
        for node in nodes:
            await self.open_kubelet(node)

    async def stop(self) -> None:
        for node in list(self._kubelets):
            self.close_kubelet(node)
        if self._listener:
            self._listener.close()
        await self._server.shutdown(0.2)

    async def open_kubelet(self, node: str) -> None:
        """Serve a node's cAdvisor (again), on the port it had before."""
        if node in self._kubelets:
            return
        port = int(self.node_addresses.get(node, ":0").rpartition(":")[2])
        server = self._kubelet_server(node)
        listener = await asyncio.get_running_loop().create_server(
            server, self._host, port, reuse_address=True
        )
        self._kubelets[node] = (listener, server)
        self.node_addresses[node] = f"{self._host}:{listener.sockets[0].getsockname()[1]}"

    def close_kubelet(self, node: str) -> None:
        """The process is gone: nobody listens, and kept connections die with it."""
        if node not in self._kubelets:
            return
        listener, server = self._kubelets.pop(node)
        listener.close()
        for connection in server.connections:
            connection.force_close()

    def _kubelet_server(self, node: str) -> web.Server:
        async def answer(_: web.BaseRequest) -> web.StreamResponse:
            return _text(await self._pages.kubelet(node))

        return web.Server(answer, access_log=None)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        fixed: Mapping[str, Page] = {
            "/kube-state-metrics/metrics": self._pages.kube_state,
            "/ingress-nginx/metrics": self._pages.ingress,
            "/postgres-exporter/metrics": self._pages.postgres,
        }
        if request.path in fixed:
            return _text(await fixed[request.path]())
        if request.path == "/probe":
            return await self._probe(request)
        if request.path == "/discovery":
            return web.json_response(await self._pages.pods())
        parts = request.path.strip("/").split("/")
        if len(parts) == 3 and parts[0] == "node-exporter":
            return _text(await self._pages.machine(parts[1]))
        return web.Response(status=404, text="404 page not found\n")

    async def _probe(self, request: web.BaseRequest) -> web.StreamResponse:
        target, module = request.query.get("target", ""), request.query.get("module", "http_2xx")
        if not target:
            return web.Response(status=400, text="Target parameter is missing\n")
        finding = await probe(target, self._outside.locate, self._outside.trusted)
        return _text(probe_page(finding, module))


def _text(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/plain")
