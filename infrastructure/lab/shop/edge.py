"""The front door: ends TLS with the certificates from the cluster's Secrets and passes requests on by Ingress rules."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from yarl import URL

from infrastructure.lab.seams import ConnectionRefused, NameNotResolved, Network
from infrastructure.lab.shop.front_door import HostCertificate, Rule, certificates_of, find_rule, rules_of
from infrastructure.lab.shop.kit.metrics import Counter, Histogram, page

_LOOK_SECONDS = 0.5
_UPSTREAM_SECONDS = 10.0
_NO_ANSWER = 502
_NO_ENDPOINTS = 503
_TOO_LATE = 504


class ClusterView(Protocol):
    """What the edge reads of the cluster."""

    network: Network

    def objects(self, plural: str, namespace: str | None = None) -> list[dict[str, Any]]: ...


class Edge:
    """An ingress controller outside the cluster, on one free loopback port."""

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._rules: list[Rule] = []
        self._served: list[HostCertificate] = []
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._door = web.Server(self._handle, access_log=None, keepalive_timeout=20)
        self._listener: asyncio.Server | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self.requests = Counter(
            "nginx_ingress_controller_requests",
            "Requests answered.",
            ("namespace", "ingress", "service", "host", "status"),
        )
        self.durations = Histogram(
            "nginx_ingress_controller_request_duration_seconds",
            "From arrival to answer.",
            ("namespace", "ingress", "service"),
        )
        self.port = 0

    async def start(self, host: str = "127.0.0.1") -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=500, keepalive_timeout=10), auto_decompress=False
        )
        self.look()
        door = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        door.sni_callback = self._choose
        self._listener = await asyncio.get_running_loop().create_server(self._door, host, 0, ssl=door)
        self.port = self._listener.sockets[0].getsockname()[1]
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        if self._watcher:
            self._watcher.cancel()
        if self._listener:
            self._listener.close()
        await self._door.shutdown(0.2)
        if self._session:
            await self._session.close()

    def metrics(self) -> str:
        return page((self.requests, self.durations))

    def look(self) -> None:
        """Take over what the cluster says now; a changed certificate ends the connections made under the old one."""
        ingresses = self._view.objects("ingresses")
        self._rules = rules_of(ingresses)
        served = certificates_of(ingresses, self._view.objects("secrets"))
        if served != self._served:
            self._served = served
            self._contexts = {one.host: _context(one) for one in served}
            for connection in self._door.connections:
                connection.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.look()

    def _choose(self, sock: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        context = self._contexts.get(name or "") or next(iter(self._contexts.values()), None)
        if context is None:
            return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        sock.context = context
        return None

    async def _handle(self, raw: web.BaseRequest) -> web.StreamResponse:
        started = monotonic()
        host = raw.host.partition(":")[0]
        rule = find_rule(self._rules, host, raw.path)
        if rule is None:
            return web.Response(status=404, text="default backend - 404")
        status, body, kind = await self._pass_on(rule, raw, await raw.read())
        where = (rule.namespace, rule.ingress, rule.service)
        self.requests.add(*where, rule.host, str(status))
        self.durations.observe(monotonic() - started, *where)
        return web.Response(status=status, body=body, content_type=kind)

    async def _pass_on(self, rule: Rule, raw: web.BaseRequest, body: bytes) -> tuple[int, bytes, str]:
        last: tuple[int, bytes, str] = (_NO_ANSWER, b"502 Bad Gateway", "text/html")
        for _ in range(2 if raw.method == "GET" else 1):
            try:
                return await self._once(rule, raw, body)
            except (NameNotResolved, ConnectionRefused):
                return _NO_ENDPOINTS, b"503 Service Temporarily Unavailable", "text/html"
            except TimeoutError:
                return _TOO_LATE, b"504 Gateway Time-out", "text/html"
            except (OSError, aiohttp.ClientError):
                continue  # the next endpoint, as proxy_next_upstream has it
        return last

    async def _once(self, rule: Rule, raw: web.BaseRequest, body: bytes) -> tuple[int, bytes, str]:
        if self._session is None:
            raise RuntimeError("the edge has not been started")
        address, port = self._view.network.address_of(rule.service, rule.port, from_namespace=rule.namespace)
        url = URL(f"http://{address}:{port}{raw.path_qs}", encoded=True)
        async with asyncio.timeout(_UPSTREAM_SECONDS):
            async with self._session.request(
                raw.method, url, data=body or None, headers=_passed_on(raw.headers)
            ) as answer:
                return answer.status, await answer.read(), answer.content_type


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: headers[name] for name in ("Content-Type", "X-Trace-Id") if name in headers}
    return {**kept, "Host": headers.get("Host", ""), "X-Forwarded-Proto": "https"}


def _context(served: HostCertificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "tls.crt"), Path(folder, "tls.key")
        certificate.write_bytes(served.certificate)
        key.touch(mode=0o600)
        key.write_bytes(served.key)
        context.load_cert_chain(certificate, key)
    return context
