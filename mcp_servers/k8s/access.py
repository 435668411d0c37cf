"""Three ways to the API server: look, rehearse, write. What is handed only one of them can do no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from mcp_servers.k8s.kinds import Kind, discovered, known
from mcp_servers.k8s.pointers import Operation
from mcp_servers.k8s.shape import Json, cleaned
from mcp_servers.kit.errors import Code, ToolError

PAGE: Final = 500
FIELD_MANAGER: Final = "sre-agent"
JSON_PATCH: Final = "application/json-patch+json"
DRY_RUN: Final = ("dryRun", "All")

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """One request to the API server; `path` is below its address."""

    method: str
    path: str
    query: Query = ()
    body: Any = None
    content_type: str = "application/json"


@dataclass(frozen=True)
class Reply:
    """What it answered: parsed JSON (or text where it was asked for), and its warnings."""

    content: Any
    warnings: list[str] = field(default_factory=list)


class Api(Protocol):
    """The seam to the vendor's client. Raises ToolError (Refused where the server said no)."""

    async def send(self, request: Request) -> Reply: ...

    async def text(self, request: Request) -> str: ...

    @property
    def user(self) -> str:
        """The name of the identity, as far as the configuration tells."""


@dataclass(frozen=True)
class Listing:
    """Objects of one kind; `next` continues the list, `remaining` is the server's own estimate."""

    items: list[Json]
    next: str = ""
    remaining: int | None = None


class Look:
    """Reads, and nothing but reads: every request is a GET."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._discovered: dict[str, Kind] = {}

    async def kind(self, name: str) -> Kind:
        """Raises ToolError where the cluster serves no such kind."""
        found = known(name) or self._discovered.get(name.lower()) or await self._discover(name)
        if found is None:
            raise ToolError(
                Code.NOT_FOUND,
                f"This cluster serves no kind {name[:80]!r}.",
                try_next="Write it as in its manifest (Deployment) or as its plural (deployments).",
            )
        self._discovered[name.lower()] = found
        return found

    async def get(self, kind: Kind, name: str, namespace: str = "") -> Json:
        content = await self.raw(kind.path(namespace, name))
        return cleaned(content, kind)

    async def list(
        self, kind: Kind, namespace: str = "", *, query: Query = (), limit: int = PAGE, cursor: str = ""
    ) -> Listing:
        """Up to `limit` objects, fetched in pages, whatever their number."""
        items: list[Json] = []
        while True:
            page: list[tuple[str, str]] = [*query, ("limit", str(min(PAGE, limit - len(items))))]
            if cursor:
                page.append(("continue", cursor))
            content = await self.raw(kind.path(namespace), page)
            items += (cleaned(item, kind) for item in content.get("items") or [])
            facts = content.get("metadata") or {}
            cursor = str(facts.get("continue") or "")
            if not cursor or len(items) >= limit:
                return Listing(items[:limit], cursor, facts.get("remainingItemCount"))

    async def raw(self, path: str, query: Query = ()) -> Any:
        return (await self._api.send(Request("GET", path, query))).content

    async def text(self, path: str, query: Query = ()) -> str:
        return await self._api.text(Request("GET", path, query))

    async def _discover(self, name: str) -> Kind | None:
        """Walk discovery once for a kind that is not known by heart: custom resources."""
        groups = (await self.raw("/apis")).get("groups") or []
        versions = [str(group["preferredVersion"]["groupVersion"]) for group in groups]
        for group_version in ["v1", *versions]:
            path = "/api/v1" if group_version == "v1" else f"/apis/{group_version}"
            try:
                resources = (await self.raw(path)).get("resources") or []
            except ToolError:
                continue
            found = discovered(name, ((group_version, entry) for entry in resources))
            if found is not None:
                return found
        return None


class Sender(Protocol):
    """What a change is sent through: a rehearsal or the real thing."""

    async def patch(self, path: str, operations: Sequence[Operation]) -> Reply: ...

    async def create(self, path: str, body: Mapping[str, Any]) -> Reply: ...

    async def delete(self, path: str, options: Mapping[str, Any]) -> Reply: ...


class Rehearsal:
    """Sends changes as `dryRun=All` alone: the server runs admission, quota and validation, and keeps nothing.

    The parameter is set here and by nobody else, and there is no method that sends without it.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    async def patch(self, path: str, operations: Sequence[Operation]) -> Reply:
        return await self._send(Request("PATCH", path, (_manager(),), list(operations), JSON_PATCH))

    async def create(self, path: str, body: Mapping[str, Any]) -> Reply:
        return await self._send(Request("POST", path, (_manager(),), dict(body)))

    async def delete(self, path: str, options: Mapping[str, Any]) -> Reply:
        return await self._send(Request("DELETE", path, (), {**options, "dryRun": ["All"]}))

    async def _send(self, request: Request) -> Reply:
        query = [pair for pair in request.query if pair[0] != DRY_RUN[0]]
        body = request.body
        if isinstance(body, dict) and body.get("kind") == "Eviction":
            body = {**body, "deleteOptions": {**body.get("deleteOptions", {}), "dryRun": ["All"]}}
        rehearsed = Request(request.method, request.path, [*query, DRY_RUN], body, request.content_type)
        return await self._api.send(rehearsed)


class Writing:
    """Sends changes for real. Only write tools hold one, and each of them stands behind the grant's gate."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def patch(self, path: str, operations: Sequence[Operation]) -> Reply:
        return await self._api.send(Request("PATCH", path, (_manager(),), list(operations), JSON_PATCH))

    async def create(self, path: str, body: Mapping[str, Any]) -> Reply:
        return await self._api.send(Request("POST", path, (_manager(),), dict(body)))

    async def delete(self, path: str, options: Mapping[str, Any]) -> Reply:
        return await self._api.send(Request("DELETE", path, (), dict(options)))


def _manager() -> tuple[str, str]:
    return "fieldManager", FIELD_MANAGER


@dataclass(frozen=True)
class Cluster:
    """One cluster, as its tools reach it: reads under one identity, rehearsals and writes under the other's."""

    name: str
    look: Look
    rehearsal: Rehearsal
    writing: Writing
    user: str = ""


class Clusters(Protocol):
    """The clusters this server may reach, by kubeconfig context; empty is the default one."""

    async def cluster(self, name: str) -> Cluster: ...

    def names(self) -> list[str]: ...
