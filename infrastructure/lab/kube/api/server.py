"""The API server's front door: TLS, who asks, what for, and whether they may."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from infrastructure.lab.kube.api import (
    discovery,
    negotiation,
    openapi,
    reading,
    reviews,
    subresources,
    targets,
    watching,
    writing,
)
from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.api.targets import Target
from infrastructure.lab.kube.auth.people import User, impersonated
from infrastructure.lab.kube.auth.rbac import Attributes, impersonation
from infrastructure.lab.kube.objects import failures
from infrastructure.lab.kube.objects.failures import ApiError

_log = logging.getLogger(__name__)
_HEALTH = ("/healthz", "/livez", "/readyz")
_AGGREGATED = "as=APIGroupDiscoveryList"
_AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_SHUTDOWN_SECONDS = 0.2

Answer = Callable[[Desk, Call], Awaitable[web.StreamResponse]]


class ApiServer:
    """Bound first, so that its address is known; opened when there is something to serve."""

    def __init__(self) -> None:
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        self._desk: Desk | None = None

    async def bind(self, context: ssl.SSLContext, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=context).start()

    def open(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def desk(self) -> Desk:
        if self._desk is None:
            raise ApiError(503, "the API server is starting", reason="ServiceUnavailable")
        return self._desk

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._runner.addresses[0][:2]
        return str(host), int(port)

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except ApiError as error:
            return negotiation.error_response(error)
        except (ConnectionError, web.HTTPException):
            raise
        except Exception as error:  # noqa: BLE001 - bulkhead: one bad request must not end the lab
            _log.exception("request %s %s failed", request.method, request.path)
            return negotiation.error_response(ApiError(500, f"Internal error occurred: {error}"))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        user = self._acting(self.desk.authenticator.user(request.headers, _certificate(request)), request)
        target = targets.parse(request.path)
        if target is None:
            return self._path(request, user)
        watch = request.query.get("watch") in ("true", "1")
        verb = target.verb(request.method, watch=watch)
        self._authorize(user, target, verb)
        call = Call(request, user, target, verb)
        return await _route(call, watch=watch)(self.desk, call)

    def _acting(self, user: User, request: web.Request) -> User:
        """Whom the request speaks for: impersonation needs a right of its own."""
        name = request.headers.get("Impersonate-User", "")
        groups = tuple(request.headers.getall("Impersonate-Group", ()))
        if not name:
            return user
        for asked in impersonation(name, groups):
            if not self.desk.rbac.allows(user, asked):
                why = f'User "{user.name}" cannot impersonate resource "{asked.resource}" in API group ""'
                raise failures.forbidden("", asked.resource, asked.name, f"{why} at the cluster scope")
        return impersonated(name, groups)

    def _authorize(self, user: User, target: Target, verb: str) -> None:
        asked = target.attributes(verb)
        if self.desk.rbac.allows(user, asked):
            return
        scope = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
        why = f'User "{user.name}" cannot {verb} resource "{asked.full_resource}" in API group "{asked.group}" {scope}'
        raise failures.forbidden(asked.group, asked.resource, asked.name, why)

    def _path(self, request: web.Request, user: User) -> web.Response:
        """Discovery, documents and health: everything that is no resource."""
        verb = request.method.lower()
        if not self.desk.rbac.allows(user, Attributes(verb=verb, path=request.path)):
            text = f'forbidden: User "{user.name}" cannot {verb} path "{request.path}"'
            raise ApiError(403, text, details={})
        if request.path.rstrip("/") in _HEALTH:
            return web.Response(text="ok")
        return _document(request)


def _certificate(request: web.Request) -> dict[str, Any] | None:
    transport = request.transport
    found = transport.get_extra_info("peercert") if transport is not None else None
    return dict(found) if found else None


def _document(request: web.Request) -> web.Response:
    parts = [part for part in request.path.split("/") if part]
    aggregated = _AGGREGATED in request.headers.get("Accept", "").partition(",")[0]
    if aggregated and parts in (["api"], ["apis"]):
        response = negotiation.json_response(discovery.aggregated(core=parts == ["api"]))
        response.headers["Content-Type"] = _AGGREGATED_TYPE
        return response
    if parts[:1] == ["openapi"]:
        return openapi.respond(parts[1:], request.headers.get("Accept", ""))
    body = _discovered(parts, request.host)
    if body is None:
        raise failures.page_not_found()
    return negotiation.json_response(body)


def _discovered(parts: list[str], host: str) -> dict[str, Any] | None:
    if parts == ["version"]:
        return discovery.VERSION
    if parts == ["api"]:
        return discovery.api(host)
    if parts == ["apis"]:
        return discovery.group_list()
    if parts == ["api", "v1"]:
        return discovery.resource_list("v1")
    if parts[:1] == ["apis"] and len(parts) == 2:
        return discovery.group(parts[1])
    if parts[:1] == ["apis"] and len(parts) == 3:
        return discovery.resource_list("/".join(parts[1:]))
    return (
        {
            "paths": [
                "/api",
                "/apis",
                "/healthz",
                "/livez",
                "/openapi/v2",
                "/openapi/v3",
                "/readyz",
                "/version",
            ]
        }
        if not parts
        else None
    )


def _route(call: Call, *, watch: bool) -> Answer:
    method, target = call.request.method, call.target
    if target.review:
        if method != "POST":
            raise failures.method_not_allowed()
        return reviews.review
    if target.subresource and target.subresource != "status":
        handler = subresources.HANDLERS.get((target.subresource, method))
        if handler is None:
            raise failures.method_not_allowed()
        return handler
    chosen = _ROUTES.get((method, bool(target.name)))
    if chosen is None:
        raise failures.method_not_allowed()
    return watching.watch if method == "GET" and watch else chosen


async def _get(desk: Desk, call: Call) -> web.StreamResponse:
    return reading.get(desk, call)


async def _list(desk: Desk, call: Call) -> web.StreamResponse:
    return reading.list_objects(desk, call)


_ROUTES: dict[tuple[str, bool], Answer] = {
    ("GET", True): _get,
    ("GET", False): _list,
    ("POST", False): writing.create,
    ("PUT", True): writing.update,
    ("PATCH", True): writing.patch,
    ("DELETE", True): writing.delete,
    ("DELETE", False): writing.delete_collection,
}
