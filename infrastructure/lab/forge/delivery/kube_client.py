"""The deployer's small Kubernetes client: discovery, get, create, patch, with the ServiceAccount token it was given."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from infrastructure.lab.forge.options import ClusterAccess

Object = dict[str, Any]
_TIMEOUT = aiohttp.ClientTimeout(total=15)


class KubernetesDown(Exception):
    """No answer, or one that asks to try again; nothing is known to have happened."""


class KubernetesRefused(Exception):
    """The API server said no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Resource:
    """Where objects of one kind live."""

    plural: str
    namespaced: bool
    root: str
    built_in: bool

    def collection(self, namespace: str) -> str:
        place = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{self.root}{place}/{self.plural}"


class KubernetesClient:
    def __init__(self, access: ClusterAccess) -> None:
        self._access = access
        self._session: aiohttp.ClientSession | None = None
        self._resources: dict[str, dict[str, Resource]] = {}

    async def get(self, path: str) -> Object | None:
        """None when there is no such object."""
        try:
            return await self._ask("GET", path)
        except KubernetesRefused as refused:
            if refused.status == 404:
                return None
            raise

    async def create(self, collection: str, body: Mapping[str, Any]) -> Object:
        return await self._ask("POST", f"{collection}?fieldManager=deployer", body, "application/json")

    async def patch(self, path: str, body: Mapping[str, Any], content_type: str) -> Object:
        return await self._ask("PATCH", f"{path}?fieldManager=deployer", body, content_type)

    async def resource(self, api_version: str, kind: str) -> Resource:
        """Found by discovery, kept; raises KubernetesRefused when the server does not know the kind."""
        if kind not in self._resources.get(api_version, {}):
            self._resources[api_version] = await self._discover(api_version)
        found = self._resources[api_version].get(kind)
        if found is None:
            message = f'no matches for kind "{kind}" in version "{api_version}"'
            raise KubernetesRefused(404, message)
        return found

    async def _discover(self, api_version: str) -> dict[str, Resource]:
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        group = api_version.split("/")[0] if "/" in api_version else ""
        listed = await self._ask("GET", root)
        return {
            item["kind"]: Resource(item["name"], item["namespaced"], root, _is_built_in(group))
            for item in listed.get("resources", ())
            if "/" not in item["name"]
        }

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, content_type: str = ""
    ) -> Object:
        headers = {"Authorization": f"Bearer {self._access.token}", "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        data = None if body is None else json.dumps(body)
        try:
            async with self._open_session().request(
                method, f"{self._access.url}{path}", data=data, headers=headers
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubernetesDown(f"{self._access.url} does not answer: {error}") from error
        return _understand(answer.status, text)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            secure: ssl.SSLContext | bool = True
            if self._access.ca_file:
                secure = ssl.create_default_context(cafile=str(self._access.ca_file))
            connector = aiohttp.TCPConnector(ssl=secure)
            self._session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _is_built_in(group: str) -> bool:
    return group in ("", "apps", "batch", "autoscaling", "policy") or group.endswith(".k8s.io")


def _understand(status: int, text: str) -> Object:
    if status >= 500 or status == 429:
        raise KubernetesDown(f"answered {status}: {text[:200]}")
    try:
        body = json.loads(text)
    except ValueError as error:
        raise KubernetesDown(f"answered {status} without JSON: {text[:200]}") from error
    if status >= 400:
        raise KubernetesRefused(status, str(body.get("message") or text[:200]))
    return dict(body)
