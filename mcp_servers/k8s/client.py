"""The only room that imports the Kubernetes package: raw requests through its configuration, TLS and tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson
import yaml
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from mcp_servers.k8s.access import Cluster, Look, Rehearsal, Reply, Request, Writing
from mcp_servers.k8s.refusals import refused
from mcp_servers.k8s.shape import warnings
from mcp_servers.kit.errors import Code, ToolError, invalid, not_configured

CONNECT_SECONDS: Final = 3.0
REQUEST_SECONDS: Final = 20.0
POOL: Final = 32
MOST_BYTES: Final = 64_000_000
_AUTH: Final = ["BearerToken"]


@dataclass(frozen=True)
class Places:
    """Where this server finds its clusters. `in_cluster`: it runs in a pod and may use its own account."""

    kubeconfig: Path | None
    write_kubeconfig: Path | None = None
    context: str = ""
    in_cluster: bool = False


class KubernetesApi:
    """Implements `Api` over the official client. Lists stay raw JSON: its models cost ten times the parsing."""

    def __init__(self, configuration: Configuration, user: str) -> None:
        configuration.connection_pool_maxsize = POOL
        configuration.client_session_kwargs = {"middlewares": (_stays,)}
        self._client = ApiClient(configuration)
        self._user = user

    @property
    def user(self) -> str:
        return self._user

    async def send(self, request: Request) -> Reply:
        content, headers = await self._exchange(request, "application/json")
        try:
            return Reply(orjson.loads(content) if content else {}, warnings(headers))
        except orjson.JSONDecodeError as problem:
            raise ToolError(Code.UPSTREAM_ERROR, "The API server's answer is not JSON.") from problem

    async def text(self, request: Request) -> str:
        content, _ = await self._exchange(request, "*/*")
        return content.decode("utf-8", "replace")

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def _exchange(self, request: Request, accept: str) -> tuple[bytes, list[str]]:
        try:
            return await self._answer(request, accept)
        except (TimeoutError, aiohttp.ServerTimeoutError) as problem:
            raise ToolError(
                Code.TIMEOUT, f"The API server did not answer within {REQUEST_SECONDS:.0f} s."
            ) from problem
        except (aiohttp.ClientError, OSError) as problem:
            raise ToolError(
                Code.UNAVAILABLE,
                f"The API server cannot be reached: {problem}.",
                try_next="Check the server address in KUBECONFIG and the network between.",
            ) from problem

    async def _answer(self, request: Request, accept: str) -> tuple[bytes, list[str]]:
        headers = {"Accept": accept, "Content-Type": request.content_type}
        try:
            method, url, sent_headers, body, _ = await self._client.param_serialize(
                request.method,
                request.path,
                query_params=list(request.query),
                header_params=headers,
                body=request.body,
                auth_settings=_AUTH,
            )
            timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS, connect=CONNECT_SECONDS)
            answer = await self._client.call_api(method, url, sent_headers, body, _request_timeout=timeout)
        except (ApiException, ConfigException) as problem:
            raise ToolError(Code.UNAUTHORIZED, f"The credentials could not be used: {problem}.") from problem
        content = await _bounded(answer.response)
        if not 200 <= answer.status <= 299:
            raise refused(answer.status, content)
        return content, answer.headers.getall("Warning", [])


async def _stays(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp would follow a redirect to any address, a write with its body: who answers for the API server may not
    choose whom this process speaks to."""
    answer = await send(request)
    if 300 <= answer.status <= 399:
        answer.close()
        raise ToolError(
            Code.UPSTREAM_ERROR,
            f"The API server answered {answer.status}, a redirect; it was not followed.",
            try_next="Set the cluster's `server` in KUBECONFIG to the API server itself.",
        )
    return answer


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body, up to a size that this process can bear."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(1 << 18):
        size += len(part)
        if size > MOST_BYTES:
            response.close()
            raise ToolError(
                Code.TOO_LARGE, f"The API server's answer is larger than {MOST_BYTES // 1_000_000} MB."
            )
        parts.append(part)
    return b"".join(parts)


class ConfiguredClusters:
    """Implements `Clusters`: one pair of clients for each context, made when first asked for."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._made: dict[str, Cluster] = {}
        self._open: list[KubernetesApi] = []
        self._lock = asyncio.Lock()
        self._read_at: tuple[int, ...] = ()

    def names(self) -> list[str]:
        return sorted(_contexts(self._places.kubeconfig)) if self._places.kubeconfig else []

    async def cluster(self, name: str) -> Cluster:
        """Raises ToolError: not configured here, or no such context."""
        async with self._lock:
            stamp = self._stamp()
            if stamp != self._read_at:
                await self.close()
                self._read_at = stamp
            if name not in self._made:
                self._made[name] = await self._connected(name)
            return self._made[name]

    async def close(self) -> None:
        self._made.clear()
        while self._open:
            await self._open.pop().close()

    def _stamp(self) -> tuple[int, ...]:
        """Changes when a kubeconfig was written anew: tokens are renewed that way."""
        paths = (self._places.kubeconfig, self._places.write_kubeconfig)
        return tuple(path.stat().st_mtime_ns for path in paths if path is not None and path.exists())

    async def _connected(self, name: str) -> Cluster:
        places = self._places
        if places.kubeconfig is None:
            return await self._in_cluster(name)
        contexts = _contexts(places.kubeconfig)
        context = name or places.context or _current(places.kubeconfig)
        if context not in contexts:
            raise invalid(
                "cluster", f"there is no context {context!r}; there are {', '.join(sorted(contexts))}"
            )
        reading = await self._api(places.kubeconfig, context)
        writing = reading
        if places.write_kubeconfig is not None:
            own = (
                context
                if context in _contexts(places.write_kubeconfig)
                else _current(places.write_kubeconfig)
            )
            writing = await self._api(places.write_kubeconfig, own)
        return _cluster(name or context, reading, writing)

    async def _in_cluster(self, name: str) -> Cluster:
        if not self._places.in_cluster:
            raise not_configured("KUBECONFIG", "cluster")
        if name:
            raise invalid("cluster", "this server runs inside its cluster and knows no other; leave it empty")
        configuration = Configuration()
        try:
            load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        except ConfigException as problem:
            raise ToolError(
                Code.NOT_CONFIGURED, f"The pod's own account cannot be used: {problem}."
            ) from problem
        api = self._opened(configuration, "the pod's service account")
        return _cluster("in-cluster", api, api)

    async def _api(self, path: Path, context: str) -> KubernetesApi:
        configuration = Configuration()
        try:
            await load_kube_config(  # type: ignore[no-untyped-call]
                config_file=str(path), context=context, client_configuration=configuration
            )
        except (ConfigException, OSError, ValueError) as problem:
            raise ToolError(
                Code.NOT_CONFIGURED,
                f"The context {context!r} of {path.name} cannot be used: {problem}.",
                try_next="Check KUBECONFIG with kubectl.",
            ) from problem
        return self._opened(configuration, str(_contexts(path)[context].get("user", "")))

    def _opened(self, configuration: Configuration, user: str) -> KubernetesApi:
        api = KubernetesApi(configuration, user)
        self._open.append(api)
        return api


def _cluster(name: str, reading: KubernetesApi, writing: KubernetesApi) -> Cluster:
    return Cluster(name, Look(reading), Rehearsal(writing), Writing(writing), reading.user)


def _contexts(path: Path) -> dict[str, dict[str, Any]]:
    return {str(each["name"]): each.get("context") or {} for each in _config(path).get("contexts") or []}


def _current(path: Path) -> str:
    config, contexts = _config(path), _contexts(path)
    return str(config.get("current-context") or next(iter(contexts), ""))


def _config(path: Path) -> Mapping[str, Any]:
    """Read each time: kubeconfigs are rewritten by whoever renews their tokens."""
    try:
        config = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as problem:
        raise ToolError(
            Code.NOT_CONFIGURED,
            f"The kubeconfig {path.name} cannot be read: {problem}.",
            try_next="Set KUBECONFIG to a kubeconfig file this process may read.",
        ) from problem
    return config if isinstance(config, dict) else {}
