"""One probe, once: it really connects, and says what Go would say when that fails."""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass

import aiohttp

from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.seams import ContainerRuntime, ContainerSpec

_DEADLINE = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
_ERRORS = {
    errno.ECONNREFUSED: "connect: connection refused",
    errno.ECONNRESET: "read: connection reset by peer",
    errno.EHOSTUNREACH: "connect: no route to host",
    errno.ENETUNREACH: "connect: network is unreachable",
}


@dataclass(frozen=True)
class Outcome:
    passed: bool
    message: str = ""


PASSED = Outcome(True)


class Prober:
    """Shared by all kubelets of the cluster."""

    def __init__(self, runtime: ContainerRuntime) -> None:
        self._runtime = runtime
        connector = aiohttp.TCPConnector(force_close=True, limit=0, ssl=False)
        headers = {"User-Agent": "kube-probe/1.32", "Accept": "*/*", "Connection": "close"}
        self._session = aiohttp.ClientSession(connector=connector, headers=headers)

    async def close(self) -> None:
        await self._session.close()

    async def probe(self, probe: Obj, spec: ContainerSpec) -> Outcome:
        seconds = float(probe.get("timeoutSeconds", 1))
        if "httpGet" in probe:
            return await self._http(probe["httpGet"], spec, seconds)
        if "exec" in probe:
            return await self._exec(tuple(probe["exec"]["command"]), spec, seconds)
        handler = probe.get("tcpSocket") or probe.get("grpc") or {}
        return await self._tcp(handler.get("host") or spec.pod_ip, port_number(handler, spec), seconds)

    async def _http(self, handler: Obj, spec: ContainerSpec, seconds: float) -> Outcome:
        host, port = handler.get("host") or spec.pod_ip, port_number(handler, spec)
        path = handler.get("path", "/")
        url = f"{handler.get('scheme', 'HTTP').lower()}://{host}:{port}{path if path.startswith('/') else '/' + path}"
        headers = {one["name"]: one["value"] for one in handler.get("httpHeaders", ())}
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.get(
                url, headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                await answer.read()
        except TimeoutError:
            return Outcome(False, f'Get "{url}": {_DEADLINE}')
        except (aiohttp.ClientError, OSError) as error:
            return Outcome(False, f'Get "{url}": {_spoken(error, f"{host}:{port}")}')
        if 200 <= answer.status < 400:
            return PASSED
        return Outcome(False, f"HTTP probe failed with statuscode: {answer.status}")

    async def _tcp(self, host: str, port: int, seconds: float) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                _, writer = await asyncio.open_connection(host, port)
        except TimeoutError:
            return Outcome(False, f"dial tcp {host}:{port}: i/o timeout")
        except OSError as error:
            return Outcome(False, _spoken(error, f"{host}:{port}"))
        writer.close()
        return PASSED

    async def _exec(self, command: tuple[str, ...], spec: ContainerSpec, seconds: float) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                code = await self._runtime.execute(spec, command)
        except TimeoutError:
            text = " ".join(command)
            return Outcome(
                False, f'command timed out: "{text}" timed out after {moments.go_duration(seconds)}'
            )
        return PASSED if code == 0 else Outcome(False)


def port_number(handler: Obj, spec: ContainerSpec) -> int:
    """A name stands for the container port of that name; one that is not there is port 0."""
    port = handler.get("port", 0)
    return port if isinstance(port, int) else spec.ports.get(port, int(port) if port.isdigit() else 0)


def _spoken(error: BaseException, address: str) -> str:
    """The error as Go's net package words it."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    number = getattr(error, "errno", None) or getattr(getattr(error, "os_error", None), "errno", None)
    text = _ERRORS.get(number or 0, "")
    if text.startswith("read"):
        return f"read tcp {address}: {text}"
    return f"dial tcp {address}: {text}" if text else str(error)
